package herd.data.html;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// What short lines say that are not part of a text: invitations to read on, share and subscribe,
/// credits, dates. The phrases lie in `phrases.txt`.
final class Phrases {
  private static final Pattern DATE = Pattern.compile("(?iU)\\W*(?:\\p{L}{2,10}[,.]?\\s+)?"
      + "(?:\\d{1,4}[./-]\\s?\\d{1,2}[./-]\\s?\\d{1,4}"
      + "|\\d{1,2}\\.?\\s+(?:de\\s+)?\\p{L}{3,10}\\.?\\s*(?:de\\s+)?,?\\s*\\d{4}"
      + "|\\p{L}{3,10}\\.?\\s+\\d{1,2}(?:st|nd|rd|th)?,?\\s+\\d{4}"
      + "|\\d{1,2}:\\d{2}\\s*(?:am|pm|uhr|h)?)"
      + "(?:\\W+(?:um|at|à|às|a las)?\\s*\\d{1,2}[:.h]\\d{2}\\s*(?:am|pm|uhr|h|cet|gmt|est)?)?"
      + "\\W*\\p{L}{0,12}\\W*");

  /// The phrases of the file.
  static final Phrases STANDARD = new Phrases();

  private final Set<String> whole = new HashSet<>();

  /// None begins another one, so that the last one before a line is the only one that can begin it.
  private final TreeSet<String> beginnings = new TreeSet<>();

  private Phrases() {
    try (var in = Phrases.class.getResourceAsStream("phrases.txt")) {
      var lines =
          new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().sorted().toList();
      for (var line : lines) {
        boolean open = line.endsWith("*");
        var phrase = open ? line.substring(0, line.length() - 1) : line;
        if (line.isBlank() || line.startsWith("#") || begins(phrase)) {
          continue;
        }
        (open ? beginnings : whole).add(phrase);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean begins(String line) {
    var last = beginnings.floor(line);
    return last != null && line.startsWith(last);
  }

  /// Whether a line is one of these.
  /// @param line single spaces, not longer than a sentence
  boolean match(String line) {
    int from = 0;
    while (from < line.length() && from < 6 && isSign(line.charAt(from))) {
      from++;
    }
    var words = line.substring(from).toLowerCase(Locale.ROOT);
    if (begins(words)) {
      return true;
    }
    int end = words.length();
    while (end > 0 && isSign(words.charAt(end - 1))) {
      end--;
    }
    if (whole.contains(words.substring(0, end))) {
      return true;
    }
    int space = words.indexOf(' ');
    return space > 0
        && words.chars().limit(space).allMatch(Character::isDigit)
        && whole.contains(words.substring(space + 1, Math.max(space + 1, end)));
  }

  /// Whether a line is a date or a time and nothing else.
  static boolean isDate(String line) {
    return line.chars().anyMatch(c -> c >= '0' && c <= '9')
        && DATE.matcher(line).matches();
  }

  private static boolean isSign(char c) {
    return !Character.isLetterOrDigit(c) && c != '©';
  }
}
