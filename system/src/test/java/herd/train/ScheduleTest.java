package herd.train;

import herd.engine.UserError;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class ScheduleTest {
  @Test
  void ratesAtTheCorners() {
    var cosine = new Schedule.WarmupCosine(8e-5, 8_000, 1_200_000, 0.01);
    assertThat(cosine.at(0)).isCloseTo(1e-8, within(1e-20));
    assertThat(cosine.at(7_999)).isEqualTo(8e-5);
    assertThat(cosine.at(604_000)).isCloseTo((8e-5 + 8e-7) / 2, within(1e-15));
    assertThat(cosine.at(1_200_000)).isCloseTo(8e-7, within(1e-18));
    assertThat(cosine.at(9_999_999)).isCloseTo(8e-7, within(1e-18));

    var linear = new Schedule.WarmupLinear(1, 2, 10);
    assertThat(new double[] {linear.at(0), linear.at(1), linear.at(2), linear.at(6), linear.at(10)})
        .containsExactly(0.5, 1, 1, 0.5, 0);
    var down = new Schedule.LinearToZero(2, 4);
    assertThat(new double[] {down.at(0), down.at(1), down.at(3), down.at(4), down.at(5)})
        .containsExactly(2, 1.5, 0.5, 0, 0);
    assertThat(new Schedule.Constant(3).at(77)).isEqualTo(3);
    var stable = new Schedule.WarmupCooldown(2, 2, 10, 4, 0);
    assertThat(new double[] {stable.at(0), stable.at(2), stable.at(6), stable.at(9), stable.at(10)})
        .containsExactly(1, 2, 2, 0.5, 0);
  }

  @Test
  void impossibleSettingsAreRefused() {
    assertThatThrownBy(() -> new Schedule.WarmupCosine(1, 10, 10, 0.1))
        .isInstanceOf(UserError.class)
        .hasMessage("steps: 10; allowed: more than the warm-up (10). Raise steps or lower warmup.");
    assertThatThrownBy(() -> new Schedule.WarmupCosine(1, 1, 10, 1.1))
        .hasMessageContaining("floor");
    assertThatThrownBy(() -> new Schedule.WarmupCooldown(1, 1, 10, 10, 0))
        .hasMessageContaining("cooldown");
    assertThatThrownBy(() -> new Schedule.Constant(-1)).isInstanceOf(UserError.class);
    assertThatThrownBy(() -> new Schedule.LinearToZero(Double.NaN, 1))
        .isInstanceOf(UserError.class);
    assertThatThrownBy(() -> new AdamW(1, 0.95, 1e-8, 0.1, 1)).hasMessageContaining("beta1");
    assertThatThrownBy(() -> new AdamW(0.9, 0.95, 1e-8, 0.1, 0)).hasMessageContaining("clip");
  }
}
