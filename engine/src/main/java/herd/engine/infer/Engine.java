package herd.engine.infer;

import herd.engine.UserError;
import herd.engine.model.Adapter;
import herd.engine.model.KvBlocks;
import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import herd.engine.sample.Sampling;
import herd.engine.tensor.Kernels;
import herd.engine.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/// Answers many requests at a time with one model: a thread of its own computes step after step,
/// each one ragged batch of the running answers' next tokens and of pieces of new prompts
/// (continuous batching). Keys and values lie in blocks that requests with the same beginning
/// share. Methods may be called from any thread.
public final class Engine implements AutoCloseable {
  private static final int MOST_AT_ONCE = 1024;

  private static final long THRIFT = 64 << 20; // bytes of keys and values

  private final Llama model;
  private final LlamaConfig config;
  private final Tokenizer tokenizer;
  private final EngineSettings settings;
  private final KvBlocks blocks;
  private final Scheduler scheduler;
  private final PagedModel paged;
  private final Drafter drafter; // null for none
  private final Forward forward;
  private final Thread thread;
  private final int limit; // positions of one sequence

  private final Object lock = new Object();
  private final List<Sequence> inbox = new ArrayList<>();
  private int queued; // in the inbox or waiting for a place
  private boolean closed;
  private long promptTokens;
  private long steps;
  private volatile EngineStats stats;

  /// @param tokenizer of the model; null if only ids are wanted, no text and no stop strings
  /// @param kernels used by this engine's thread; others may use them at the same time, in turns
  /// @throws UserError if `kvBytes` cannot hold a single block, or the draft model speaks of
  /// other
  ///     tokens
  public Engine(Llama model, Tokenizer tokenizer, Kernels kernels, EngineSettings settings) {
    this.model = model;
    this.config = model.config();
    this.tokenizer = tokenizer;
    this.settings = settings;
    if (settings.draft() != null) {
      settings.draft().check(model, tokenizer);
    }
    this.blocks = new KvBlocks(blocks(model, settings), thrift(model, settings));
    int context = settings.context() == 0 ? config.context() : settings.context();
    this.limit = Math.min(context, blocks.most() * settings.blockTokens());
    this.drafter =
        settings.draft() == null ? null : new Drafter(settings.draft(), kernels, blocks, settings);
    this.scheduler = new Scheduler(settings, blocks, drafter);
    this.paged = new PagedModel(model, kernels, blocks, settings, settings.deterministic());
    this.forward = new Forward(paged);
    this.stats = new EngineStats(0, 0, 0, 0, blocks.most(), 0, 0, 0, 0, 0, 0, 0);
    this.thread = Thread.ofPlatform().name("herd-engine").daemon().unstarted(this::serve);
    thread.start();
  }

  private static long blockBytes(Llama model, EngineSettings settings) {
    long position = PagedModel.positionBytes(model, settings.kv());
    if (settings.draft() != null) {
      position += PagedModel.positionBytes(settings.draft().model(), settings.kv());
    }
    return position * settings.blockTokens();
  }

  /// How many blocks take memory before what nobody uses is given up for new ones.
  private static int thrift(Llama model, EngineSettings settings) {
    long bytes = Math.max(THRIFT, settings.kvBytes() / 16);
    return (int) Math.min(1 << 30, bytes / blockBytes(model, settings));
  }

  private static int blocks(Llama model, EngineSettings settings) {
    long block = blockBytes(model, settings);
    long count = settings.kvBytes() / block;
    if (count < 1) {
      throw new UserError(
          "kvBytes",
          settings.kvBytes() + " bytes",
          "at least " + block + ", one block of " + settings.blockTokens() + " positions",
          "Raise kvBytes or lower blockTokens.");
    }
    return (int) Math.min(count, (1 << 30) / settings.blockTokens());
  }

  /// Puts a request in the queue.
  /// @param listener hears the answer as it is written, on the engine's thread
  /// @throws UserError if it can never be answered: an empty prompt, one that fills the context,
  ///     ids that the model does not have, stop strings without a tokenizer, an adapter of
  /// another
  ///     model
  /// @throws Busy if the queue is full
  public Ticket submit(Request request, Listener listener) {
    return submit(List.of(request), _ -> listener).getFirst();
  }

  /// Puts several requests in the queue at once, all or none. An engine that does nothing else
  /// computes them in the same steps each time.
  /// @param listener for each request by its index
  /// @throws UserError if one of them can never be answered
  /// @throws Busy if the queue has no room for all of them
  public List<Ticket> submit(List<Request> requests, IntFunction<Listener> listener) {
    var sequences = new ArrayList<Sequence>(requests.size());
    for (var request : requests) {
      check(request);
      var hears = listener.apply(sequences.size());
      sequences.add(new Sequence(request, hears, tokenizer, model, limit));
    }
    synchronized (lock) {
      if (closed) {
        throw new IllegalStateException("the engine is closed");
      }
      if (queued + sequences.size() > settings.queue()) {
        throw new Busy(queued);
      }
      queued += sequences.size();
      inbox.addAll(sequences);
      lock.notifyAll();
    }
    return List.copyOf(sequences);
  }

