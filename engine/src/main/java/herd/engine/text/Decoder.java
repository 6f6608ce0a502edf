package herd.engine.text;

import java.util.Arrays;

/// Turns ids that come one by one into text, for streaming: a character whose bytes are spread
/// over several tokens comes out when it is complete, never in halves. Bytes that are not UTF-8
/// become U+FFFD, as late as they are certain to be.
public final class Decoder {
  private final Tokenizer tokenizer;
  private byte[] waiting = new byte[0];

  Decoder(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /// The text that is complete with this token, often a word, sometimes empty.
  public String next(int id) {
    byte[] bytes = tokenizer.bytes(id);
    byte[] all = Arrays.copyOf(waiting, waiting.length + bytes.length);
    System.arraycopy(bytes, 0, all, waiting.length, bytes.length);
    var out = new StringBuilder();
    int done = Utf8.decode(all, 0, all.length, false, out);
    waiting = Arrays.copyOfRange(all, done, all.length);
    return out.toString();
  }

  /// What is left of an unfinished character, as U+FFFD; empty if nothing is. The decoder can
  /// then start afresh.
  public String end() {
    var out = new StringBuilder();
    Utf8.decode(waiting, 0, waiting.length, true, out);
    waiting = new byte[0];
    return out.toString();
  }
}
