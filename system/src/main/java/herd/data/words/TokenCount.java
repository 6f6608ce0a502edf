package herd.data.words;

import herd.engine.text.Tokenizer;
import java.util.function.ToLongFunction;

/// How many tokens texts have, and by whose count: a tokenizer's, or an estimate by their bytes.
/// @param by who counts, in words
/// @param exact whether a tokenizer counts
/// @param count of a text's tokens; null for the estimate
public record TokenCount(String by, boolean exact, ToLongFunction<String> count) {
  private static final int BYTES = 4;

  /// What costs nothing.
  public static final TokenCount ESTIMATE =
      new TokenCount("estimate: one token for 4 bytes of UTF-8", false, null);

  /// The tokens of a tokenizer.
  /// @param name by which the user knows it
  public static TokenCount of(Tokenizer tokenizer, String name) {
    return new TokenCount("tokenizer " + name, true, text -> tokenizer.encode(text).length);
  }

  /// Tokens of a text.
  /// @param bytes of it in UTF-8
  public long of(String text, long bytes) {
    return exact ? count.applyAsLong(text) : (bytes + BYTES - 1) / BYTES;
  }
}
