package herd.engine.sample;

import java.util.Arrays;

/// Guesses the next tokens from the sequence itself: where its last tokens stood before, what
/// followed them then. Right where an answer quotes its prompt, and costs next to nothing.
public final class PromptLookup {
  /// No guesses.
  public static final int[] NONE = {};
  private static final int LONGEST = 4;

  private final int most;

  /// @param most tokens guessed at a time
  public PromptLookup(int most) {
    this.most = most;
  }

  /// @param limit guesses wanted at most
  /// @return guesses, perhaps none
  public int[] guess(int[] tokens, int length, int limit) {
    int count = Math.min(most, limit);
    if (count < 1) {
      return NONE;
    }
    int best = 0;
    int from = 0;
    for (int end = length - 1; end > 0 && best < LONGEST; end--) {
      int n = 0;
      while (n < LONGEST && n < end && tokens[end - 1 - n] == tokens[length - 1 - n]) {
        n++;
      }
      if (n > best) {
        best = n;
        from = end;
      }
    }
    return best < 2 ? NONE : Arrays.copyOfRange(tokens, from, Math.min(length, from + count));
  }
}
