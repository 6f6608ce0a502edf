package herd.data.words;

import herd.engine.UserError;

/// Checks of thresholds.
final class Shares {
  private Shares() {}

  static void check(String name, double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new UserError(name, Double.toString(share), "0 to 1", "It is a share.");
    }
  }

  static void notNegative(String name, double value) {
    if (!(value >= 0)) {
      throw new UserError(name, Double.toString(value), "0 or more", "Correct it.");
    }
  }
}
