package herd.data.code;

/// What a file's code consists of; comments and white space aside.
/// @param code characters that are neither white space nor comment
/// @param literals share of `code` in literals of 64 characters and more
/// @param numbers share of `code` in numbers and the commas after them
/// @param encoded share of `code` in runs of 200 characters and more of base64 or hexadecimal
public record CodeShape(long code, double literals, double numbers, double encoded) {
  /// Literals from this length on are data.
  private static final int LONG_LITERAL = 64;

  private static final int LONG_RUN = 200;

  /// @param language null if unknown
  public static CodeShape of(String text, Language language) {
    var count = new Count(text);
    CodeSpans.each(text, language, (kind, from, to) -> {
      if (kind != CodeSpans.Kind.COMMENT) {
        count.piece(from, to, kind == CodeSpans.Kind.LITERAL);
      }
    });
    count.endRun();
    return new CodeShape(
        count.code,
        LineShape.share(count.literals, count.code),
        LineShape.share(count.numbers, count.code),
        LineShape.share(count.encoded, count.code));
  }

  private static final class Count {
    private final String text;
    private long code;
    private long literals;
    private long numbers;
    private long encoded;
    private long run;
    private boolean joins; // what follows goes on with the run

    Count(String text) {
      this.text = text;
    }

    void piece(int from, int to, boolean literal) {
      literals += literal && to - from >= LONG_LITERAL ? to - from : 0;
      for (int i = from; i < to; i++) {
        char c = text.charAt(i);
        if (c == ' ' && !joins) {
          endRun();
        }
        if (Character.isWhitespace(c)) {
          joins |= c == '\n';
          continue;
        }
        code++;
        joins = c == '"' || c == '\'' || c == '+';
        if (encodes(c)) {
          run++;
        } else if (!joins) {
          endRun();
        }
      }
      for (int i = from; !literal && i < to; ) {
        char c = text.charAt(i);
        int end = i + 1;
        if (Character.isLetterOrDigit(c) || c == '_' || c == '$') {
          end = word(i, to);
          numbers += c >= '0' && c <= '9' ? end - i + comma(end, to) : 0;
        }
        i = end;
      }
    }

    /// End of the word or number, with fraction, that begins at `i`.
    private int word(int i, int to) {
      boolean number = text.charAt(i) >= '0' && text.charAt(i) <= '9';
      int end = i + 1;
      while (end < to) {
        char c = text.charAt(end);
        if (!Character.isLetterOrDigit(c) && c != '_' && c != '$' && !(number && c == '.')) {
          break;
        }
        end++;
      }
      return end;
    }

    private int comma(int at, int to) {
      return at < to && text.charAt(at) == ',' ? 1 : 0;
    }

    private static boolean encodes(char c) {
      return c >= '0' && c <= '9'
          || c >= 'a' && c <= 'z'
          || c >= 'A' && c <= 'Z'
          || c == '/'
          || c == '=';
    }

    void endRun() {
      encoded += run >= LONG_RUN ? run : 0;
      run = 0;
    }
  }
}
