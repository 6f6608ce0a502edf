package herd.engine.template;

import java.util.function.UnaryOperator;

/// A string that knows of each of its characters where it comes from: from the template, whose
/// special tokens are meant, or from the data (messages, tools), where the same characters are
/// only text.
/// @param text the string
/// @param origin one character for each of `text`, [#TEMPLATE] or [#DATA]
record Str(String text, String origin) implements Value {
  static final char TEMPLATE = 't';
  static final char DATA = 'd';
  static final Str EMPTY = new Str("", "");

  /// A string that the template's author wrote.
  static Str template(String text) {
    return new Str(text, "t".repeat(text.length()));
  }

  /// A string from the data.
  static Str data(String text) {
    return new Str(text, "d".repeat(text.length()));
  }

  int length() {
    return text.length();
  }

  boolean isEmpty() {
    return text.isEmpty();
  }

  Str plus(Str other) {
    return isEmpty()
        ? other
        : other.isEmpty() ? this : new Str(text + other.text, origin + other.origin);
  }

  Str times(int n) {
    return new Str(text.repeat(n), origin.repeat(n));
  }

  /// Characters `from` (included) to `to` (not included), counted as Java counts.
  Str cut(int from, int to) {
    return from == 0 && to == length()
        ? this
        : new Str(text.substring(from, to), origin.substring(from, to));
  }

  Str cut(int from) {
    return cut(from, length());
  }

  /// Characters counted as Python counts them: a pair of surrogates is one.
  int codePoints() {
    return text.codePointCount(0, length());
  }

  /// The Java index of the code point `index`.
  int offset(int index) {
    return text.offsetByCodePoints(0, index);
  }

  /// `change` on each stretch of one origin.
  Str map(UnaryOperator<String> change) {
    var out = new Builder();
    for (int at = 0; at < length(); ) {
      int end = at + 1;
      while (end < length() && origin.charAt(end) == origin.charAt(at)) {
        end++;
      }
      String changed = change.apply(text.substring(at, end));
      out.add(new Str(changed, origin.substring(at, at + 1).repeat(changed.length())));
      at = end;
    }
    return out.str();
  }

  /// As Python's `strip`: without the characters of `what` at the chosen ends; null means white
  /// space.
  Str strip(String what, boolean left, boolean right) {
    int from = 0;
    int to = length();
    while (left && from < to) {
      int c = text.codePointAt(from);
      if (!stripped(what, c)) {
        break;
      }
      from += Character.charCount(c);
    }
    while (right && to > from) {
      int c = text.codePointBefore(to);
      if (!stripped(what, c)) {
        break;
      }
      to -= Character.charCount(c);
    }
    return cut(from, to);
  }

  private static boolean stripped(String what, int c) {
    return what == null ? isSpace(c) : what.indexOf(c) >= 0;
  }

  /// White space as Python sees it.
  static boolean isSpace(int c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
  }

  /// A string under construction, origins included.
  static final class Builder {
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder origin = new StringBuilder();

    /// @throws Failure if it gets longer than any string may be
    Builder add(Str s) {
      if ((long) text.length() + s.length() > Budget.LONGEST) {
        throw Budget.tooLong();
      }
      text.append(s.text());
      origin.append(s.origin());
      return this;
    }

    int length() {
      return text.length();
    }

    Str str() {
      return new Str(text.toString(), origin.toString());
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Str s && s.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }
}
