package herd.data.code;

import java.util.regex.Pattern;

/// Which files of a repository speak of it as a whole.
public final class LicenceFiles {
  private static final Pattern LICENCE = Pattern.compile(
      "(?i)(?:.*/)?(?:(?:un)?licen[cs]es?|copying|copyright|notice|eula|mit-licen[cs]e|.*[-_.]licen[cs]e)"
          + "(?:[-._][\\w.+-]*)?");

  private static final Pattern LICENCES =
      Pattern.compile("(?i)(?:.*/)?licen[cs]es/[^/]+(?:/licen[cs]e)?(?:\\.(?:txt|md|html))?");

  /// Endings of programs that may be about licences.
  private static final Pattern PROGRAM = Pattern.compile(
      "(?i).*\\.(?:java|kt|scala|py|js|ts|tsx|jsx|go|rs|c|h|cc|cpp|hpp|cs|rb|php|sh|swift|m|json|xml|ya?ml"
          + "|toml|css|properties|gradle|html?|csv|sql|map|class)");

  private static final Pattern README = Pattern.compile("(?i)(?:.*/)?read[-_]?me(?:[.-][\\w.-]+)?");

  private LicenceFiles() {}

  /// Whether the file holds the words of a licence, or notices.
  public static boolean isLicence(String path) {
    boolean named = LICENCE.matcher(path).matches() || LICENCES.matcher(path).matches();
    return named && !PROGRAM.matcher(path).matches();
  }

  /// Whether the file introduces its folder.
  public static boolean isReadme(String path) {
    return README.matcher(path).matches() && !PROGRAM.matcher(path).matches();
  }
}
