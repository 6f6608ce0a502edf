package herd.engine.infer;

import herd.engine.UserError;
import herd.engine.io.FileStamp;
import herd.engine.io.Gguf;
import herd.engine.io.MappedFile;
import herd.engine.io.WholeFile;
import herd.engine.kernel.KernelChoice;
import herd.engine.model.GgufModel;
import herd.engine.model.Llama;
import herd.engine.model.Packer;
import herd.engine.model.TextMarks;
import herd.engine.quant.BlockChoice;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Workers;
import herd.engine.text.ChatTemplate;
import herd.engine.text.GgufTokenizer;
import herd.engine.text.Tokenizer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/// A model with all that belongs to it: weights, tokenizer, chat format, and the tokens that end an
/// answer. Its files are read once and in whole: nothing of them stays mapped into memory, so that
/// whatever becomes of them later does not touch a model that is open.
public final class Model implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final List<FileStamp> files;
  private final Workers workers; // null if they are the caller's
  private final Kernels kernels;
  private final Llama llama;
  private final Tokenizer tokenizer;
  private final Set<Integer> stopIds;
  private final int begin; // -1 for none
  private final Supplier<ChatTemplate> template;
  private ChatTemplate chat;

  /// Opens a model on all processors with the fastest kernels that run here. Whether machine code
  /// does is tried once, and the result kept in `.cache/herd/kernels` in the user's home.
  /// @param place a GGUF file, its first part, or a directory in the Hugging Face layout
  /// @throws UserError naming file, tensor or key, and byte
  public static Model open(Path place) {
    var verdicts = Path.of(System.getProperty("user.home"), ".cache", "herd", "kernels");
    var workers = Workers.perProcessor();
    try {
      var packer = Packer.of(BlockChoice.best(verdicts), workers);
      return new Model(place, workers, KernelChoice.best(workers, verdicts), packer);
    } catch (RuntimeException | Error e) {
      workers.close();
      throw e;
    }
  }

  /// Opens a model for given kernels.
  /// @param packer keeps weights as they are stored, for kernels of their own; null where they
  /// become
  ///     F32
  /// @throws UserError as [#open(Path)]
  public static Model open(Path place, Kernels kernels, Packer packer) {
    return new Model(place, null, kernels, packer);
  }

  private Model(Path place, Workers workers, Kernels kernels, Packer packer) {
    this.workers = workers;
    this.kernels = kernels;
    this.files = stamps(weights(place));
    try {
      if (isGguf(place)) {
        try (var mapped = Arena.ofShared()) {
          var gguf = Gguf.read(place, mapped);
          // One thread for the words while the others pack the weights.
          var words = new FutureTask<>(() -> GgufTokenizer.of(gguf));
          Thread.ofPlatform().daemon().name("herd-words").start(words);
          llama =
              packer == null ? GgufModel.load(gguf, arena) : GgufModel.load(gguf, arena, packer);
          tokenizer = result(words);
          stopIds = TextMarks.ends(gguf, tokenizer.specials());
          begin = TextMarks.begin(gguf, tokenizer.specials());
          template = ChatTemplate.later(gguf);
        }
      } else {
        llama = Llama.load(place, arena, packer);
        tokenizer = Tokenizer.load(place);
        stopIds = TextMarks.ends(place, tokenizer.specials());
        begin = TextMarks.begin(place, tokenizer.specials());
        template = () -> ChatTemplate.load(place);
      }
    } catch (InternalError e) {
      arena.close();
      throw MappedFile.cutShort(place.toString(), e);
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  private static boolean isGguf(Path place) {
    return place.toString().endsWith(".gguf");
  }

  private static List<FileStamp> stamps(List<Path> files) {
    return files.stream().map(FileStamp::of).toList();
  }

  /// The files that hold a model's weights: a GGUF file with its parts, or the safetensors of a
  /// directory.
  /// @throws UserError if the directory cannot be read
  public static List<Path> weights(Path place) {
    if (isGguf(place)) {
      return Gguf.files(place);
    }
    try (var files = Files.list(place)) {
      return files
          .filter(file -> file.toString().endsWith(".safetensors"))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw WholeFile.unreadable(place, e);
    }
  }

  private static <T> T result(FutureTask<T> task) {
    try {
      return task.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException known -> throw known;
        case Error error -> throw error;
        default -> throw new IllegalStateException(e);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a model was opened", e);
    }
  }

  /// An engine that answers requests with this model; to be closed before it.
  public Engine engine(EngineSettings settings) {
    return new Engine(llama, tokenizer, kernels, settings);
  }

  /// The weights and the forward pass.
  public Llama llama() {
    return llama;
  }

  public Kernels kernels() {
    return kernels;
  }

  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /// The chat format that the model brings along, parsed when it is first asked for.
  /// @throws UserError if there is none, or naming the line of what is wrong in it
  public synchronized ChatTemplate template() {
    if (chat == null) {
      chat = template.get();
    }
    return chat;
  }

  /// The tokens that end an answer.
  public Set<Integer> stopIds() {
    return stopIds;
  }

  /// The ids of a text for the model to go on with: after the token that stands before every text,
  /// if the model has one.
  public int[] prompt(String text) {
    int[] ids = tokenizer.encode(text);
    int[] begin = begin();
    int[] all = Arrays.copyOf(begin, begin.length + ids.length);
    System.arraycopy(ids, 0, all, begin.length, ids.length);
    return all;
  }

  /// The tokens that stand before every text: one or none.
  public int[] begin() {
    return begin < 0 ? new int[0] : new int[] {begin};
  }

  /// The files of the weights as they were when the model was opened.
  public List<FileStamp> files() {
    return files;
  }

  /// Frees all memory. Nothing may be computing with the model any more.
  @Override
  public void close() {
    if (workers != null) {
      workers.close();
    }
    arena.close();
  }
}
