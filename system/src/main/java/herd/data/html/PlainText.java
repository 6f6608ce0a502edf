package herd.data.html;

/// Plain text under construction: runs of white space become one space, breaks asked for several
/// times are made once, code goes in as it stands.
final class PlainText {
  private final StringBuilder text = new StringBuilder();
  private final StringBuilder code = new StringBuilder();

  /// Line feeds due before the next character: 0, 1, or 2 for a blank line.
  private int breaks;

  private boolean space;
  private boolean tab;
  private byte listing = Listings.NONE;
  private boolean inCell;

  /// In a listing: where its last line begins in [#code], and whether the next word begins a new
  /// one, since an element that is a line has ended.
  private int lineStart;

  private boolean lineEnded;

  /// Length of what is written, without breaks that are due.
  int length() {
    return text.length();
  }

  /// Takes back all after `length`.
  void cut(int length) {
    text.setLength(length);
    breaks = 2;
  }

  /// At least a new line; in a cell a space.
  void line() {
    breakBy(1);
  }

  /// A blank line; in a cell a space.
  void blankLine() {
    breakBy(2);
  }

  private void breakBy(int lines) {
    if (inCell) {
      space = true;
    } else {
      breaks = Math.max(breaks, lines);
    }
  }

  /// A new line; the second in a row makes a blank line.
  void lineBreak() {
    if (listing != Listings.NONE) {
      newLine();
    } else if (inCell) {
      space = true;
    } else {
      breaks = Math.min(2, breaks + 1);
    }
  }

  /// A space in place of any break that is due.
  void space() {
    breaks = 0;
    space = true;
  }

  /// Begins or ends a cell of a row that is one line.
  void cell(boolean begins) {
    inCell = begins;
    tab |= begins && breaks == 0;
  }

  /// Begins a listing, or ends it with [Listings#NONE]. Blank lines at its beginning and end go.
  void listing(byte kind) {
    if (kind == Listings.NONE) {
      addCode();
    }
    listing = kind;
    lineStart = 0;
    lineEnded = kind == Listings.BY_ELEMENTS;
  }

  /// Begins or ends an element of a listing that is a line, or holds some.
  void codeLine(boolean begins) {
    if (!begins) {
      lineEnded = true;
    } else if (lineEnded && !code.isEmpty() || code.length() > lineStart) {
      newLine();
    } else {
      lineEnded = false;
    }
  }

  private void newLine() {
    // A space keeps an empty element as high as a line.
    if (code.length() == lineStart + 1 && blank(code.charAt(lineStart))) {
      code.setLength(lineStart);
    }
    code.append('\n');
    lineStart = code.length();
    lineEnded = false;
  }

  private void addCode() {
    int start = 0;
    for (int i = 0; i < code.length() && blank(code.charAt(i)); i++) {
      start = code.charAt(i) == '\n' ? i + 1 : start;
    }
    int end = code.length();
    while (end > start && blank(code.charAt(end - 1))) {
      end--;
    }
    if (end > start) {
      due();
      text.append(code, start, end);
    }
    code.setLength(0);
  }

  void words(String words) {
    for (int i = 0; i < words.length(); i++) {
      char c = words.charAt(i);
      if (isNothing(c)) {
        continue;
      }
      if (listing != Listings.NONE) {
        code(c);
      } else if (blank(c)) {
        space = true;
      } else {
        due();
        text.append(c);
      }
    }
  }

  private void code(char c) {
    boolean stands = listing == Listings.AS_IT_STANDS
        || listing == Listings.BY_ELEMENTS && !lineEnded && c != '\n';
    boolean kept = stands || c == '\u00a0' || !blank(c);
    if (lineEnded && kept && c != '\n') {
      newLine();
    }
    if (kept) {
      code.append(c == '\u00a0' ? ' ' : c);
      lineStart = c == '\n' ? code.length() : lineStart;
      lineEnded &= c != '\n';
    } else if (listing == Listings.BY_BREAKS
        && code.length() > lineStart
        && code.charAt(code.length() - 1) != ' ') {
      code.append(' ');
    }
  }

  /// White space, and characters without width.
  static boolean blank(char c) {
    return c <= ' '
        || c == '\u00a0'
        || c >= '\u2000' && c <= '\u200d'
        || c == '\u00ad'
        || c == '\u2028'
        || c == '\u2029'
        || c == '\u202f'
        || c == '\u3000'
        || c == '\ufeff';
  }

  /// Words on one line, single spaces between them.
  static String oneLine(CharSequence words) {
    var line = new StringBuilder(words.length());
    for (int i = 0; i < words.length(); i++) {
      char c = words.charAt(i);
      if (!blank(c)) {
        line.append(c);
      } else if (!line.isEmpty() && line.charAt(line.length() - 1) != ' ') {
        line.append(' ');
      }
    }
    return line.toString().stripTrailing();
  }

  /// Characters that show nothing: of no width, or control characters.
  private static boolean isNothing(char c) {
    return c >= '\u200b' && c <= '\u200d'
        || c == '\u00ad'
        || c == '\ufeff'
        || c == '\u2060'
        || c < ' ' && c != '\n' && c != '\t'
        || c >= '\u007f' && c < '\u00a0';
  }

  private void due() {
    if (!text.isEmpty()) {
      if (breaks > 0) {
        text.repeat('\n', breaks);
      } else if (tab) {
        text.append('\t');
      } else if (space) {
        text.append(' ');
      }
    }
    breaks = 0;
    tab = false;
    space = false;
  }

  /// Whether the last character belongs to a word, with nothing due after it.
  boolean followsWord() {
    boolean inCode = listing != Listings.NONE;
    var last = inCode ? code : text;
    if (last.isEmpty() || !inCode && (space || tab || breaks > 0)) {
      return false;
    }
    char c = last.charAt(last.length() - 1);
    return Character.isLetterOrDigit(c) || c == ')' || c == ']' || c == '\'';
  }

  /// The text, with halves of pairs replaced.
  String finish() {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        boolean pair = Character.isHighSurrogate(c)
            && i + 1 < text.length()
            && Character.isLowSurrogate(text.charAt(i + 1));
        if (pair) {
          i++;
        } else {
          text.setCharAt(i, '\ufffd');
        }
      }
    }
    return text.toString();
  }
}
