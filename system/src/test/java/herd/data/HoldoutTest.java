package herd.data;

import herd.engine.UserError;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class HoldoutTest {
  @Property(tries = 200)
  void aGroupIsNeverSplit(@ForAll String group, @ForAll long seed) {
    var holdout = new Holdout(0.5);
    assertThat(holdout.holds(group, seed)).isEqualTo(holdout.holds(new String(group), seed));
  }

  @Test
  void theShareIsKeptAndTheSeedMatters() {
    var holdout = new Holdout(0.05);
    assertThat(share(holdout, 1)).isCloseTo(0.05, within(0.01));
    assertThat(IntStream.range(0, 1000)
            .anyMatch(i -> holdout.holds("c" + i, 1) != holdout.holds("c" + i, 2)))
        .isTrue();
    assertThatThrownBy(() -> new Holdout(1.5)).isInstanceOf(UserError.class);
    assertThatThrownBy(() -> new Holdout(Double.NaN)).isInstanceOf(UserError.class);
  }

  private static double share(Holdout holdout, long seed) {
    return IntStream.range(0, 10_000)
            .filter(i -> holdout.holds("a.b.C" + i, seed))
            .count()
        / 1e4;
  }
}