  /// One vector `[dim]` of length 1 for each text, in order; the texts are computed together.
  /// @param texts token ids
  /// @param adapter what is added to the model, null for nothing
  /// @throws UserError if a text is empty or longer than the context
  /// @throws Busy if the queue is full
  public List<float[]> embed(List<int[]> texts, Request.Pooling pooling, Adapter adapter) {
    var requests = texts.stream()
        .map(text -> Request.embedding(text, pooling).withAdapter(adapter))
        .toList();
    return answers(requests).stream().map(Result::embedding).toList();
  }

  /// The answers to many requests, in order: as many at a time as the queue takes.
  /// @throws IllegalStateException if one fails or the engine is closed
  List<Result> answers(List<Request> requests) {
    requests.forEach(this::check);
    var results = new ArrayList<Result>(requests.size());
    int most = Math.min(settings.queue(), MOST_AT_ONCE);
    for (int from = 0; from < requests.size(); from += most) {
      var some = requests.subList(from, Math.min(requests.size(), from + most));
      for (var ticket : submit(some, _ -> Listener.NONE)) {
        var result = ticket.join();
        if (result.finish() == Finish.CANCELLED || result.failure() != null) {
          throw new IllegalStateException("no answer: " + result.finish(), result.failure());
        }
        results.add(result);
      }
    }
    return results;
  }

  private void check(Request request) {
    int prompt = request.prompt().length;
    boolean answered = request.maxTokens() > 0;
    int most = answered ? limit - 1 : request.pooling() == null ? limit + 1 : limit;
    if (prompt < 1 || prompt > most) {
      throw new UserError(
          "prompt",
          prompt + " tokens",
          "1 to " + most + " (the context is " + limit + ")",
          "Shorten the prompt.");
    }
    for (int id : request.prompt()) {
      checkId("prompt", id);
    }
    for (int id : request.stopIds()) {
      checkId("stopIds", id);
    }
    for (var step : request.sampling().steps()) {
      if (step instanceof Sampling.Bias(var biases)) {
        biases.keySet().forEach(id -> checkId("bias", id));
      }
    }
    if (tokenizer == null && !request.stops().isEmpty()) {
      throw new UserError(
          "stops", "texts for an engine without tokenizer", "Give the engine a tokenizer.");
    }
  }

  private void checkId(String where, int id) {
    if (id < 0 || id >= config.vocab()) {
      throw new UserError(
          where,
          "token " + id,
          "0 to " + (config.vocab() - 1),
          "Take the tokenizer that belongs to the model.");
    }
  }

  /// What the engine was doing after its last step. The queue's length is exact.
  public EngineStats stats() {
    synchronized (lock) {
      var s = stats;
      return new EngineStats(
          queued,
          s.running(),
          s.usedBlocks(),
          s.cachedBlocks(),
          s.totalBlocks(),
          s.promptTokens(),
          s.cachedTokens(),
          s.generatedTokens(),
          s.draftedTokens(),
          s.acceptedTokens(),
          s.preemptions(),
          s.steps());
    }
  }

  /// Positions that one sequence may fill: the context, or what fits into `kvBytes`.
  public int context() {
    return limit;
  }

  /// Cancels all requests, ends the thread and gives the memory back.
  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      lock.notifyAll();
    }
    if (Thread.currentThread() != thread) {
      boolean interrupted = false;
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  // --- the engine's thread ---

  private void serve() {
    try {
      while (receive()) {
        try {
          step();
        } catch (Throwable e) {
          fail(e);
        }
      }
    } finally {
      scheduler.endAll(Finish.CANCELLED, null);
      synchronized (lock) {
        closed = true;
        inbox.forEach(sequence -> sequence.end(Finish.CANCELLED, null));
        inbox.clear();
        queued = 0;
      }
      publish();
      paged.close();
      if (drafter != null) {
        drafter.close();
      }
    }
  }

  /// Waits for something to do and takes in what has come; false if the engine is closed.
  private boolean receive() {
    synchronized (lock) {
      while (!closed && inbox.isEmpty() && scheduler.isIdle()) {
        try {
          lock.wait();
        } catch (InterruptedException e) {
          closed = true;
        }
      }
      for (var sequence : inbox) {
        promptTokens += sequence.promptLength();
        scheduler.add(sequence);
      }
      inbox.clear();
      return !closed;
    }
  }

  private void step() {
    scheduler.sweep();
    if (!scheduler.isIdle()) {
      if (scheduler.plan() == 0) {
        throw new IllegalStateException("nothing to compute");
      }
      recount();
      forward.run(scheduler.running());
      if (drafter != null) {
        drafter.follow(scheduler.running());
      }
      steps++;
      for (var sequence : scheduler.running()) {
        scheduler.name(sequence);
      }
      scheduler.sweep();
    }
    publish();
  }

  /// Nothing that was being computed can be trusted; the engine itself goes on.
  private void fail(Throwable e) {
    blocks.forgetAll();
    scheduler.endAll(Finish.FAILED, e);
    publish();
  }

  /// Done before any answer of a step is heard: who waited for it may ask again at once.
  private void recount() {
    synchronized (lock) {
      queued = inbox.size() + scheduler.queued();
    }
  }

  private void publish() {
    recount();
    synchronized (lock) {
      stats = new EngineStats(
          queued,
          scheduler.running().size(),
          blocks.held(),
          blocks.kept(),
          blocks.most(),
          promptTokens,
          scheduler.cachedTokens(),
          forward.generated,
          forward.drafted,
          forward.accepted,
          scheduler.preemptions(),
          steps);
    }
  }
}
