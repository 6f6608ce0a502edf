package herd.train;

import herd.engine.UserError;
import herd.engine.kernel.KernelChoice;
import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.ReferenceKernels;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Workers;
import herd.train.save.CheckpointAverage;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TrainingTest {
  private static final LlamaConfig TINY =
      new LlamaConfig(40, 32, 2, 4, 2, 8, 48, 500_000, null, 1e-5, true, 64);
  private static final int STEPS = 12;

  private Kernels kernels = new ReferenceKernels();

  private final Arena arena = Arena.ofAuto();

  /// Two micro-batches of counting, with ragged documents; depends on the step alone.
  private static List<Batch> counting(long step) {
    var random = new Random(step);
    var batches = new ArrayList<Batch>();
    for (int b = 0; b < 2; b++) {
      var lengths = new int[] {1 + random.nextInt(9), 1 + random.nextInt(9)};
      int n = lengths[0] + lengths[1];
      var tokens = new int[n];
      var targets = new int[n];
      int first = random.nextInt(TINY.vocab());
      for (int i = 0; i < n; i++) {
        tokens[i] = (first + i) % TINY.vocab();
        targets[i] = i == lengths[0] - 1 || i == n - 1 ? -100 : (tokens[i] + 1) % TINY.vocab();
      }
      batches.add(new Batch(tokens, Segments.packed(lengths), targets));
    }
    return batches;
  }

  private Training training(
      Llama model, Batches batches, long steps, Training.Listener... listeners) {
    return new Training(
        kernels,
        model,
        new Objective.LanguageModel(),
        new AdamW(),
        new Schedule.WarmupCosine(1e-2, 2, STEPS, 0.1),
        batches,
        steps,
        List.of(listeners));
  }

  private Llama fresh() {
    return Llama.random(arena, DType.F32, TINY, 3);
  }

  private SequencedMap<String, Tensor> copy(SequencedMap<String, Tensor> tensors) {
    var copies = new LinkedHashMap<String, Tensor>();
    tensors.forEach((name, t) -> {
      var copy = Tensor.allocate(arena, t.type(), t.rows(), t.cols());
      copy.copyFrom(t);
      copies.put(name, copy);
    });
    return copies;
  }

  private static void same(Map<String, Tensor> found, Map<String, Tensor> wanted) {
    wanted.forEach((name, t) ->
        assertThat(found.get(name).data().mismatch(t.data())).as(name).isEqualTo(-1));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 11})
  void resumedRunEqualsUninterrupted(int stop) {
    var whole = fresh();
    var end = training(whole, TrainingTest::counting, STEPS)
        .run(TrainState.start(arena, whole.parameters()));

    var begun = fresh();
    var state = training(begun, TrainingTest::counting, stop)
        .run(TrainState.start(arena, begun.parameters()));
    assertThat(state.step()).isEqualTo(stop);
    var resumed = new Llama(TINY, copy(state.parameters()));
    var saved =
        new TrainState(state.step(), resumed.parameters(), copy(state.m()), copy(state.v()));
    var resumedEnd = training(resumed, TrainingTest::counting, STEPS).run(saved);

    same(resumedEnd.parameters(), end.parameters());
    same(resumedEnd.m(), end.m());
    same(resumedEnd.v(), end.v());
  }

  /// The uninterrupted run begins in the interpreter and ends in compiled code.
  @Test
  void resumedRunEqualsUninterruptedOnTheBestKernels() {
    try (var workers = new Workers(2)) {
      kernels = KernelChoice.best(workers);
      resumedRunEqualsUninterrupted(5);
    }
  }

  @Test
  void lossFalls() {
    var model = fresh();
    var losses = new ArrayList<Double>();
    training(model, TrainingTest::counting, STEPS, (step, _) -> losses.add(step.loss()))
        .run(TrainState.start(arena, model.parameters()));
    assertThat(losses).hasSize(STEPS);
    assertThat(losses.getFirst()).isBetween(3.8, 4.1); // log 40 and half the logits' variance
    assertThat(losses.getLast()).isLessThan(losses.getFirst() - 0.3);
  }

  @Test
  void divergedRunStopsBeforeItSpoilsTheWeights() {
    var model = fresh();
    var before = new ArrayList<SequencedMap<String, Tensor>>();
    Training.Listener poison = (step, state) -> {
      if (step.number() == 4) {
        before.add(copy(state.parameters()));
        before.add(copy(state.m()));
      }
    };
    Batches batches = step -> {
      if (step == 4) { // what an overflow in a weight would do, undone for the comparison below
        model.parameters().get("model.norm.weight").set(0, 3, Double.NaN);
      }
      return counting(step);
    };
    var start = TrainState.start(arena, model.parameters());
    assertThatThrownBy(() -> training(model, batches, STEPS, poison).run(start))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("training step 5: loss NaN, gradient norm NaN;")
        .hasMessageContaining("lower peak learning rate");
    before.getFirst().get("model.norm.weight").set(0, 3, Double.NaN);
    same(model.parameters(), before.getFirst());
    same(start.m(), before.getLast());
  }

  @Test
  void stepWithNothingToLearnIsNoError() {
    var model = fresh();
    Batches empty = _ -> List.of(new Batch(new int[] {1}, Segments.packed(1), new int[] {-100}));
    var losses = new ArrayList<Double>();
    training(model, empty, 1, (step, _) -> losses.add(step.loss()))
        .run(TrainState.start(arena, model.parameters()));
    assertThat(losses).containsExactly(0.0);
  }

  @Test
  void averageOfDifferentModelsIsRefused() {
    var average = new CheckpointAverage();
    average.add(fresh().parameters());
    var other = new LinkedHashMap<>(fresh().parameters());
    other.remove("model.norm.weight");
    assertThatThrownBy(() -> average.add(other))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("checkpoint 2 of an average");
  }
}
