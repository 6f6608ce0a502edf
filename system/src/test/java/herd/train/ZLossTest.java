package herd.train;

import herd.engine.model.Gradients;
import herd.engine.model.Recorded;
import herd.engine.tensor.DType;
import herd.engine.tensor.ReferenceKernels;
import herd.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.Random;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class ZLossTest {
  private static final double H = 1e-4;
  private static final double EACH = 0.25;
  private static final double WEIGHT = 0.3;

  private final Arena arena = Arena.ofAuto();
  private final Random random = new Random(3);
  private final LinkedHashMap<String, Tensor> parameters = new LinkedHashMap<>();
  private final int[] ids = {3, 1, 4, 1};
  private final int[] targets = {8, -1, 0, 2};

  private Tensor parameter(String name, int rows, int cols) {
    var t = Tensor.allocate(arena, DType.F64, rows, cols);
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < cols; c++) {
        t.set(r, c, random.nextGaussian());
      }
    }
    parameters.put(name, t);
    return t;
  }

  @Test
  void valueAndSlopeAgree() {
    var table = parameter("table", 5, 4);
    var head = parameter("head", 9, 4);
    var gradients = new Gradients(arena, parameters);
    try (var ops = new Recorded(new ReferenceKernels(), gradients)) {
      var hidden = ops.embedding(table, ids);
      var value = new ZLoss(WEIGHT).forwardBackward(ops, hidden, head, targets, EACH);
      ops.backward();
      double penalty = total(table, head, false);
      assertThat(value.penalty()).isCloseTo(penalty, within(1e-12));
      double loss = 0;
      for (double logProb : value.logProbs()) {
        loss -= EACH * logProb;
      }
      assertThat(value.logProbs()[1]).isZero();
      assertThat(loss + penalty).isCloseTo(total(table, head, true), within(1e-12));
    }
    parameters.forEach((name, p) -> {
      for (int r = 0; r < p.rows(); r++) {
        for (int c = 0; c < p.cols(); c++) {
          double kept = p.get(r, c);
          p.set(r, c, kept + H);
          double above = total(table, head, true);
          p.set(r, c, kept - H);
          double below = total(table, head, true);
          p.set(r, c, kept);
          assertThat(gradients.byName().get(name).get(r, c))
              .as("%s[%d, %d]", name, r, c)
              .isCloseTo((above - below) / (2 * H), within(1e-6));
        }
      }
    });
  }

  /// The penalty, and with `all` the cross-entropy too, in plain loops.
  private double total(Tensor table, Tensor head, boolean all) {
    double sum = 0;
    for (int i = 0; i < ids.length; i++) {
      if (targets[i] >= 0) {
        double denominator = 0;
        double target = 0;
        for (int v = 0; v < head.rows(); v++) {
          double logit = 0;
          for (int c = 0; c < head.cols(); c++) {
            logit += table.get(ids[i], c) * head.get(v, c);
          }
          denominator += Math.exp(logit);
          target = v == targets[i] ? logit : target;
        }
        double log = Math.log(denominator);
        sum += EACH * (WEIGHT * log * log + (all ? log - target : 0));
      }
    }
    return sum;
  }
}
