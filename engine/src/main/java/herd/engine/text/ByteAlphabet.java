package herd.engine.text;

/// The printable characters that stand for bytes in vocabulary files (GPT-2's byte-to-unicode
/// table): printable Latin-1
/// bytes stand for themselves, the other 68 are U+0100 … U+0143 in order.
final class ByteAlphabet {
  private static final char[] CHARS = new char[256];
  private static final short[] BYTES = new short[0x144];

  static {
    java.util.Arrays.fill(BYTES, (short) -1);
    int others = 0;
    for (int b = 0; b < 256; b++) {
      boolean printable = b > ' ' && b < 127 || b > 160 && b != 173;
      CHARS[b] = (char) (printable ? b : 256 + others++);
      BYTES[CHARS[b]] = (short) b;
    }
  }

  private ByteAlphabet() {}

  static String write(byte[] bytes) {
    var out = new StringBuilder(bytes.length);
    for (byte b : bytes) {
      out.append(CHARS[b & 0xFF]);
    }
    return out.toString();
  }

  /// Writes the bytes that the UTF-8 text `text[from..to)` stands for.
  /// @return where in `out` they end; -1 if there is a character outside the alphabet
  static int read(byte[] text, int from, int to, byte[] out, int start) {
    int end = start;
    for (int i = from; i < to; i++) {
      int c = text[i];
      if (c < 0) {
        // Of the characters of two bytes only U+0080 … U+0143 can be meant, C2 80 … C5 83.
        if ((c & 0xFF) > 0xC5 || i + 1 == to) {
          return -1;
        }
        c = (c & 0x1F) << 6 | text[++i] & 0x3F;
      }
      if (c >= BYTES.length || BYTES[c] < 0) {
        return -1;
      }
      out[end++] = (byte) BYTES[c];
    }
    return end;
  }
}
