package herd.train.course;

/// Ends a training at a spike, to go back.
final class LossSpike extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final long step;
  private final double loss;

  /// @param step counted from 1
  LossSpike(long step, double loss) {
    super("loss " + loss + " at step " + step, null, false, false);
    this.step = step;
    this.loss = loss;
  }

  long step() {
    return step;
  }

  double loss() {
    return loss;
  }
}
