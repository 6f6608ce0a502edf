package herd.engine.kernel;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/// Sums and additions of rows against plain loops, for widths on both sides of whole vectors.
class FeatureRowsTest {
  @Property(tries = 200)
  void rowsAreThoseOfPlainLoops(
      @ForAll @IntRange(min = 1, max = 150) int dim,
      @ForAll @IntRange(max = 40) int count,
      @ForAll long seed) {
    var random = new Random(seed);
    var values = new float[9 * dim];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    int[] rows = random.ints(count, 0, 9).toArray();
    var change = new float[dim];
    for (int j = 0; j < dim; j++) {
      change[j] = random.nextFloat() - 0.5f;
    }
    var sum = new float[dim];
    FeatureRows.sum(values, dim, rows, count, sum);
    var right = values.clone();
    for (int j = 0; j < dim; j++) {
      float expected = 0;
      for (int row : rows) {
        expected += values[row * dim + j];
        right[row * dim + j] += change[j];
      }
      assertThat(sum[j]).isCloseTo(expected, within(1e-5f));
    }
    FeatureRows.add(values, dim, rows, count, change);
    assertThat(values).containsExactly(right, within(1e-6f));
  }
}
