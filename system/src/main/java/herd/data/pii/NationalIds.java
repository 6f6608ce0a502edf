package herd.data.pii;

import herd.data.pii.Found.Kind;

/// Identity, tax and insurance numbers of countries whose form or check digits tell them from other
/// numbers: United States, United Kingdom, France, Spain, Italy, Brazil, China.
final class NationalIds {
  private static final String DNI = "TRWAGMYFPDXBNJZSQVHLCKE";
  private static final int LONGEST = 18;

  private NationalIds() {}

  /// The number that has its first digit at `at`; null if there is none.
  static Found at(String text, int at, int done) {
    int from = at;
    while (from > done && at - from <= 6 && PersonalData.word(text, from - 1)) {
      from--;
    }
    int to = at;
    while (to < text.length() && to - from <= LONGEST && part(text, to)) {
      to++;
    }
    if (to - from < 9 || to - from > LONGEST || PersonalData.word(text, from - 1)) {
      return null;
    }
    return known(text.substring(from, to)) ? new Found(Kind.NATIONAL_ID, from, to) : null;
  }

  /// Letters, digits, and points and hyphens between them.
  private static boolean part(String text, int at) {
    char c = text.charAt(at);
    return c < 0x80 && Character.isLetterOrDigit(c)
        || (c == '-' || c == '.') && PersonalData.word(text, at + 1);
  }

  private static boolean known(String id) {
    var shape = new StringBuilder(id.length());
    for (int i = 0; i < id.length(); i++) {
      char c = id.charAt(i);
      shape.append(PersonalData.digit(c) ? '9' : c >= 'A' && c <= 'Z' ? 'A' : c);
    }
    return switch (shape.toString()) {
      case "999-99-9999" -> unitedStates(id);
      case "AA999999A" -> unitedKingdom(id);
      case "999999999999999" -> france(id);
      case "99999999A" -> DNI.charAt(number(id, 0, 8) % 23) == id.charAt(8);
      case "A9999999A" -> spanishForeigner(id);
      case "AAAAAA99A99A999A" -> italy(id);
      case "999.999.999-99" -> brazil(id.replace(".", "").replace("-", ""));
      case "999999999999999999", "99999999999999999A" -> china(id);
      default -> false;
    };
  }

  private static int number(String id, int from, int to) {
    return Integer.parseInt(id, from, to, 10);
  }

  private static boolean unitedStates(String id) {
    int area = number(id, 0, 3);
    return area != 0
        && area != 666
        && area < 900
        && number(id, 4, 6) != 0
        && number(id, 7, 11) != 0;
  }

  private static boolean unitedKingdom(String id) {
    boolean prefix = "DFIQUV".indexOf(id.charAt(0)) < 0
        && "DFIOQUV".indexOf(id.charAt(1)) < 0
        && !"BG GB KN NK NT TN ZZ".contains(id.substring(0, 2));
    return prefix && id.charAt(8) <= 'D';
  }

  private static boolean france(String id) {
    long body = Long.parseLong(id.substring(0, 13));
    int month = number(id, 3, 5);
    boolean person = id.charAt(0) == '1' || id.charAt(0) == '2';
    return person && month >= 1 && month <= 12 && 97 - body % 97 == number(id, 13, 15);
  }

  private static boolean spanishForeigner(String id) {
    int first = "XYZ".indexOf(id.charAt(0));
    return first >= 0 && DNI.charAt((first * 10_000_000 + number(id, 1, 8)) % 23) == id.charAt(8);
  }

  private static boolean italy(String id) {
    int[] odd = {
      1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23
    };
    int sum = 0;
    for (int i = 0; i < 15; i++) {
      int value = Character.digit(id.charAt(i), 36);
      int place = value > 9 ? value - 10 : value;
      sum += i % 2 == 0 ? odd[place] : place;
    }
    return (char) ('A' + sum % 26) == id.charAt(15);
  }

  private static boolean brazil(String id) {
    boolean same = id.chars().allMatch(c -> c == id.charAt(0));
    return !same && brazilian(id, 9) && brazilian(id, 10);
  }

  private static boolean brazilian(String id, int check) {
    int sum = 0;
    for (int i = 0; i < check; i++) {
      sum += (check + 1 - i) * (id.charAt(i) - '0');
    }
    return sum * 10 % 11 % 10 == id.charAt(check) - '0';
  }

  private static boolean china(String id) {
    int sum = 0;
    int weight = 1;
    for (int i = 16; i >= 0; i--) {
      weight = weight * 2 % 11;
      sum += weight * (id.charAt(i) - '0');
    }
    int month = number(id, 10, 12);
    int day = number(id, 12, 14);
    boolean born = number(id, 6, 8) >= 18 && number(id, 6, 8) <= 20 && month >= 1 && month <= 12;
    return born && day >= 1 && day <= 31 && "10X98765432".charAt(sum % 11) == id.charAt(17);
  }
}
