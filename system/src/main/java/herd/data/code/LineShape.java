package herd.data.code;

/// The shape of a text's lines.
/// @param characters of the text
/// @param longest characters of the longest line
/// @param mean characters of lines that are not empty, on average
/// @param blanks share of characters that are white space
/// @param letters share of characters that are letters of any script
public record LineShape(long characters, long longest, double mean, double blanks, double letters) {
  /// Counts.
  public static LineShape of(String text) {
    long lines = 0;
    long longest = 0;
    long onLines = 0;
    long blanks = 0;
    long letters = 0;
    int start = 0;
    for (int i = 0; i <= text.length(); i++) {
      boolean end = i == text.length();
      char c = end ? '\n' : text.charAt(i);
      if (c == '\n') {
        int length = i - start;
        lines += length > 0 ? 1 : 0;
        onLines += length;
        longest = Math.max(longest, length);
        start = i + 1;
      }
      blanks += !end && Character.isWhitespace(c) ? 1 : 0;
      letters += Character.isLetter(c) ? 1 : 0;
    }
    int all = text.length();
    return new LineShape(
        all, longest, share(onLines, lines), share(blanks, all), share(letters, all));
  }

  static double share(long part, long of) {
    return of == 0 ? 0 : (double) part / of;
  }
}
