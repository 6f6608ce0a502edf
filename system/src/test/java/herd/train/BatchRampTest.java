package herd.train;

import herd.engine.UserError;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class BatchRampTest {
  /// The paper's: 4M tokens, 8M after 252M, 16M after 2.87T.
  @Test
  void thePapersRamp() {
    long m = 1_000_000;
    var ramp = new BatchRamp(
        4_000_000,
        List.of(
            new BatchRamp.Rise(252 * m, 8_000_000), new BatchRamp.Rise(2_870_000 * m, 16_000_000)));
    assertThat(ramp.at(62)).isEqualTo(4_000_000);
    assertThat(ramp.at(63)).isEqualTo(8_000_000);
    assertThat(ramp.before(63)).isEqualTo(252 * m);
    assertThat(ramp.before(64)).isEqualTo(260 * m);
    long last = 63 + Math.ceilDiv(2_870_000 * m - 252 * m, 8 * m);
    assertThat(ramp.at(last - 1)).isEqualTo(8_000_000);
    assertThat(ramp.at(last)).isEqualTo(16_000_000);
    assertThat(ramp.most()).isEqualTo(16_000_000);
  }

  @Test
  void tokensBeforeAStepAreTheSumOfTheStepsBefore() {
    var ramp = new BatchRamp(3, List.of(new BatchRamp.Rise(10, 5), new BatchRamp.Rise(13, 2)));
    for (long step = 0; step < 20; step++) {
      long sum = LongStream.range(0, step).map(ramp::at).sum();
      assertThat(ramp.before(step)).isEqualTo(sum);
      assertThat(ramp.steps(sum)).isEqualTo(step);
      assertThat(ramp.steps(sum + ramp.at(step) - 1)).isEqualTo(step);
    }
  }

  @Test
  void impossibleRampsAreRefused() {
    assertThatThrownBy(() -> BatchRamp.level(0)).isInstanceOf(UserError.class);
    assertThatThrownBy(() -> new BatchRamp(4, List.of(new BatchRamp.Rise(0, 8))))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("order");
  }
}
