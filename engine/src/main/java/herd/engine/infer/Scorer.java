package herd.engine.infer;

import herd.engine.UserError;
import herd.engine.model.Llama;
import herd.engine.tensor.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Log-likelihoods of given continuations, many at a time: requests to an engine, so that items
/// with the same beginning share its keys and values and the context of a multiple-choice question
/// is computed once, up to a block.
public final class Scorer {
  private static final int BLOCK = 16;
  private static final int PLACES = 256;
  private static final int STEP_TOKENS = 2048;
  private static final long KV_BYTES = 256L << 20;

  private final Engine engine; // null for one of its own while a list is scored
  private final Llama model;
  private final Kernels kernels;

  /// With an engine of its own for as long as each list takes.
  public Scorer(Llama model, Kernels kernels) {
    this.engine = null;
    this.model = model;
    this.kernels = kernels;
  }

  /// With an engine that may answer others at the same time.
  public Scorer(Engine engine) {
    this.engine = engine;
    this.model = null;
    this.kernels = null;
  }

  /// @param context tokens before, at least one
  /// @param continuation tokens whose likelihood is asked, at least one
  public record Item(int[] context, int[] continuation) {
    public Item {
      if (context.length == 0 || continuation.length == 0) {
        throw new IllegalArgumentException("empty context or continuation");
      }
    }

    private int tokens() {
      return context.length + continuation.length - 1;
    }

    private Request request() {
      var all = Arrays.copyOf(context, context.length + continuation.length);
      System.arraycopy(continuation, 0, all, context.length, continuation.length);
      return Request.score(all, context.length);
    }
  }

  /// @param logProb natural logarithm of the continuation's probability after its context
  /// @param tokens of the continuation
  /// @param greedy whether each of them is the most likely one after those before it
  public record Score(double logProb, int tokens, boolean greedy) {
    private static Score of(Result result) {
      double sum = 0;
      boolean greedy = true;
      for (var token : result.prompt()) {
        sum += token.logProb();
        greedy &= token.top().getFirst().id() == token.id();
      }
      return new Score(sum, result.prompt().size(), greedy);
    }
  }

  /// Settings of an engine that scores: many short requests at a time.
  /// @param longest tokens of an item at most
  public static EngineSettings settings(Llama model, int longest) {
    long position = PagedModel.positionBytes(model, null);
    return EngineSettings.DEFAULTS
        .withPlaces(PLACES)
        .withStepTokens(STEP_TOKENS)
        .withBlockTokens(BLOCK)
        .withKvBytes(Math.max(KV_BYTES, position * (longest + BLOCK)));
  }

  /// One score for each item, in order.
  /// @throws UserError if an item is longer than the context
  /// @throws Busy if the engine's queue is full
  public List<Score> score(List<Item> items) {
    if (engine != null) {
      return score(engine, items);
    }
    int longest = items.stream().mapToInt(Item::tokens).max().orElse(1);
    int context = model.config().context();
    var settings = settings(model, Math.min(longest, context));
    try (var own = new Engine(model, null, kernels, settings)) {
      return score(own, items);
    }
  }

  private static List<Score> score(Engine engine, List<Item> items) {
    var requests = new ArrayList<Request>(items.size());
    for (int i = 0; i < items.size(); i++) {
      requests.add(items.get(i).request());
      if (items.get(i).tokens() > engine.context()) {
        throw new UserError(
            "item " + i,
            items.get(i).tokens() + " tokens",
            "at most " + engine.context() + ", the context",
            "Shorten the text or split it.");
      }
    }
    return engine.answers(requests).stream().map(Score::of).toList();
  }
}
