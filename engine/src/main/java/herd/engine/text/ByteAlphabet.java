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

  /// The bytes that `text` stands for, null if it has a character outside the alphabet.
  static byte[] read(String text) {
    var out = new byte[text.length()];
    for (int i = 0; i < out.length; i++) {
      char c = text.charAt(i);
      if (c >= BYTES.length || BYTES[c] < 0) {
        return null;
      }
      out[i] = (byte) BYTES[c];
    }
    return out;
  }
}
