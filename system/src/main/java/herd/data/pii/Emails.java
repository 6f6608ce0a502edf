package herd.data.pii;

import herd.data.pii.Found.Kind;

/// E-mail addresses, around their `@`.
final class Emails {
  private Emails() {}

  /// The address whose sign stands at `sign`; null if there is none.
  /// @param done what stands before belongs to something else
  static Found at(String text, int sign, int done) {
    int from = sign;
    while (from > done && inLocal(text, from - 1)) {
      from--;
    }
    while (from < sign && !begins(text, from)) {
      from++;
    }
    if (from == sign || text.charAt(sign - 1) == '.') {
      return null;
    }
    int to = domainEnd(text, sign + 1);
    return to < 0 ? null : new Found(Kind.EMAIL, from, to);
  }

  private static boolean inLocal(String text, int at) {
    char c = text.charAt(at);
    return c == '.' ? at > 0 && at + 1 < text.length() && text.charAt(at + 1) != '.' : atom(c);
  }

  private static boolean atom(char c) {
    return alphanumeric(c) || c < 0x80 && "!#$%&'*+/=?^_`{|}~-".indexOf(c) >= 0;
  }

  private static boolean alphanumeric(char c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || PersonalData.digit(c);
  }

  /// Whether an address may begin here: where a word begins or ends.
  private static boolean begins(String text, int at) {
    return atom(text.charAt(at)) && inWord(text, at) != inWord(text, at - 1);
  }

  private static boolean inWord(String text, int at) {
    return at >= 0 && (PersonalData.word(text, at) || text.charAt(at) == '_');
  }

  /// Where a domain of two or more labels ends; -1 if none begins at `from`.
  private static int domainEnd(String text, int from) {
    int labels = 0;
    int end = -1;
    for (int at = from; at < text.length() && alphanumeric(text.charAt(at)); at++) {
      int last = at;
      while (at < text.length() && (alphanumeric(text.charAt(at)) || text.charAt(at) == '-')) {
        last = alphanumeric(text.charAt(at)) ? at : last;
        at++;
      }
      labels++;
      end = last + 1;
      if (at >= text.length() || text.charAt(at) != '.' || last + 1 != at) {
        break;
      }
    }
    return labels > 1 ? end : -1;
  }
}
