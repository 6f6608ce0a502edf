package herd.engine.infer;

import herd.engine.UserError;
import herd.engine.model.Eager;
import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import herd.engine.sample.Sampling;
import herd.engine.score.TopLogits;
import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.ReferenceKernels;
import herd.engine.tensor.Segments;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class GeneratorTest {
  private static final LlamaConfig TINY =
      new LlamaConfig(97, 32, 2, 4, 2, 8, 64, 500_000, null, 1e-5, true, 64);

  private final Arena arena = Arena.ofShared();
  private final Kernels kernels = new ReferenceKernels();
  private final Llama model = Llama.random(arena, DType.F64, TINY, 5);
  private final Random random = new Random(1);

  @AfterEach
  void close() {
    arena.close();
  }

  private int[] tokens(int n) {
    return random.ints(n, 0, TINY.vocab()).toArray();
  }

  private List<int[]> prompts(int n) {
    var out = new ArrayList<int[]>();
    for (int i = 0; i < n; i++) {
      out.add(tokens(1 + random.nextInt(20)));
    }
    return out;
  }

  @Test
  void greedyAnswerIsTheArgmaxOfFullForwardPasses() {
    var prompt = tokens(7);
    var answer = new Generator(model, kernels, 1)
        .generate(List.of(prompt), Sampling.greedy(), 9, new int[0], Generator.Listener.NONE)
        .getFirst();
    var all = prompt;
    try (var ops = new Eager(kernels)) {
      for (int i = 0; i < 9; i++) {
        ops.reset();
        var hidden = model.forward(ops, all, Segments.packed(all.length));
        var logits =
            ops.linear(hidden.rows(all.length - 1, all.length), model.head()).toFloats();
        int best = 0;
        for (int id = 0; id < logits.length; id++) {
          best = logits[id] > logits[best] ? id : best;
        }
        assertThat(answer.ids()[i]).isEqualTo(best);
        all = Arrays.copyOf(all, all.length + 1);
        all[all.length - 1] = best;
      }
    }
    assertThat(answer.finish()).isEqualTo(Finish.LENGTH);
  }

  @Test
  void answersDoNotDependOnWhoElseIsInTheBatch() {
    var prompts = prompts(11);
    var sampling = Sampling.of(3, 0.9, 20, 0.95);
    int[] stops = {5, 6, 7};
    var together = new Generator(model, kernels, 4)
        .generate(prompts, sampling, 12, stops, Generator.Listener.NONE);
    var alone = new Generator(model, kernels, 1)
        .generate(prompts, sampling, 12, stops, Generator.Listener.NONE);
    for (int i = 0; i < prompts.size(); i++) {
      assertThat(together.get(i).ids()).isEqualTo(alone.get(i).ids());
      assertThat(together.get(i).finish()).isEqualTo(alone.get(i).finish());
    }
  }

  @Test
  void listenerEndsOneAnswerAndTheOthersGoOn() {
    var heard = new int[3];
    var answers = new Generator(model, kernels, 3)
        .generate(
            prompts(3),
            Sampling.greedy(),
            6,
            new int[0],
            (prompt, _) -> ++heard[prompt] < 2 || prompt != 1);
    assertThat(answers.get(1).finish()).isEqualTo(Finish.CANCELLED);
    assertThat(answers.get(1).ids()).hasSize(2);
    assertThat(answers.get(0).ids()).hasSize(6);
  }

  @Test
  void fullContextEndsTheAnswer() {
    var answer = new Generator(model, kernels, 1)
        .generate(List.of(tokens(60)), Sampling.greedy(), 50, new int[0], Generator.Listener.NONE)
        .getFirst();
    assertThat(answer.ids()).hasSize(5);
    assertThatThrownBy(() -> new Generator(model, kernels, 1)
            .generate(
                List.of(tokens(64)), Sampling.greedy(), 1, new int[0], Generator.Listener.NONE))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("64 tokens");
  }

  @Test
  void scoresEqualFullForwardPassesAndShareContexts() {
    var items = new ArrayList<Scorer.Item>();
    for (int i = 0; i < 300; i++) {
      boolean same = i % 3 != 0;
      var context = same ? items.getLast().context() : tokens(1 + random.nextInt(20));
      items.add(new Scorer.Item(context.clone(), tokens(1 + random.nextInt(20))));
    }
    var scores = new Scorer(model, kernels).score(items);
    try (var ops = new Eager(kernels)) {
      for (int i = 0; i < items.size(); i++) {
        var item = items.get(i);
        int c = item.context().length;
        var all = Arrays.copyOf(item.context(), c + item.continuation().length - 1);
        System.arraycopy(item.continuation(), 0, all, c, item.continuation().length - 1);
        var targets = new int[all.length];
        Arrays.fill(targets, -1);
        System.arraycopy(item.continuation(), 0, targets, c - 1, item.continuation().length);
        ops.reset();
        var hidden = model.forward(ops, all, Segments.packed(all.length));
        var logProbs = ops.logProbs(hidden, model.head(), targets);
        double sum = 0;
        for (int row = 0; row < all.length; row++) {
          sum += logProbs.get(row, 0);
        }
        assertThat(scores.get(i).logProb()).isCloseTo(sum, within(1e-9));
        assertThat(scores.get(i).tokens()).isEqualTo(item.continuation().length);
      }
    }
  }

  @Test
  void anEngineScoresTheSameWhileItAnswersOthersAndMemoryIsShort() {
    var items = new ArrayList<Scorer.Item>();
    var context = tokens(33);
    for (int i = 0; i < 40; i++) {
      items.add(new Scorer.Item(i % 4 == 0 ? tokens(1 + i) : context, tokens(1 + i % 9)));
    }
    var expected = new Scorer(model, kernels).score(items);
    long position = PagedModel.positionBytes(model, null);
    var settings = EngineSettings.DEFAULTS.withBlockTokens(8).withKvBytes(position * 8 * 20);
    try (var engine = new Engine(model, null, kernels, settings)) {
      var others = new ArrayList<Ticket>();
      for (int i = 0; i < 6; i++) {
        others.add(engine.submit(Request.of(tokens(9), Sampling.greedy(), 40), Listener.NONE));
      }
      var scores = new Scorer(engine).score(items);
      for (int i = 0; i < items.size(); i++) {
        assertThat(scores.get(i).logProb()).isCloseTo(expected.get(i).logProb(), within(1e-9));
        assertThat(scores.get(i).greedy()).isEqualTo(expected.get(i).greedy());
      }
      assertThat(others).allSatisfy(ticket -> assertThat(ticket.join().ids()).hasSize(40));
      // 29 items after the first share four of the context's blocks, but for those that were lost
      assertThat(engine.stats().cachedTokens()).isGreaterThan(10 * 32);
    }
  }

  @Test
  void aScoreSaysWhetherTheContinuationIsTheGreedyOne() {
    var prompt = tokens(5);
    var answer = new Generator(model, kernels, 1)
        .generate(List.of(prompt), Sampling.greedy(), 4, new int[0], Generator.Listener.NONE)
        .getFirst()
        .ids();
    var other = answer.clone();
    other[2] = (other[2] + 1) % model.config().vocab();
    var scores = new Scorer(model, kernels)
        .score(List.of(new Scorer.Item(prompt, answer), new Scorer.Item(prompt, other)));
    assertThat(scores).extracting(Scorer.Score::greedy).containsExactly(true, false);
    try (var logits = new TopLogits(model, kernels)) {
      var tops = logits.of(prompt, null, 3);
      assertThat(tops).hasSize(5);
      assertThat(tops.getLast().ids()[0]).isEqualTo(answer[0]);
      assertThat(tops.getLast().logits()).isSortedAccordingTo((a, b) -> Float.compare(b, a));
    }
  }
}
