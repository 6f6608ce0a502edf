package herd.train;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class PairLossTest {
  private static final List<PairLoss> EXAMPLES =
      List.of(new PairLoss.Dpo(0.1), new PairLoss.Dpo(2), new PairLoss.Ranking());

  static Stream<PairLoss> examples() {
    return EXAMPLES.stream();
  }

  @Test
  void everyKindHasAnExample() {
    assertThat(PairLoss.class.getPermittedSubclasses())
        .allMatch(kind -> EXAMPLES.stream().anyMatch(kind::isInstance));
  }

  @ParameterizedTest
  @MethodSource("examples")
  void slopeIsThatOfTheValue(PairLoss loss) {
    double h = 1e-5;
    for (double margin : new double[] {-30, -1, 0, 0.3, 30}) {
      double numeric = (loss.at(margin + h).value() - loss.at(margin - h).value()) / (2 * h);
      assertThat(loss.at(margin).slope()).as("at " + margin).isCloseTo(numeric, within(1e-6));
    }
  }

  @ParameterizedTest
  @MethodSource("examples")
  void extremesStayFinite(PairLoss loss) {
    assertThat(loss.at(-1e6).value()).isFinite().isGreaterThan(1e4);
    assertThat(loss.at(1e6)).isEqualTo(new PairLoss.At(0, -0.0));
    assertThat(loss.at(1e6).value()).isNotNegative();
  }
}
