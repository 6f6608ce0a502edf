package herd.data.code;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// Which files of a repository speak of it as a whole, and what they and the heads of single files
/// say of licences.
public final class LicenceFiles {
  private static final Pattern LICENCE = Pattern.compile(
      "(?i)(?:.*/)?(?:(?:un)?licen[cs]es?|copying|copyright|notice|eula|.*[-_.]licen[cs]es?)(?:[-._][\\w.+-]*)?");

  private static final Pattern LICENCES =
      Pattern.compile("(?i)(?:.*/)?licen[cs]es/[^/]+(?:/licen[cs]e)?(?:\\.(?:txt|md|html))?");

  /// Names of files that speak for the folder that they stand in.
  private static final Pattern SPEAKS = Pattern.compile(
      "(?i)(?:(?:un)?licen[cs]e|copying|mit-licen[cs]e|apache-licen[cs]e|bsd-licen[cs]e)(?:[-._][\\w.+-]*)?");

  private static final Pattern NOTICE =
      Pattern.compile("(?i)(?:notice|copyright)(?:[-._][\\w.+-]*)?");

  private static final Pattern OTHERS = Pattern.compile(
      "(?i).*(?:third|3rd)[-_.]?part(?:y|ies).*|.*dependenc.*|.*vendor.*|.*bundled.*");

  /// Names that say which of several licences the file holds.
  private static final Pattern NAMED = Pattern.compile(
      "(?i).*[-_.](?:apache|mit|bsd|gpl|lgpl|mpl|epl|cddl|isc|unlicense|zlib|boost|cc0|al|asl)[-_.0-9v]*(?:txt|md)?");

  /// Folders in which a package keeps what speaks for the folder above.
  private static final Pattern ASIDE =
      Pattern.compile("(?i)meta-inf|licen[cs]es?|.*\\.(?:dist|egg)-info|legal");

  /// Endings of programs that may be about licences.
  private static final Pattern PROGRAM = Pattern.compile(
      "(?i).*\\.(?:java|kt|scala|py|js|ts|tsx|jsx|go|rs|c|h|cc|cpp|hpp|cs|rb|php|sh|swift|m|json|xml|ya?ml"
          + "|toml|css|properties|gradle|html?|csv|sql|map|class)");

  private static final Pattern README = Pattern.compile("(?i)(?:.*/)?read[-_]?me(?:[.-][\\w.-]+)?");

  private static final Pattern LEGAL = Pattern.compile(
      "(?i)licen[cs]e|licensed|copyright|public domain|permission|redistribut|confidential");

  /// Characters at the beginning of a file in which it says under which licence it stands.
  private static final int HEAD = 6000;

  /// Shorter comments may be lines of a longer one.
  private static final int LINE = 120;

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

  /// How much a file's word counts for its folder.
  public enum Weight {
    /// A notice names a licence.
    NOTICE,
    /// What describes the package names one.
    METADATA,
    /// The licence itself stands there.
    LICENCE
  }

  /// What a file says of the licence of a folder and all below it.
  /// @param folder path, empty for the whole repository
  /// @param named whether the file's name says that it is one of several
  /// @param expression SPDX; empty for a licence that is not known
  public record Says(String folder, Weight weight, boolean named, String expression) {}

  /// What the file says of its folder's licence; null if nothing.
  public static Says says(String path, String text) {
    int slash = path.lastIndexOf('/');
    var file = path.substring(slash + 1);
    var folder = folder(slash < 0 ? "" : path.substring(0, slash));
    if (PackageLicences.describes(file)) {
      var expression = PackageLicences.of(file, text);
      return expression == null ? null : new Says(folder, Weight.METADATA, false, expression);
    }
    if (OTHERS.matcher(path).matches() || PROGRAM.matcher(file).matches()) {
      return null;
    }
    if (SPEAKS.matcher(file).matches()) {
      var expression = LicenceTexts.ofFile(text);
      boolean named = NAMED.matcher(file).matches();
      return new Says(folder, Weight.LICENCE, named, expression == null ? "" : expression);
    }
    if (NOTICE.matcher(file).matches()) {
      var expression = LicenceTexts.namesOne(text) ? LicenceTexts.ofFile(text) : null;
      return expression == null ? null : new Says(folder, Weight.NOTICE, false, expression);
    }
    return null;
  }

  /// Without the folders that a package keeps such files in, `META-INF`.
  private static String folder(String folder) {
    var rest = folder;
    while (!rest.isEmpty()) {
      int slash = rest.lastIndexOf('/');
      var name = rest.substring(slash + 1);
      boolean maven = slash >= 0 && rest.matches("(?i)(?:.*/)?meta-inf/maven/[^/]+/[^/]+");
      if (maven) {
        rest = rest.replaceFirst("(?i)/?meta-inf/maven/[^/]+/[^/]+$", "");
        continue;
      }
      if (!ASIDE.matcher(name).matches()) {
        return rest;
      }
      rest = slash < 0 ? "" : rest.substring(0, slash);
    }
    return rest;
  }

  /// The licence that the comments at the head of a file name; null if they name none.
  /// @param language null if unknown
  public static String ofHead(String text, Language language) {
    if (language == null || language.isProse()) {
      return null;
    }
    int end = Math.min(text.length(), HEAD);
    if (!LEGAL.matcher(text).region(0, end).find()) {
      return null;
    }
    var comments = new StringBuilder();
    CodeSpans.each(text, 0, end, language, (kind, from, to) -> {
      boolean line = kind == CodeSpans.Kind.COMMENT && to - from < LINE;
      if (line
          || kind == CodeSpans.Kind.COMMENT
              && LEGAL.matcher(text).region(from, to).find()) {
        comments.append(text, from, to).append('\n');
      }
    });
    return LEGAL.matcher(comments).find() ? LicenceTexts.ofHeader(comments.toString()) : null;
  }

  /// The licence that a row of a published set names for its file; null if none.
  public static String ofRow(Map<String, String> metadata) {
    for (var name : List.of("license", "licence", "detected_license")) {
      var said = metadata.get(name);
      if (said != null) {
        return LicenceTexts.ofName(said);
      }
    }
    return null;
  }
}
