package herd.recipe;

import herd.engine.UserError;

/// What the settings of every stage that trains have in common.
final class Training {
  private Training() {}

  /// @throws UserError if a number is impossible
  static void check(long length, int tokensPerStep, int sequence, int context, long saveEvery) {
    if (sequence < 2 || sequence > context) {
      throw new UserError(
          "sequence",
          "" + sequence,
          "2 to the model's context of " + context,
          "Lower sequence or raise model.context.");
    }
    if (tokensPerStep < sequence || tokensPerStep % sequence != 0) {
      throw new UserError(
          "tokensPerStep",
          "" + tokensPerStep,
          "a multiple of the sequence's " + sequence + " tokens",
          "Correct either.");
    }
    if (length < tokensPerStep) {
      throw new UserError(
          "length",
          "" + length,
          "at least one step of " + tokensPerStep + " tokens",
          "Raise length or lower tokensPerStep.");
    }
    if (saveEvery < 1) {
      throw new UserError("saveEvery", "" + saveEvery, "1 or more", "The usual is 500.");
    }
  }
}
