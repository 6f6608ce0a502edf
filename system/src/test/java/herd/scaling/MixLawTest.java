package herd.scaling;

import java.util.ArrayList;
import java.util.Random;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

class MixLawTest {
  @Test
  void mixesThatShareAFloorArePredictedAtLargerBudgets() {
    var truth = new MixLaw(1.4, 0.18, 1e13, new double[] {0.9, 1.1, 1.5});
    var noise = new Random(2);
    var points = new ArrayList<MixLaw.Point>();
    for (int mix = 0; mix < 3; mix++) {
      for (double flops : new double[] {1e12, 2e12, 4e12, 8e12}) {
        double loss = truth.at(mix, flops) * (1 + 0.0005 * noise.nextGaussian());
        points.add(new MixLaw.Point(mix, flops, loss));
      }
    }
    var law = MixLaw.fit(points, 3);
    for (int mix = 0; mix < 3; mix++) {
      assertThat(law.at(mix, 64e12)).isCloseTo(truth.at(mix, 64e12), withinPercentage(1));
    }
    assertThat(law.factors()).isSorted();
  }
}
