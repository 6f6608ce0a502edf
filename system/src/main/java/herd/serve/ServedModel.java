package herd.serve;

import herd.engine.UserError;
import herd.engine.infer.DraftModel;
import herd.engine.infer.Engine;
import herd.engine.infer.EngineSettings;
import herd.engine.io.FileStamp;
import herd.engine.model.Adapter;
import herd.engine.model.Llama;
import herd.engine.tensor.Kernels;
import herd.engine.text.Tokenizer;
import herd.serve.protocol.ApiError;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A model that answers requests: its engine, its tokenizer and its chat format. Requests hold it
/// while they run; it ends when the last of them has let go. Thread-safe.
public final class ServedModel {
  private final Parts parts;
  private final ServedModel base; // the model that an adapter belongs to, null for a model itself
  private final String id;
  private final Adapter adapter; // null for a model itself
  private final Engine engine;
  private final Constraints constraints;
  private final long created = System.currentTimeMillis() / 1000;
  private final BitSet known = new BitSet();
  private int longest = 1;
  private int holders;
  private boolean leaving;
  private long touched = System.nanoTime();

  /// What a model is made of.
  /// @param id the name that requests call it by
  /// @param chat its chat format
  /// @param stopIds tokens that end an answer
  /// @param begin tokens that stand before every text, often none or one
  /// @param files the weights' files as they were when they were read: a change is noticed
  /// @param bytes memory that the weights take
  /// @param draft a smaller model that guesses ahead, null for none
  /// @param adapters that answer as models of their own, by name
  /// @param resources closed at the end: workers and mapped memory
  public record Parts(
      String id,
      Llama llama,
      Tokenizer tokenizer,
      Kernels kernels,
      ChatPrompt chat,
      Set<Integer> stopIds,
      int[] begin,
      List<FileStamp> files,
      long bytes,
      DraftModel draft,
      Map<String, Adapter> adapters,
      AutoCloseable resources) {
    /// Without a draft model and adapters.
    public Parts(
        String id,
        Llama llama,
        Tokenizer tokenizer,
        Kernels kernels,
        ChatPrompt chat,
        Set<Integer> stopIds,
        int[] begin,
        List<FileStamp> files,
        long bytes,
        AutoCloseable resources) {
      this(
          id, llama, tokenizer, kernels, chat, stopIds, begin, files, bytes, null, Map.of(),
          resources);
    }
  }

  /// Starts its engine.
  public ServedModel(Parts parts, EngineSettings settings) {
    this.parts = parts;
    this.base = null;
    this.id = parts.id();
    this.adapter = null;
    this.engine = new Engine(
        parts.llama(), parts.tokenizer(), parts.kernels(), settings.withDraft(parts.draft()));
    this.constraints = new Constraints(parts.tokenizer());
    int ids = Math.min(parts.tokenizer().vocab(), parts.llama().config().vocab());
    for (int id = 0; id < ids; id++) {
      learn(id);
    }
  }

  /// The model with one of its adapters, under a name of its own; it lives as long as the model.
  private ServedModel(ServedModel base, String id, Adapter adapter) {
    this.base = base;
    this.id = id;
    this.adapter = adapter;
    this.parts = base.parts;
    this.engine = base.engine;
    this.constraints = base.constraints;
    this.known.or(base.known);
    this.longest = base.longest;
  }

  /// One for each of its adapters.
  List<ServedModel> adapted() {
    return parts.adapters().entrySet().stream()
        .map(one -> with(one.getKey(), one.getValue()))
        .toList();
  }

  /// The model with an adapter that fits it.
  ServedModel with(String name, Adapter fitting) {
    return new ServedModel(this, name, fitting);
  }

  /// The weights.
  Llama llama() {
    return parts.llama();
  }

  /// Whether this is `model` with an adapter.
  boolean isOf(ServedModel model) {
    return base == model;
  }

  /// What is added to the model for each request, null for nothing.
  Adapter adapter() {
    return adapter;
  }

  private void learn(int id) {
    try {
      longest = Math.max(longest, parts.tokenizer().bytes(id).length);
      known.set(id);
    } catch (UserError _) {
      known.clear(id); // a gap in the vocabulary
    }
  }

  /// The name that requests call it by.
  public String id() {
    return id;
  }

  Engine engine() {
    return engine;
  }

  Constraints constraints() {
    return constraints;
  }

  Tokenizer tokenizer() {
    return parts.tokenizer();
  }

  /// The token before a tool call, -1 if the model has none.
  int pythonTag() {
    return parts.tokenizer().specials().getOrDefault("<|python_tag|>", -1);
  }

  Set<Integer> stopIds() {
    return parts.stopIds();
  }

  int[] begin() {
    return parts.begin();
  }

  long bytes() {
    return base == null ? parts.bytes() : 0;
  }

  /// Seconds since 1970 when it was loaded.
  long created() {
    return created;
  }

  /// Positions that one request may take, answer included.
  int context() {
    return engine.context();
  }

  /// Whether `id` is one of the model's tokens: vocabularies may have gaps.
  boolean isToken(int id) {
    return id >= 0 && id < known.length() && known.get(id);
  }

  /// Bytes of the longest token: no text of so many bytes has fewer tokens than their quotient.
  int longestToken() {
    return longest;
  }

  ChatPrompt chat() {
    return parts.chat();
  }

  /// A request's claim on the model.
  interface Hold extends AutoCloseable {
    @Override
    void close();
  }

  /// Keeps the model until the hold is closed.
  /// @throws ApiError if it is being unloaded, or a file of it was replaced
  Hold hold() {
    return base == null ? claim() : base.hold();
  }

  private synchronized Hold claim() {
    if (leaving) {
      throw ApiError.noModel(id());
    }
    for (var file : parts.files()) {
      if (file.isStale()) {
        throw ApiError.unavailable(
            "model_file_changed",
            "The file " + file.file().getFileName()
                + " of this model was changed while it is in use; unload the model and load it again.",
            60);
      }
    }
    holders++;
    return this::letGo;
  }

  private synchronized void letGo() {
    holders--;
    touched = System.nanoTime();
    notifyAll();
  }

  /// Somebody asks for it.
  void touch() {
    if (base != null) {
      base.touch();
      return;
    }
    synchronized (this) {
      touched = System.nanoTime();
    }
  }

  /// When it was last asked for or let go, of `System.nanoTime()`.
  synchronized long touched() {
    return touched;
  }

  /// Takes no more requests if it has none and had none for so long.
  /// @return whether that is so
  synchronized boolean leaveIfIdle(long millis) {
    boolean idle = holders == 0 && System.nanoTime() - touched >= millis * 1_000_000;
    leaving |= idle;
    return idle;
  }

  /// Takes no more requests, waits for those that run, then frees all memory.
  /// @param millis how long to wait before the rest is cancelled
  void leave(long millis) throws InterruptedException {
    synchronized (this) {
      leaving = true;
      long end = System.nanoTime() + millis * 1_000_000;
      for (long left = millis; holders > 0 && left > 0; ) {
        wait(left);
        left = (end - System.nanoTime()) / 1_000_000;
      }
    }
    engine.close();
    synchronized (this) {
      while (holders > 0) {
        wait(); // cancelled answers end within a step
      }
    }
    try {
      parts.resources().close();
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("cannot free the memory of " + id(), e);
    }
  }
}
