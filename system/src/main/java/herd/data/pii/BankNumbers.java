package herd.data.pii;

import herd.data.pii.Found.Kind;
import java.util.Map;

/// Numbers of payment cards and bank accounts, with their check digits.
final class BankNumbers {
  /// Characters of an account number by country (the registry of SWIFT).
  private static final Map<String, Integer> LENGTHS = Map.ofEntries(
      Map.entry("AD", 24),
      Map.entry("AE", 23),
      Map.entry("AL", 28),
      Map.entry("AT", 20),
      Map.entry("AZ", 28),
      Map.entry("BA", 20),
      Map.entry("BE", 16),
      Map.entry("BG", 22),
      Map.entry("BH", 22),
      Map.entry("BR", 29),
      Map.entry("BY", 28),
      Map.entry("CH", 21),
      Map.entry("CR", 22),
      Map.entry("CY", 28),
      Map.entry("CZ", 24),
      Map.entry("DE", 22),
      Map.entry("DK", 18),
      Map.entry("DO", 28),
      Map.entry("EE", 20),
      Map.entry("EG", 29),
      Map.entry("ES", 24),
      Map.entry("FI", 18),
      Map.entry("FO", 18),
      Map.entry("FR", 27),
      Map.entry("GB", 22),
      Map.entry("GE", 22),
      Map.entry("GI", 23),
      Map.entry("GL", 18),
      Map.entry("GR", 27),
      Map.entry("GT", 28),
      Map.entry("HR", 21),
      Map.entry("HU", 28),
      Map.entry("IE", 22),
      Map.entry("IL", 23),
      Map.entry("IQ", 23),
      Map.entry("IS", 26),
      Map.entry("IT", 27),
      Map.entry("JO", 30),
      Map.entry("KW", 30),
      Map.entry("KZ", 20),
      Map.entry("LB", 28),
      Map.entry("LC", 32),
      Map.entry("LI", 21),
      Map.entry("LT", 20),
      Map.entry("LU", 20),
      Map.entry("LV", 21),
      Map.entry("LY", 25),
      Map.entry("MC", 27),
      Map.entry("MD", 24),
      Map.entry("ME", 22),
      Map.entry("MK", 19),
      Map.entry("MR", 27),
      Map.entry("MT", 31),
      Map.entry("MU", 30),
      Map.entry("NL", 18),
      Map.entry("NO", 15),
      Map.entry("PK", 24),
      Map.entry("PL", 28),
      Map.entry("PS", 29),
      Map.entry("PT", 25),
      Map.entry("QA", 29),
      Map.entry("RO", 24),
      Map.entry("RS", 22),
      Map.entry("SA", 24),
      Map.entry("SC", 31),
      Map.entry("SE", 24),
      Map.entry("SI", 19),
      Map.entry("SK", 24),
      Map.entry("SM", 27),
      Map.entry("ST", 25),
      Map.entry("SV", 28),
      Map.entry("TL", 23),
      Map.entry("TN", 24),
      Map.entry("TR", 26),
      Map.entry("UA", 29),
      Map.entry("VA", 22),
      Map.entry("VG", 24),
      Map.entry("XK", 20));

  private BankNumbers() {}

  /// The account number whose check digits stand at `at`, blanks between groups allowed.
  static Found iban(String text, int at, int done) {
    int from = at - 2;
    if (from < done || at + 1 >= text.length() || PersonalData.word(text, from - 1)) {
      return null;
    }
    var length = LENGTHS.get(text.substring(from, at));
    if (length == null || !PersonalData.digit(text.charAt(at + 1))) {
      return null;
    }
    var number = new StringBuilder(length);
    int to = from;
    for (; to < text.length() && number.length() < length; to++) {
      char c = text.charAt(to);
      if (c >= 'A' && c <= 'Z' || PersonalData.digit(c)) {
        number.append(c);
      } else if (c != ' ' || text.charAt(to - 1) == ' ') {
        return null;
      }
    }
    return number.length() == length && !PersonalData.word(text, to) && mod97(number) == 1
        ? new Found(Kind.IBAN, from, to)
        : null;
  }

  private static int mod97(CharSequence iban) {
    int rest = 0;
    for (int i = 0; i < iban.length(); i++) {
      int value = Character.digit(iban.charAt((i + 4) % iban.length()), 36);
      rest = (value > 9 ? 100 * rest + value : 10 * rest + value) % 97;
    }
    return rest;
  }

  /// The card number that begins at `at`, with blanks or hyphens between groups.
  static Found card(String text, int at) {
    char before = at == 0 ? ' ' : text.charAt(at - 1);
    if (PersonalData.word(text, at - 1) || before == '.' || before == ',' || before == '-') {
      return null;
    }
    var digits = new StringBuilder(19);
    int groups = 1;
    int to = at;
    char between = 0;
    for (; to < text.length() && digits.length() < 20; to++) {
      char c = text.charAt(to);
      if (PersonalData.digit(c)) {
        digits.append(c);
        continue;
      }
      boolean group = (c == ' ' || c == '-')
          && (between == 0 || between == c)
          && to + 1 < text.length()
          && PersonalData.digit(text.charAt(to + 1));
      if (!group) {
        break;
      }
      between = c;
      groups++;
    }
    boolean grouped = groups == 1 || groups == digits.length() / 4 || digits.length() == 15;
    return digits.length() >= 13
            && digits.length() <= 19
            && grouped
            && isIssued(digits)
            && !PersonalData.word(text, to)
            && luhn(digits)
        ? new Found(Kind.CARD, at, to)
        : null;
  }

  /// Whether a network of cards gives out numbers that begin so, with that many digits.
  private static boolean isIssued(CharSequence digits) {
    int two = 10 * (digits.charAt(0) - '0') + digits.charAt(1) - '0';
    int n = digits.length();
    return switch (two / 10) {
      case 4 -> n == 13 || n == 16 || n == 19;
      case 5 -> n == 16 && two >= 51 && two <= 55;
      case 2 -> n == 16 && two >= 22 && two <= 27;
      case 3 ->
        (two == 34 || two == 37) && n == 15
            || (two == 36 || two == 38) && n == 14
            || two == 35 && n == 16;
      case 6 -> n >= 16;
      default -> false;
    };
  }

  /// The check of Luhn: every second digit from the right twice.
  static boolean luhn(CharSequence digits) {
    int sum = 0;
    for (int i = 0; i < digits.length(); i++) {
      int d = digits.charAt(digits.length() - 1 - i) - '0';
      int twice = 2 * d > 9 ? 2 * d - 9 : 2 * d;
      sum += i % 2 == 0 ? d : twice;
    }
    return sum % 10 == 0;
  }
}
