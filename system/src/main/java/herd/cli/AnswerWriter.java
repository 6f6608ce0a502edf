package herd.cli;

import herd.engine.infer.DraftModel;
import herd.engine.infer.Engine;
import herd.engine.infer.EngineSettings;
import herd.engine.infer.Listener;
import herd.engine.infer.Request;
import herd.engine.infer.Result;
import herd.engine.infer.Token;
import herd.engine.model.Adapter;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/// Writes one answer at a time; what earlier ones had in common with the next is not computed
/// again.
final class AnswerWriter implements AutoCloseable {
  private static final int STEP_TOKENS = 2048;

  private final Engine engine;
  private final Map<String, Adapter> adapters;
  private final Set<Integer> stopIds;

  AnswerWriter(LoadedModel model, EngineOptions options, Map<String, String> environment) {
    DraftModel draft = options.draft(model, environment);
    adapters = options.adapters(model);
    stopIds = model.model().stopIds();
    var settings = options
        .settings(EngineSettings.DEFAULTS)
        .withPlaces(1)
        .withStepTokens(STEP_TOKENS)
        .withDraft(draft);
    engine = new Engine(model.llama(), model.tokenizer(), model.kernels(), settings);
  }

  /// Positions of one sequence.
  int context() {
    return engine.context();
  }

  /// The adapters by name, in the order that they were given.
  Map<String, Adapter> adapters() {
    return adapters;
  }

  /// Writes an answer to `prompt`.
  /// @param options how tokens are chosen, and what ends the answer
  /// @param seed in place of that of the options
  /// @param adapter null for none
  /// @param piece hears the text as it comes and may end it by false
  Result write(
      int[] prompt, SamplingOptions options, long seed, Adapter adapter, Predicate<String> piece) {
    var request = Request.of(prompt, options.sampling().withSeed(seed), options.maxTokens)
        .withStopIds(stopIds)
        .withStops(options.stops)
        .withAdapter(adapter);
    var listener = new Listener() {
      private boolean goOn = true;

      @Override
      public void token(Token token) {
        goOn = piece.test(token.delta());
      }

      @Override
      public boolean goOn() {
        return goOn;
      }
    };
    var result = engine.submit(request, listener).join();
    switch (result.failure()) {
      case null -> piece.test(result.rest());
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException(e);
    }
    return result;
  }

  @Override
  public void close() {
    engine.close();
  }
}
