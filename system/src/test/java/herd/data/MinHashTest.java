package herd.data;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class MinHashTest {
  private static final int SIZE = 512;
  private static final int SHINGLE = 3;

  /// The standard deviation of the estimate is at most `0.5 / sqrt(512)`, 0.022.
  @Property(tries = 40)
  void estimatesJaccardSimilarity(
      @ForAll @LongRange(max = 1 << 20) long seed, @ForAll @IntRange(max = 100) int percent) {
    var random = new Random(seed);
    var one = new StringBuilder();
    var other = new StringBuilder();
    for (int i = 0; i < 400; i++) {
      int word = random.nextInt(1 << 20);
      one.append(word).append(' ');
      other
          .append(random.nextInt(400) < 2 * percent ? random.nextInt(1 << 20) : word)
          .append('\n');
    }
    var minHash = new MinHash(SIZE, 1);
    double estimate = MinHash.similarity(
        minHash.signature(new Words(one.toString()), SHINGLE),
        minHash.signature(new Words(other.toString()), SHINGLE));
    assertThat(estimate).isCloseTo(jaccard(one.toString(), other.toString()), within(0.11));
  }

  private static double jaccard(String one, String other) {
    var union = new HashSet<>(shingles(one));
    var common = new HashSet<>(shingles(one));
    common.retainAll(shingles(other));
    union.addAll(shingles(other));
    return (double) common.size() / union.size();
  }

  private static Set<String> shingles(String text) {
    var words = text.split("\\s+");
    var shingles = new HashSet<String>();
    for (int i = 0; i + SHINGLE <= words.length; i++) {
      shingles.add(words[i] + " " + words[i + 1] + " " + words[i + 2]);
    }
    return shingles;
  }
}
