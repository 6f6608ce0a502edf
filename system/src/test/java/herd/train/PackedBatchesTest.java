package herd.train;

import herd.engine.UserError;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class PackedBatchesTest {
  private static final int VOCAB = 50_000;
  private static final PackedBatches.Frame NONE = PackedBatches.Frame.NONE;

  @TempDir
  private Path folder;

  private final Arena arena = Arena.ofConfined();
  private int files;

  @AfterEach
  void close() {
    arena.close();
  }

  private TokenShard shard(List<int[]> documents) {
    Path file = folder.resolve(files++ + ".tokens");
    TokenShard.write(file, VOCAB, "t", documents);
    return TokenShard.open(file, arena);
  }

  /// Documents whose tokens are all different: `first, first + 1, …`.
  private static List<int[]> counted(int first, int... lengths) {
    var out = new ArrayList<int[]>();
    for (int length : lengths) {
      out.add(IntStream.range(first, first + length).toArray());
      first += length;
    }
    return out;
  }

  private static PackedBatches.Source source(double weight, TokenShard... shards) {
    return new PackedBatches.Source("s", List.of(shards), weight);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void anEpochHasEveryTokenWithItsNextOne(long seed) {
    var random = new Random(seed);
    int[] lengths = random.ints(40, 1, 90).toArray();
    var first = counted(0, Arrays.copyOf(lengths, 25));
    var second = counted(10_000, Arrays.copyOfRange(lengths, 25, 40));
    var documents = new ArrayList<>(first);
    documents.addAll(second);
    int total = Arrays.stream(lengths).sum();
    int sequence = 16 + random.nextInt(20);
    var batches = new PackedBatches(
        List.of(source(1, shard(first), shard(second))), NONE, sequence, sequence, sequence, seed);
    var next = new HashMap<Integer, Integer>();
    documents.forEach(d -> {
      for (int i = 0; i < d.length; i++) {
        next.put(d[i], i + 1 < d.length ? d[i + 1] : -1);
      }
    });
    int rows = Math.ceilDiv(total, sequence);
    for (int epoch = 0; epoch < 3; epoch++) {
      Map<Integer, Integer> seen = new HashMap<>();
      for (int row = 0; row < rows; row++) {
        var batch = batches.microBatches((long) epoch * rows + row).getFirst();
        assertThat(batch.tokens()).hasSize(sequence);
        for (int i = 0; i < sequence; i++) {
          assertThat(batch.targets()[i]).isEqualTo(next.get(batch.tokens()[i]));
          seen.merge(batch.tokens()[i], 1, Integer::sum);
        }
        assertSegmentsAreDocuments(batch, next);
      }
      assertThat(seen).hasSize(total);
      assertThat(seen.values()).allMatch(times -> times <= 2);
      assertThat(batches.epochs((epoch + 1L) * rows)[0])
          .isCloseTo(epoch + 1.0, within((epoch + 1.0) * sequence / total));
    }
  }

  private static void assertSegmentsAreDocuments(Batch batch, Map<Integer, Integer> next) {
    var segments = batch.segments();
    for (int s = 0; s < segments.count(); s++) {
      assertThat(segments.position()[s]).isZero();
      int end = segments.start()[s] + segments.length()[s] - 1;
      for (int i = segments.start()[s]; i < end; i++) {
        assertThat(batch.tokens()[i + 1]).isEqualTo(next.get(batch.tokens()[i]));
      }
    }
  }

  private PackedBatches mixed(int perBatch) {
    var random = new Random(9);
    var a = shard(TokenShardTest.documents(random, 60, 100, VOCAB));
    var b = shard(TokenShardTest.documents(random, 30, 300, VOCAB));
    return new PackedBatches(List.of(source(0.7, a), source(0.3, b)), NONE, 32, 128, perBatch, 11);
  }

  @Test
  void aStepIsAFunctionOfItsNumberAlone() {
    var inOrder = mixed(128);
    var jumping = mixed(128);
    var expected = new ArrayList<Batch>();
    for (int step = 0; step < 120; step++) {
      expected.add(inOrder.microBatches(step).getFirst());
    }
    new Random(3).ints(60, 0, 120).forEach(step -> {
      var batch = jumping.microBatches(step).getFirst();
      assertThat(batch.tokens()).containsExactly(expected.get(step).tokens());
      assertThat(batch.targets()).containsExactly(expected.get(step).targets());
      assertThat(batch.segments().length())
          .containsExactly(expected.get(step).segments().length());
    });
  }

  @Test
  void microBatchesTogetherAreTheStep() {
    var whole = mixed(128);
    var parts = mixed(70);
    for (int step = 0; step < 20; step++) {
      var micro = parts.microBatches(step);
      assertThat(micro).hasSize(2).allMatch(batch -> batch.tokens().length == 64);
      int[] joined = micro.stream().flatMapToInt(b -> Arrays.stream(b.tokens())).toArray();
      assertThat(joined).containsExactly(whole.microBatches(step).getFirst().tokens());
    }
  }

  @Test
  void sourcesGiveTheirShares() {
    var small = shard(counted(0, 40, 50));
    var large = shard(counted(10_000, 5_000, 3_000));
    var batches =
        new PackedBatches(List.of(source(3, small), source(1, large)), NONE, 8, 16, 16, 1);
    int fromSmall = 0;
    for (int step = 0; step < 100; step++) {
      for (int token : batches.microBatches(step).getFirst().tokens()) {
        fromSmall += token < 10_000 ? 1 : 0;
      }
      assertThat(fromSmall).isCloseTo(12 * (step + 1), within(8));
    }
    assertThat(batches.epochs(100)[0]).isCloseTo(1200 / 90.0, within(0.1));
  }

  @Test
  void upSamplingCountsOnTopOfSize() {
    var a = shard(counted(0, 1_000));
    var b = shard(counted(10_000, 500));
    var batches = new PackedBatches(
        List.of(
            PackedBatches.Source.of("a", List.of(a), 1),
            PackedBatches.Source.of("b", List.of(b), 4)),
        NONE,
        50,
        50,
        50,
        1);
    assertThat(batches.epochs(60)).containsExactly(new double[] {1, 4}, within(0.11));
    assertThat(batches.tokens()).isEqualTo(1_500);
  }

  @Test
  void epochsAndSeedsHaveOrdersOfTheirOwn() {
    var documents = counted(0, IntStream.range(0, 64).map(_ -> 8).toArray());
    var one = new PackedBatches(List.of(source(1, shard(documents))), NONE, 8, 512, 512, 1);
    var other = new PackedBatches(List.of(source(1, shard(documents))), NONE, 8, 512, 512, 2);
    int[] first = one.microBatches(0).getFirst().tokens();
    assertThat(first).isNotEqualTo(one.microBatches(1).getFirst().tokens());
    assertThat(first).isNotEqualTo(other.microBatches(0).getFirst().tokens());
    assertThat(Arrays.stream(first).sorted().toArray())
        .containsExactly(IntStream.range(0, 512).toArray());
  }

  @Test
  void aSourceSmallerThanARowIsRepeated() {
    var batches = new PackedBatches(List.of(source(1, shard(counted(0, 3)))), NONE, 8, 8, 8, 1);
    assertThat(batches.microBatches(5).getFirst().tokens()).containsExactly(0, 1, 2, 0, 1, 2, 0, 1);
    assertThat(batches.microBatches(5).getFirst().targets())
        .containsExactly(1, 2, -1, 1, 2, -1, 1, 2);
  }

  @Test
  void framesStandAroundDocumentsThatHaveNone() {
    var plain = List.of(new int[] {1, 2, 3}, new int[] {4, 5}, new int[] {6});
    var framed = plain.stream()
        .map(d -> {
          int[] out = new int[d.length + 2];
          System.arraycopy(d, 0, out, 1, d.length);
          out[0] = 100;
          out[d.length + 1] = 200;
          return out;
        })
        .toList();
    var frame = new PackedBatches.Frame(100, 200);
    for (int sequence : new int[] {1, 2, 3, 5, 12, 17}) {
      var added = new PackedBatches(
          List.of(source(1, shard(plain))), frame, sequence, sequence, sequence, 3);
      var stored = new PackedBatches(
          List.of(source(1, shard(framed))), NONE, sequence, sequence, sequence, 3);
      assertThat(added.tokens()).isEqualTo(12);
      for (int step = 0; step < 30; step++) {
        var a = added.microBatches(step).getFirst();
        var b = stored.microBatches(step).getFirst();
        assertThat(a.tokens()).containsExactly(b.tokens());
        assertThat(a.targets()).containsExactly(b.targets());
      }
    }
  }

  @Test
  void impossibleSettingsAreRefused() {
    var shard = shard(counted(0, 100));
    var empty = shard(List.of());
    Path file = folder.resolve("other.tokens");
    TokenShard.write(file, VOCAB, "another", counted(0, 5));
    var other = TokenShard.open(file, arena);
    assertRefused("tokensPerStep: 12", List.of(source(1, shard)), 8, 12, 8);
    assertRefused("sequence: 0", List.of(source(1, shard)), 0, 12, 8);
    assertRefused("tokensPerBatch: 4", List.of(source(1, shard)), 8, 8, 4);
    assertRefused("no tokens", List.of(source(1, shard), source(1, empty)), 8, 8, 8);
    assertRefused("no tokens to train on", List.of(source(0, shard)), 8, 8, 8);
    assertRefused("no tokens to train on", List.of(), 8, 8, 8);
    assertRefused("weight -1.0", List.of(source(-1, shard)), 8, 8, 8);
    assertRefused("another tokenizer", List.of(source(1, shard), source(1, other)), 8, 8, 8);
  }

  private static void assertRefused(
      String message, List<PackedBatches.Source> sources, int sequence, int step, int batch) {
    assertThatThrownBy(() -> new PackedBatches(sources, NONE, sequence, step, batch, 1))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(message);
  }
}
