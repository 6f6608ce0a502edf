package herd.engine.infer;

import herd.engine.UserError;
import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import herd.engine.sample.Sampling;
import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.ReferenceKernels;
import herd.engine.tensor.Tensor;
import herd.engine.text.BpeTrainer;
import herd.engine.text.Tokenizer;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/// A draft model changes how fast answers come, and nothing in them.
class SpeculationTest {
  private static final LlamaConfig TINY =
      new LlamaConfig(97, 32, 2, 4, 2, 8, 64, 500_000, null, 1e-5, true, 160);
  private static final EngineSettings SETTINGS =
      EngineSettings.DEFAULTS.withBlockTokens(8).withPlaces(4).withStepTokens(24);

  private final Arena arena = Arena.ofShared();
  private final Kernels kernels = new ReferenceKernels();
  private final Llama model = sure(5, TINY, 0);
  private final Random random = new Random(1);

  @AfterEach
  void close() {
    arena.close();
  }

  /// A model that is sure of what it says, and one nearly like it.
  private Llama sure(long seed, LlamaConfig config, double noise) {
    var made = Llama.random(arena, DType.F64, config, seed);
    scale(made.parameters().get("model.norm.weight"), 12);
    var numbers = new Random(9);
    made.parameters().values().forEach(tensor -> {
      for (int r = 0; r < tensor.rows(); r++) {
        for (int c = 0; c < tensor.cols(); c++) {
          tensor.set(r, c, tensor.get(r, c) * (1 + noise * numbers.nextGaussian()));
        }
      }
    });
    return made;
  }

  private static void scale(Tensor tensor, double factor) {
    for (int c = 0; c < tensor.cols(); c++) {
      tensor.set(0, c, factor * tensor.get(0, c));
    }
  }

  private List<Request> requests(int n) {
    var shared = random.ints(30, 0, TINY.vocab()).toArray();
    var out = new ArrayList<Request>();
    for (int i = 0; i < n; i++) {
      var prompt = random.ints(1 + random.nextInt(40), 0, TINY.vocab()).toArray();
      if (i % 2 == 0) {
        System.arraycopy(shared, 0, prompt, 0, Math.min(prompt.length, shared.length));
      }
      var sampling = i % 3 > 0 ? Sampling.greedy() : Sampling.of(i, 0.5 + i % 4, i % 4 * 5, 0.95);
      out.add(Request.of(prompt, sampling, 1 + random.nextInt(60)).withLogProbs(0, i % 5 == 0));
    }
    return out;
  }

  private List<Result> answers(EngineSettings settings, List<Request> requests) {
    try (var engine = new Engine(model, null, kernels, settings)) {
      var results = engine.answers(requests);
      while (engine.stats().running() > 0) { // they are told at the end of a step
        Thread.onSpinWait();
      }
      var stats = engine.stats();
      assertThat(results.stream().mapToInt(Result::draftedTokens).sum())
          .isEqualTo((int) stats.draftedTokens());
      assertThat(results.stream().mapToInt(Result::acceptedTokens).sum())
          .isEqualTo((int) stats.acceptedTokens());
      return results;
    }
  }

  private static int accepted(List<Result> results) {
    return results.stream().mapToInt(Result::acceptedTokens).sum();
  }

  private static void assertSame(List<Result> found, List<Result> expected) {
    for (int i = 0; i < expected.size(); i++) {
      assertThat(found.get(i).ids()).as("answer " + i).isEqualTo(expected.get(i).ids());
      assertThat(found.get(i).finish()).isEqualTo(expected.get(i).finish());
      assertThat(found.get(i).prompt()).hasSameSizeAs(expected.get(i).prompt());
    }
  }

  @Test
  void aDraftModelChangesNoAnswer() {
    var requests = requests(24);
    var expected = answers(SETTINGS.withPlaces(1).withPrefixSharing(false), requests);
    assertThat(accepted(expected)).isZero();
    for (double noise : List.of(0.0, 0.05, 0.5)) {
      var draft = new DraftModel(sure(5, TINY, noise), null, 4);
      var settings = SETTINGS.withDraft(draft);
      var found = answers(settings, requests);
      assertSame(found, expected);
      long drafted = found.stream().mapToInt(Result::draftedTokens).sum();
      assertThat((double) accepted(found) / drafted)
          .as("noise " + noise)
          .isBetween(noise < 0.1 ? 0.3 : 0.0, noise > 0 ? 0.999 : 1.0);
      assertSame(answers(settings.withLookup(3), requests), expected);
      assertSame(answers(settings.withPlaces(1), requests), expected);
      // 12 blocks of 8 positions of both models: some lose their places
      assertSame(answers(settings.withKvBytes(24 * 8 * 512), requests), expected);
    }
  }

  @Test
  void itsOwnGuessesAreAllAcceptedWhenGreedy() {
    var request = Request.of(new int[] {1, 2, 3, 4, 5}, Sampling.greedy(), 60);
    var draft = new DraftModel(model, null, 5);
    try (var engine = new Engine(model, null, kernels, SETTINGS.withDraft(draft))) {
      var result = engine.submit(request, Listener.NONE).join();
      assertThat(result.draftedTokens()).isPositive();
      assertThat(result.acceptedTokens()).isEqualTo(result.draftedTokens());
      assertThat(engine.stats().steps()).isLessThan(40);
    }
  }

  @Test
  void beyondItsContextTheDraftModelIsSilent() {
    var config = new LlamaConfig(97, 16, 1, 2, 1, 8, 24, 500_000, null, 1e-5, true, 20);
    var draft = new DraftModel(sure(6, config, 0), null, 4);
    var requests = requests(8);
    assertSame(answers(SETTINGS.withDraft(draft), requests), answers(SETTINGS, requests));
  }

  @Test
  void aDraftModelOfOtherTokensIsRefused() {
    var other = new LlamaConfig(98, 32, 2, 4, 2, 8, 64, 500_000, null, 1e-5, true, 160);
    var draft = new DraftModel(sure(5, other, 0), null, 4);
    assertThatThrownBy(() -> new Engine(model, null, kernels, SETTINGS.withDraft(draft)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("98 ids");
    var first = BpeTrainer.train(List.of("aa bb aa bb cc"), 270, Tokenizer.LLAMA3_SPECIALS);
    var second = BpeTrainer.train(List.of("dd ee dd ee ff"), 270, Tokenizer.LLAMA3_SPECIALS);
    var sized = new LlamaConfig(first.vocab(), 32, 2, 4, 2, 8, 64, 500_000, null, 1e-5, true, 160);
    var speaks = sure(5, sized, 0);
    assertThatThrownBy(() -> new Engine(
            speaks, first, kernels, SETTINGS.withDraft(new DraftModel(speaks, second, 4))))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("another token");
    new Engine(speaks, first, kernels, SETTINGS.withDraft(new DraftModel(speaks, first, 4)))
        .close();
  }
}
