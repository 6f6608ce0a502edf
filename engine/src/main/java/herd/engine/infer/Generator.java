package herd.engine.infer;

import herd.engine.model.Llama;
import herd.engine.sample.Sampling;
import herd.engine.tensor.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Writes answers to a list of prompts, several at a time: an [Engine] for as long as the list
/// takes.
public final class Generator {
  private final Llama model;
  private final Kernels kernels;
  private final int places;

  /// @param places answers written at a time; more is faster in all and takes more memory
  public Generator(Llama model, Kernels kernels, int places) {
    this.model = model;
    this.kernels = kernels;
    this.places = places;
  }

  /// Hears each token as it is written, on the engine's thread.
  @FunctionalInterface
  public interface Listener {
    /// Writes all answers to their ends.
    Listener NONE = (_, _) -> true;

    /// @param prompt index of the prompt that is being answered
    /// @return false to end this answer here
    boolean token(int prompt, int id);
  }

  /// One answer for each prompt, in order; without text. Each draws from a seed of its own.
  /// @param maxTokens tokens of an answer at most
  /// @param stopIds tokens that end an answer
  /// @throws herd.engine.UserError if a prompt is empty or fills the model's context
  public List<Result> generate(
      List<int[]> prompts, Sampling sampling, int maxTokens, int[] stopIds, Listener listener) {
    var settings = EngineSettings.DEFAULTS
        .withPlaces(places)
        .withQueue(Math.max(1, prompts.size()))
        .withStepTokens(Math.max(2048, places));
    Set<Integer> stops = new TreeSet<>(Arrays.stream(stopIds).boxed().toList());
    try (var engine = new Engine(model, null, kernels, settings)) {
      var requests = new ArrayList<Request>();
      for (int i = 0; i < prompts.size(); i++) {
        var own = sampling.withSeed(sampling.seed() * 0x9E3779B97F4A7C15L + i);
        requests.add(Request.of(prompts.get(i), own, maxTokens).withStopIds(stops));
      }
      return engine.submit(requests, i -> new Writing(i, listener)).stream()
          .map(Generator::result)
          .toList();
    }
  }

  private static Result result(Ticket ticket) {
    var result = ticket.join();
    return switch (result.failure()) {
      case null -> result;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException(e);
    };
  }

  /// One answer on its way.
  private static final class Writing implements herd.engine.infer.Listener {
    private final int prompt;
    private final Listener listener;
    private boolean goOn = true;

    Writing(int prompt, Listener listener) {
      this.prompt = prompt;
      this.listener = listener;
    }

    @Override
    public void token(Token token) {
      goOn = listener.token(prompt, token.id());
    }

    @Override
    public boolean goOn() {
      return goOn;
    }
  }
}
