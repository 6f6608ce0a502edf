package herd.data.pii;

import herd.data.pii.Found.Kind;
import herd.run.TimeLimit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Finds personal data in texts. One scan goes over the text and stops at digits and `@` alone;
/// what stands there is looked at by hand-written rules. Numbers count only where their check
/// digits are right, and only if no letter or digit touches them.
public final class PersonalData {
  private final Set<Kind> kinds;
  private final Phones phones;

  /// @param kinds that are looked for
  /// @param regions codes of countries (`DE`) whose telephone numbers are also found without the
  /// country's prefix
  public PersonalData(Set<Kind> kinds, List<String> regions) {
    this.kinds = Set.copyOf(kinds);
    phones = kinds.contains(Kind.PHONE) ? new Phones(regions) : null;
  }

  /// All that is found, in order, none over another.
  public List<Found> in(String text) {
    List<Found> all = List.of();
    int done = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c > '@' || c < '0' && c != '+' || c > '9' && c < '@') {
        continue;
      }
      TimeLimit.heed();
      var found = c == '@' ? email(text, i, done) : number(text, i, done);
      if (found != null && found.kind() == Kind.IP && !isPublic(text, found)) {
        done = found.to(); // no part of it is anything else
        i = done - 1;
      } else if (found != null) {
        all = all.isEmpty() ? new ArrayList<>() : all;
        while (!all.isEmpty() && all.getLast().to() > found.from()) {
          all.removeLast();
        }
        all.add(found);
        done = found.to();
        i = found.to() - 1;
      } else if (c != '@') {
        i = digits(text, i) - 1;
      }
    }
    return all;
  }

  private static boolean isPublic(String text, Found found) {
    return Addresses.isPublic(text.substring(found.from(), found.to()));
  }

  /// Past the digits that begin at `from`.
  private static int digits(String text, int from) {
    int at = from + 1;
    while (at < text.length() && digit(text.charAt(at))) {
      at++;
    }
    return at;
  }

  private Found email(String text, int at, int done) {
    return kinds.contains(Kind.EMAIL) ? Emails.at(text, at, done) : null;
  }

  private Found number(String text, int at, int done) {
    Found found = null;
    boolean plus = text.charAt(at) == '+';
    if (!plus && kinds.contains(Kind.IP)) {
      found = Addresses.at(text, at);
    }
    if (found == null && !plus && kinds.contains(Kind.IBAN)) {
      found = BankNumbers.iban(text, at, done);
    }
    if (found == null && !plus && kinds.contains(Kind.NATIONAL_ID)) {
      found = NationalIds.at(text, at, done);
    }
    if (found == null && !plus && kinds.contains(Kind.CARD)) {
      found = BankNumbers.card(text, at);
    }
    if (found == null && phones != null) {
      found = phones.at(text, at, done);
    }
    return found;
  }

  static boolean digit(char c) {
    return c >= '0' && c <= '9';
  }

  /// Whether a letter or digit stands at `at`.
  static boolean word(String text, int at) {
    return at >= 0 && at < text.length() && Character.isLetterOrDigit(text.charAt(at));
  }
}
