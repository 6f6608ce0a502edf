package herd.data.dedup;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Makes texts simple, so that copies with other capitals, accents, punctuation or numbers are the
/// same: small letters, each number a `0`, punctuation and white space one blank, no accents. The
/// outcome is that of datatrove's `simplify_text`, as UTF-8. Belongs to one thread and keeps its
/// memory from text to text.
public final class Simplifier {
  private static final String SEPARATORS = ".,،٫⎖⎗⎘";
  private static final int SIGMA = 'Σ';

  private final boolean numbers;
  private byte[] bytes = new byte[1 << 12];
  private int[] starts = new int[1 << 9];
  private int size;
  private int words;

  /// @param numbers whether each number becomes a `0`
  public Simplifier(boolean numbers) {
    this.numbers = numbers;
  }

  /// Reads a text; what was read before is gone.
  public void read(String text) {
    size = 0;
    words = 0;
    int begin = 0; // of the word that is being read
    int n = text.length();
    var simple = Simple.TABLE;
    for (int i = 0; i < n; i++) {
      int code = simple.code(text.charAt(i));
      if (size + 16 > bytes.length) {
        bytes = Arrays.copyOf(bytes, 2 * bytes.length);
      }
      switch (code >>> 24) {
        case 1 -> bytes[size++] = (byte) code;
        case 2 -> put2(code);
        case 3 -> put3(code);
        case Simple.NOTHING -> {}
        case Simple.SPACE -> begin = endWord(begin);
        case Simple.LONG -> put(simple.longer(code));
        default -> i = slow(text, i) - 1;
      }
    }
    endWord(begin);
  }

  private void put2(int code) {
    bytes[size] = (byte) (code >> 8);
    bytes[size + 1] = (byte) code;
    size += 2;
  }

  private void put3(int code) {
    bytes[size] = (byte) (code >> 16);
    bytes[size + 1] = (byte) (code >> 8);
    bytes[size + 2] = (byte) code;
    size += 3;
  }

  private void put(byte[] several) {
    if (size + several.length + 16 > bytes.length) {
      bytes = Arrays.copyOf(bytes, 2 * bytes.length + several.length);
    }
    System.arraycopy(several, 0, bytes, size, several.length);
    size += several.length;
  }

  private int endWord(int begin) {
    if (size > begin) {
      if (words + 1 >= starts.length) {
        starts = Arrays.copyOf(starts, 2 * starts.length);
      }
      starts[words++] = begin;
      bytes[size++] = ' ';
      starts[words] = size;
    }
    return size;
  }

  /// Reads the number that begins at `start`.
  /// @return its end
  private int number(String text, int start) {
    int end = digits(text, start);
    if (end + 1 < text.length() && SEPARATORS.indexOf(text.charAt(end)) >= 0) {
      int more = digits(text, end + 1);
      end = more > end + 1 ? more : end;
    }
    bytes[size++] = '0';
    return end;
  }

  private static int digits(String text, int start) {
    int i = start;
    while (i < text.length()) {
      int point = text.codePointAt(i);
      if (!Character.isDigit(point)) {
        break;
      }
      i += Character.charCount(point);
    }
    return i;
  }

  /// A digit, a supplementary character, a lone surrogate or a capital sigma.
  /// @return its end
  private int slow(String text, int at) {
    int point = text.codePointAt(at);
    int end = at + Character.charCount(point);
    if (point == SIGMA) {
      put(Simple.utf8(Sigma.endsWord(text, at) ? "ς" : "σ"));
    } else if (Character.isDigit(point) && numbers) {
      return number(text, at);
    } else if (Character.MIN_SURROGATE <= point && point <= Character.MAX_SURROGATE) {
      put3(0xe00000 | point >> 12 << 16 | 0x8000 | (point >> 6 & 63) << 8 | 0x80 | point & 63);
    } else {
      put(Simple.utf8(Simple.bare(Character.toString(point))));
    }
    return end;
  }

  /// Words of the text that was read.
  public int words() {
    return words;
  }

  /// The words, a blank after each.
  byte[] bytes() {
    return bytes;
  }

  /// Where a word begins in [#bytes]; with the number of words, where the last blank ends.
  int start(int word) {
    return starts[word];
  }

  /// The text that was read, simple.
  public String text() {
    return new String(bytes, 0, Math.max(size - 1, 0), StandardCharsets.UTF_8);
  }
}
