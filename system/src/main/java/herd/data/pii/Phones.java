package herd.data.pii;

import com.google.i18n.phonenumbers.NumberParseException;
import com.google.i18n.phonenumbers.PhoneNumberUtil;
import herd.data.pii.Found.Kind;
import herd.engine.UserError;
import java.util.List;

/// Telephone numbers that can be dialled: those with a country's prefix anywhere, others in the
/// regions that the user names, and then only if they are written as a number is (in groups, or
/// with a zero in front).
final class Phones {
  private static final int LEAST_DIGITS = 7;
  private static final int MOST_DIGITS = 15;

  private final PhoneNumberUtil numbers = PhoneNumberUtil.getInstance();
  private final List<String> regions;

  Phones(List<String> regions) {
    this.regions = List.copyOf(regions);
    for (var region : regions) {
      if (!numbers.getSupportedRegions().contains(region)) {
        throw new UserError("regions", region, "codes of countries: DE, US", "Correct it.");
      }
    }
  }

  /// The number that begins at or, with its opening parenthesis, before `at`.
  Found at(String text, int at, int done) {
    boolean plus = text.charAt(at) == '+';
    boolean parenthesis = at > done && text.charAt(at - 1) == '(';
    int from = parenthesis ? at - 1 : at;
    char before = from == 0 ? ' ' : text.charAt(from - 1);
    boolean inside = PersonalData.word(text, from - 1)
        || before == '.'
        || before == ','
        || before == '-'
        || before == '/'
        || before == '='
        || before == '_'
        || before == ':' && !plus;
    if (inside || !plus && (regions.isEmpty() || isDate(text, at))) {
      return null;
    }
    int to = from;
    int digits = 0;
    int groups = 0;
    for (int i = from; i < text.length() && digits <= MOST_DIGITS; i++) {
      char c = text.charAt(i);
      if (PersonalData.digit(c)) {
        digits++;
        to = i + 1;
      } else if (i > at && " -./()\u00a0".indexOf(c) >= 0 && gap(text, i)) {
        groups++;
      } else if (i > at || c != '+' && c != '(') {
        break;
      }
    }
    boolean plain = !plus && groups == 0 && text.charAt(at) != '0';
    if (digits < LEAST_DIGITS || digits > MOST_DIGITS || plain || PersonalData.word(text, to)) {
      return null;
    }
    return valid(text.substring(from, to), plus) ? new Found(Kind.PHONE, from, to) : null;
  }

  /// Whether a year and a month begin at `at`: `2024-07`.
  private static boolean isDate(String text, int at) {
    boolean year = text.startsWith("19", at) || text.startsWith("20", at);
    return year
        && at + 6 < text.length()
        && "-/.".indexOf(text.charAt(at + 4)) >= 0
        && PersonalData.digit(text.charAt(at + 2))
        && PersonalData.digit(text.charAt(at + 3))
        && PersonalData.digit(text.charAt(at + 5))
        && PersonalData.digit(text.charAt(at + 6));
  }

  /// Whether a number may go on after what stands at `at`: another sign may follow, then a digit.
  private static boolean gap(String text, int at) {
    int next = at + 1;
    while (next < text.length() && next - at < 3 && " -/()".indexOf(text.charAt(next)) >= 0) {
      next++;
    }
    return next < text.length() && PersonalData.digit(text.charAt(next));
  }

  private boolean valid(String number, boolean plus) {
    if (plus) {
      return valid(number, "ZZ");
    }
    for (var region : regions) {
      if (valid(number, region)) {
        return true;
      }
    }
    return false;
  }

  private boolean valid(String number, String region) {
    try {
      return numbers.isValidNumber(numbers.parse(number, region));
    } catch (NumberParseException e) {
      return false;
    }
  }
}
