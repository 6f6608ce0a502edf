package herd.engine.learn;

/// Cuts a piece into the tokens that there are before learning begins.
@FunctionalInterface
public interface Segmenter {
  /// Into single bytes.
  Segmenter BYTES = (utf8, from, to, symbols, at) -> {
    for (int i = from; i < to; i++) {
      symbols[at + i - from] = utf8[i] & 0xFF;
    }
  };

  /// Writes the tokens of `utf8[from..to)` from `symbols[at]` on, a place for each byte: a
  /// token's number stands at the place of its first byte and of its last.
  void cut(byte[] utf8, int from, int to, int[] symbols, int at);
}
