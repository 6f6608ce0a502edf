package herd.train;

import herd.engine.UserError;
import herd.engine.model.Eager;
import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import herd.engine.tensor.DType;
import herd.engine.tensor.ReferenceKernels;
import herd.engine.text.Dialog;
import herd.engine.text.Dialog.Part;
import herd.engine.text.Message;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class DialogueBatchesTest {
  private static final int VOCAB = 64;

  /// `begin, header, question, end, header, answer, end` twice over.
  private static final Dialog DIALOG = new Dialog(
      List.of(
          new Message("user", "q"),
          new Message("assistant", "a"),
          new Message("user", "q"),
          new Message("assistant", "b c")),
      new int[] {0, 1, 10, 2, 1, 11, 2, 1, 12, 2, 1, 13, 14, 2},
      new Part[] {
        Part.HEADER, Part.HEADER, Part.CONTENT, Part.END, Part.HEADER, Part.CONTENT, Part.END,
        Part.HEADER, Part.CONTENT, Part.END, Part.HEADER, Part.CONTENT, Part.CONTENT, Part.END
      },
      new int[] {-1, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3});

  private static Example example(Random random, int length, int from) {
    int[] tokens = random.ints(length, 0, VOCAB).toArray();
    var learnt = new boolean[length];
    Arrays.fill(learnt, from, length, true);
    return new Example(tokens, learnt);
  }

  private static List<Example> examples(int count, int longest) {
    var random = new Random(1);
    return IntStream.range(0, count)
        .mapToObj(_ -> example(random, 3 + random.nextInt(longest - 2), 2))
        .toList();
  }

  private static int[] targets(Example example) {
    var targets = new int[example.length()];
    example.put(new int[example.length()], targets, 0);
    return targets;
  }

  @Test
  void tuningLearnsAllAnswersWithTheirEnds() {
    assertThat(targets(Example.tuning(DIALOG)))
        .containsExactly(-1, -1, -1, -1, 11, 2, -1, -1, -1, -1, 13, 14, 2, -1);
  }

  @Test
  void preferencesCompareTheContentOfTheLastAnswer() {
    assertThat(targets(Example.preference(DIALOG)))
        .containsExactly(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 13, 14, -1, -1);
  }

  @Test
  void everyEpochHasEveryDialogueOnceInItsOwnOrder() {
    var examples = examples(50, 40);
    var batches = new DialogueBatches(examples, 100, 2, 7);
    var seen = new ArrayList<String>();
    for (long step = 0; step < batches.steps(); step++) {
      var batch = batches.microBatches(step).getFirst();
      assertThat(batch.tokens().length).isLessThanOrEqualTo(100);
      for (int s = 0; s < batch.segments().count(); s++) {
        int start = batch.segments().start()[s];
        int end = start + batch.segments().length()[s];
        seen.add(Arrays.toString(Arrays.copyOfRange(batch.tokens(), start, end))
            + Arrays.toString(Arrays.copyOfRange(batch.targets(), start, end)));
      }
    }
    var all = examples.stream()
        .map(e -> Arrays.toString(e.tokens()) + Arrays.toString(targets(e)))
        .toList();
    assertThat(seen.subList(0, 50)).containsExactlyInAnyOrderElementsOf(all);
    assertThat(seen.subList(50, 100)).containsExactlyInAnyOrderElementsOf(all);
    assertThat(seen.subList(0, 50)).isNotEqualTo(seen.subList(50, 100));
  }

  @Test
  void aDialogueLongerThanAStepHasOneOfItsOwn() {
    var batches = new DialogueBatches(examples(20, 60), 5, 1, 7);
    assertThat(batches.steps()).isEqualTo(20);
  }

  @Test
  void dialoguesThatTeachNothingAreLeftOut() {
    var empty = new Example(new int[] {1, 2}, new boolean[] {true, false});
    assertThatThrownBy(() -> new DialogueBatches(List.of(empty), 10, 1, 1))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("none in which anything is learnt");
    var both = List.of(empty, examples(1, 9).getFirst());
    assertThat(new DialogueBatches(both, 100, 1, 1)
            .microBatches(0)
            .getFirst()
            .segments()
            .count())
        .isEqualTo(1);
  }

  @Test
  void pairsCarryTheReferenceOfTheirOwnSegments() {
    var kernels = new ReferenceKernels();
    var random = new Random(2);
    var pairs = IntStream.range(0, 9)
        .mapToObj(_ -> new PairBatches.Preference(
            example(random, 4 + random.nextInt(8), 2), example(random, 4 + random.nextInt(8), 2)))
        .toList();
    try (var arena = Arena.ofConfined();
        var ops = new Eager(kernels)) {
      var model = Llama.random(
          arena,
          DType.F64,
          new LlamaConfig(VOCAB, 16, 2, 4, 2, 4, 24, 500_000, null, 1e-5, true, 64),
          5);
      var batches = PairBatches.of(pairs, 40, 2, 3, model, kernels);
      int seen = 0;
      for (long step = 0; step < batches.steps(); step++) {
        var batch = batches.microBatches(step).getFirst();
        double[] sums = SegmentLogProbs.of(model, ops, batch);
        assertThat(batch.segments().count()).isEqualTo(2 * batch.pairs().size());
        for (var pair : batch.pairs()) {
          assertThat(pair.referenceChosen()).isCloseTo(sums[pair.chosen()], within(1e-9));
          assertThat(pair.referenceRejected()).isCloseTo(sums[pair.rejected()], within(1e-9));
          assertThat(pair.referenceChosen()).isNegative();
          seen++;
        }
      }
      assertThat(seen).isEqualTo(18);
    }
  }
}
