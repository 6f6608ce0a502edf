package herd.data.pii;

import herd.data.pii.Found.Kind;

/// Internet addresses of version 4, of public ranges only.
final class Addresses {
  private Addresses() {}

  /// The address that begins at `at`, public or not; null if there is none.
  static Found at(String text, int at) {
    boolean inside = at > 0 && (PersonalData.word(text, at - 1) || text.charAt(at - 1) == '_');
    if (inside) {
      return null;
    }
    int i = at;
    for (int part = 0; part < 4; part++) {
      if (part > 0 && (i >= text.length() || text.charAt(i++) != '.')) {
        return null;
      }
      int value = 0;
      int digits = 0;
      for (; i < text.length() && digits < 3 && PersonalData.digit(text.charAt(i)); i++) {
        value = 10 * value + text.charAt(i) - '0';
        digits++;
      }
      if (digits == 0 || value > 255) {
        return null;
      }
    }
    boolean goesOn = PersonalData.word(text, i) || i < text.length() && text.charAt(i) == '_';
    return goesOn ? null : new Found(Kind.IP, at, i);
  }

  /// Whether anyone can be reached at an address (the special ranges of the IANA registry): none
  /// that is private, reserved or for documentation.
  static boolean isPublic(String address) {
    long a = 0;
    for (var part : address.split("\\.")) {
      a = a << 8 | Integer.parseInt(part);
    }
    long anycast = 192L << 24 | 9;
    if (a == anycast || a == anycast + 1) {
      return true;
    }
    return !(in(a, 0, 8)
        || in(a, 10L << 24, 8)
        || in(a, 100L << 24 | 64 << 16, 10)
        || in(a, 127L << 24, 8)
        || in(a, 169L << 24 | 254 << 16, 16)
        || in(a, 172L << 24 | 16 << 16, 12)
        || in(a, 192L << 24, 24)
        || in(a, 192L << 24 | 2 << 8, 24)
        || in(a, 192L << 24 | 168 << 16, 16)
        || in(a, 198L << 24 | 18 << 16, 15)
        || in(a, 198L << 24 | 51 << 16 | 100 << 8, 24)
        || in(a, 203L << 24 | 113 << 8, 24)
        || a >= 240L << 24);
  }

  private static boolean in(long address, long range, int bits) {
    return address >>> 32 - bits == range >>> 32 - bits;
  }
}
