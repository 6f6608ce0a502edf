package herd.engine.infer;

import herd.engine.model.Adapter;
import herd.engine.model.Llama;
import herd.engine.sample.Chooser;
import herd.engine.sample.LogProbs;
import herd.engine.sample.StopText;
import herd.engine.tensor.Weight;
import herd.engine.text.Decoder;
import herd.engine.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/// A request on its way to its answer: its tokens, the blocks that hold their keys and values, and
/// all that the next choice depends on. Losing its blocks costs it time only. But for [#cancel]
/// and waiting it belongs to the engine's thread.
final class Sequence implements Ticket {
  private static final int[] NO_BLOCKS = {};

  final Request request;
  final Constraint constraint;
  final SplittableRandom random;
  final boolean greedy;
  final Map<Weight, Adapter.LowRank> adapter; // null for none

  int[] tokens; // prompt and answer
  int length;
  int computed; // tokens whose keys and values are in the blocks
  int planned; // tokens of this step, drafts included
  int[] drafts = {};
  int[] blocks = NO_BLOCKS;
  int blockCount;
  int named; // blocks that others can find
  int followed; // tokens whose keys and values the draft model has computed
  int scored; // place of the first prompt token whose likelihood is still wanted
  int drafted; // tokens guessed, of which
  int accepted; // were right
  int guess = -1; // of the token that comes next
  double[] pooled; // sum of hidden states, or the last of them; null where nobody wants a vector
  final List<Object> keys = new ArrayList<>(); // of full blocks, as far as they were needed
  int cached = -1; // tokens found at the first admission
  final List<Token> ofPrompt = new ArrayList<>();

  private final Listener listener;
  private final Tokenizer tokenizer;
  private final int[] stopIds;
  private final int limit;
  private final Decoder decoder;
  private final StopText text;
  private final List<Token> written = new ArrayList<>();
  private Token stopToken;
  private final CompletableFuture<Result> result = new CompletableFuture<>();
  private volatile boolean cancelled;

  /// @param tokenizer null if no text is wanted
  /// @param model that its adapter, if any, must fit
  /// @param limit positions that the sequence may fill
  Sequence(Request request, Listener listener, Tokenizer tokenizer, Llama model, int limit) {
    this.request = request;
    this.listener = listener;
    this.tokenizer = tokenizer;
    this.limit = limit;
    this.constraint = request.constraint() == null ? null : request.constraint().fork();
    this.random = new SplittableRandom(request.sampling().seed());
    this.adapter = request.adapter() == null ? null : request.adapter().on(model);
    this.greedy = Chooser.isGreedy(request.sampling().steps());
    this.stopIds = request.stopIds().stream().mapToInt(id -> id).sorted().toArray();
    this.decoder = tokenizer == null ? null : tokenizer.decoder();
    this.text = new StopText(request.stops());
    this.tokens = Arrays.copyOf(request.prompt(), request.prompt().length + 16);
    this.length = request.prompt().length;
    int from = request.promptLogProbs();
    this.scored = from < 0 ? length : Math.max(1, from);
    if (from == 0) {
      ofPrompt.add(new Token(tokens[0], "", Double.NaN, List.of()));
    }
    this.pooled = request.pooling() == null ? null : new double[model.config().dim()];
  }

  int promptLength() {
    return request.prompt().length;
  }

  /// Tokens that the model has still to see before the next choice. Where nothing is chosen the
  /// last one need not be seen.
  int pending() {
    return (isScore() ? Math.max(1, length - 1) : length) - computed;
  }

  /// Whether the prompt's likelihoods are all that is wanted.
  boolean isScore() {
    return request.maxTokens() == 0 && pooled == null;
  }

  /// Most tokens that could still come.
  int left() {
    return Math.min(request.maxTokens() - written.size(), limit + 1 - length);
  }

  boolean ended() {
    return result.isDone();
  }

  boolean isCancelled() {
    return cancelled;
  }

  int[] stopIds() {
    return stopIds;
  }

  /// Goes on by `id`: the listener hears it, and what must end now ends.
  void accept(int id, double logProb, List<LogProbs.Likely> top) {
    if (Arrays.binarySearch(stopIds, id) >= 0) {
      stopToken = new Token(id, "", logProb, top);
      end(Finish.STOP, null);
      return;
    }
    if (length == tokens.length) {
      tokens = Arrays.copyOf(tokens, 2 * length);
    }
    tokens[length++] = id;
    accepted += id == guess ? 1 : 0;
    if (constraint != null) {
      constraint.accept(id);
    }
    var delta = text.add(piece(id));
    boolean full = written.size() + 1 >= request.maxTokens() || length > limit;
    if (full && text.found() == null) {
      delta += flush();
    }
    var token = new Token(id, delta, logProb, top);
    written.add(token);
    listener.token(token);
    if (text.found() != null) {
      end(Finish.STOP, null);
    } else if (full) {
      end(Finish.LENGTH, null);
    } else if (cancelled || !listener.goOn()) {
      end(Finish.CANCELLED, null);
    }
  }

  private String piece(int id) {
    return decoder == null || !tokenizer.has(id) || tokenizer.isSpecial(id) ? "" : decoder.next(id);
  }

  private String flush() {
    return decoder == null ? "" : text.add(decoder.end()) + text.end();
  }

  /// Ends the answer; harmless if it has ended.
  /// @param failure why, if it failed
  void end(Finish finish, Throwable failure) {
    if (ended()) {
      return;
    }
    var rest = text.found() == null ? flush() : "";
    int prompt = promptLength();
    var answer = new Result(
        Arrays.copyOfRange(tokens, prompt, length),
        text.toString(),
        rest,
        finish,
        text.found(),
        stopToken,
        List.copyOf(written),
        List.copyOf(ofPrompt),
        prompt,
        Math.max(0, cached),
        drafted,
        accepted,
        finish == Finish.LENGTH && pooled != null ? vector() : null,
        failure);
    try {
      listener.end(answer);
    } catch (RuntimeException e) { // must not harm the others
      var thread = Thread.currentThread();
      thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
    }
    result.complete(answer);
  }

  /// What was pooled, at length 1.
  private float[] vector() {
    double square = 0;
    for (double x : pooled) {
      square += x * x;
    }
    double scale = square == 0 ? 0 : 1 / Math.sqrt(square);
    var unit = new float[pooled.length];
    for (int i = 0; i < unit.length; i++) {
      unit[i] = (float) (pooled[i] * scale);
    }
    return unit;
  }

  @Override
  public void cancel() {
    cancelled = true;
  }

  @Override
  public Result await() throws InterruptedException {
    try {
      return result.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }
}
