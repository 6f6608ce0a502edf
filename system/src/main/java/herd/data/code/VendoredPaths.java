package herd.data.code;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// Paths at which repositories keep what others wrote, and what was built.
public final class VendoredPaths {
  /// Folders of other people's work.
  private static final Set<String> VENDORED = Set.of(
      "node_modules",
      "bower_components",
      "jspm_packages",
      "vendor",
      "vendors",
      "vendored",
      "_vendor",
      "third_party",
      "third-party",
      "thirdparty",
      "3rdparty",
      "3rd_party",
      "3rd-party",
      "extern",
      "external",
      "externals",
      "deps",
      "godeps",
      "pods",
      "carthage",
      "site-packages",
      "dist-packages",
      "virtualenv",
      "venv",
      ".venv",
      ".yarn",
      ".cargo",
      "gradle/wrapper",
      ".mvn/wrapper",
      "carthage/build");

  /// Folders of what was built.
  private static final Set<String> BUILT = Set.of(
      "dist",
      "_build",
      "__pycache__",
      ".next",
      ".nuxt",
      ".output",
      ".gradle",
      ".tox",
      ".eggs",
      "htmlcov",
      "target/classes",
      "target/generated-sources",
      "target/generated-test-sources",
      "build/generated",
      "build/classes",
      "cmakefiles",
      "bazel-out");

  /// Files that are copied from repository to repository.
  private static final Pattern COPIED = Pattern.compile(
      "^(?:jquery|zepto|underscore|lodash|backbone|angular|react|react-dom|vue|bootstrap|d3|three"
          + "|moment|prototype|mootools|dojo|ember|handlebars|mustache|modernizr|normalize|knockout"
          + "|require|codemirror|ckeditor|tinymce|highlight|prettify|raphael|leaflet|chart|popper"
          + "|font-?awesome|socket\\.io|sizzle|qunit|jasmine|mocha|sinon|swfobject|html5shiv|respond)"
          + "(?:[.-](?:ui|core|slim|bundle|pack|full|prod(?:uction)?|dev(?:elopment)?|v?\\d[\\w.]*))*"
          + "\\.(?:min\\.)?(?:js|css)$"
          + "|^(?:gradlew|mvnw)(?:\\.bat|\\.cmd)?$|^maven-?wrapper\\w*\\.java$|^ltmain\\.sh$"
          + "|^(?:config\\.(?:guess|sub)|install-sh|missing|depcomp|compile|mkinstalldirs|aclocal\\.m4"
          + "|libtool\\.m4|configure|ez_setup\\.py|distribute_setup\\.py|versioneer\\.py|get-pip\\.py"
          + "|sqlite3\\.[ch]|stb_\\w+\\.h|ppport\\.h|gtest-all\\.cc|catch\\.hpp)$");

  /// Languages whose folders spell packages.
  private static final Set<String> JVM = Set.of("java", "kotlin", "scala", "groovy");

  private static final Pattern PACKAGE =
      Pattern.compile("(?m)^[ \\t]*package[ \\t]+([\\w.]+)[ \\t]*;?[ \\t]*$");

  private final Map<String, String> reasons = new TreeMap<>();

  /// @param more folders of other people's work, names or paths such as `lib/imported`
  public VendoredPaths(Iterable<String> more) {
    VENDORED.forEach(folder -> reasons.put(folder, "vendored-folder"));
    BUILT.forEach(folder -> reasons.put(folder, "build-output"));
    more.forEach(folder -> reasons.put(folder.toLowerCase(Locale.ROOT), "vendored-folder"));
  }

  /// `vendored-folder`, `build-output` or `vendored-file`; null for a repository's own work.
  /// Folders that only spell a declared package (`org/x/vendor`) do not count.
  /// @param language null if unknown
  public String of(String path, String text, Language language) {
    var parts = path.split("/");
    int own = parts.length - 1 - packageFolders(parts, text, language);
    for (int i = 0; i < own; i++) {
      var name = parts[i].toLowerCase(Locale.ROOT);
      var reason = reasons.get(name);
      if (reason == null && i > 0) {
        reason = reasons.get(parts[i - 1].toLowerCase(Locale.ROOT) + "/" + name);
      }
      if (reason != null) {
        return reason;
      }
    }
    var file = parts[parts.length - 1].toLowerCase(Locale.ROOT);
    return COPIED.matcher(file).matches() ? "vendored-file" : null;
  }

  /// How many of the last folders spell the package that the file declares.
  private static int packageFolders(String[] parts, String text, Language language) {
    if (language == null || !JVM.contains(language.name())) {
      return 0;
    }
    var declared = PACKAGE.matcher(text.substring(0, Math.min(text.length(), 20_000)));
    if (!declared.find()) {
      return 0;
    }
    var names = declared.group(1).split("\\.");
    int folders = parts.length - 1;
    if (names.length > folders) {
      return 0;
    }
    for (int i = 0; i < names.length; i++) {
      if (!names[i].equals(parts[folders - names.length + i])) {
        return 0;
      }
    }
    return names.length;
  }
}
