package herd.eval;

import java.util.Random;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class BootstrapTest {
  @Test
  void intervalsHoldTheTruthAboutNinetyFiveTimesInAHundred() {
    var random = new Random(7);
    int held = 0;
    for (int trial = 0; trial < 200; trial++) {
      var scores = random.doubles(200).map(x -> x < 0.6 ? 1 : 0).toArray();
      var interval = new Bootstrap(500, trial).interval(ItemScores.mean(scores));
      held += interval.low() <= 0.6 && 0.6 <= interval.high() ? 1 : 0;
    }
    assertThat(held).isBetween(180, 199);
  }

  @Test
  void pairedDifferenceIsNarrowerThanTheModelsOwnIntervals() {
    var random = new Random(3);
    var hard = random.doubles(400).toArray();
    var worse = new double[400];
    var better = new double[400];
    for (int i = 0; i < 400; i++) {
      worse[i] = hard[i] < 0.5 ? 1 : 0;
      better[i] = hard[i] < 0.56 ? 1 : 0;
    }
    var bootstrap = new Bootstrap(2000, 1);
    var difference = bootstrap.difference(ItemScores.mean(worse), ItemScores.mean(better));
    var own = bootstrap.interval(ItemScores.mean(worse));
    assertThat(difference.outside()).isTrue();
    assertThat(difference.high() - difference.low()).isLessThan(own.high() - own.low());
    assertThat(
            bootstrap.difference(ItemScores.mean(worse), ItemScores.mean(worse)).outside())
        .isFalse();
  }

  @Test
  void bitsPerByteIsARatioOfSumsNotAMeanOfRatios() {
    var scores = new ItemScores(new double[] {100, 8}, new double[] {100, 4});
    assertThat(scores.value()).isCloseTo(108.0 / 104, within(1e-12));
    assertThat(scores.only(1).value()).isEqualTo(2);
  }
}
