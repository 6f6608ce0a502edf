package herd.recipe;

import herd.train.Schedule;

/// How the learning rate falls after its warm-up.
enum Decay {
  /// Half a cosine.
  COSINE,

  /// In a straight line to the end.
  LINEAR,

  /// It stays, and falls in a straight line over the last steps.
  COOLDOWN,

  /// It stays.
  CONSTANT;

  /// @param floor share of the peak at the end
  /// @param cooldown share of all steps of the descent, for [#COOLDOWN]
  Schedule schedule(double peak, long warmup, long steps, double floor, double cooldown) {
    long descent =
        switch (this) {
          case COOLDOWN -> Math.max(1, Math.round(cooldown * steps));
          default -> steps - warmup;
        };
    return switch (this) {
      case COSINE -> new Schedule.WarmupCosine(peak, warmup, steps, floor);
      case LINEAR, COOLDOWN -> new Schedule.WarmupCooldown(peak, warmup, steps, descent, floor);
      case CONSTANT -> new Schedule.WarmupCosine(peak, warmup, steps, 1);
    };
  }
}
