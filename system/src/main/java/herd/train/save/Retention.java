package herd.train.save;

import herd.engine.UserError;
import java.util.List;

/// Which checkpoints stay.
/// @param newest how many of the newest, at least 1
/// @param every those of steps that this divides stay for good; 0 for none
public record Retention(int newest, long every) {
  public Retention {
    if (newest < 1) {
      throw new UserError("keep", "" + newest, "1 or more", "Keep at least the newest.");
    }
    if (every < 0) {
      throw new UserError("keepEvery", "" + every, "0 or more", "0 keeps none for good.");
    }
  }

  /// The `newest` checkpoints and no other.
  public Retention(int newest) {
    this(newest, 0);
  }

  /// Those of `steps`, oldest first, that go.
  List<Long> surplus(List<Long> steps) {
    return steps.subList(0, Math.max(0, steps.size() - newest)).stream()
        .filter(step -> every == 0 || step % every != 0)
        .toList();
  }
}
