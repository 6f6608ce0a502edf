package herd.data.code;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// What a file says that it needs: the references of its language, as they stand in it, for
/// [RepositoryFiles] to find the files that they mean.
public final class Imports {
  /// Languages whose folders spell packages.
  static final Set<String> JVM = Set.of("java", "kotlin", "scala", "groovy");

  static final Set<String> SCRIPTS = Set.of("javascript", "typescript", "vue", "svelte");
  static final Set<String> C = Set.of("c", "c++", "objective-c", "cuda", "opencl");

  /// References of a file, at most.
  private static final int MOST = 4000;

  private static final Pattern JVM_IMPORT = Pattern.compile(
      "(?m)^[ \\t]*import[ \\t]+(?:static[ \\t]+)?([\\w.]+?)(\\.[*_])?[ \\t]*(?:;|$|as\\b|\\{)");

  /// A class of the same package, perhaps.
  private static final Pattern CLASS = Pattern.compile("\\b[A-Z]\\w*");

  private static final Pattern PYTHON =
      Pattern.compile("(?m)^[ \\t]*(?:import[ \\t]+([\\w., \\t]{1,4000})"
          + "|from[ \\t]+(\\.*[\\w.]*)[ \\t]+import[ \\t]+(\\([^)]{0,4000}\\)|[^\\n#;]{1,400}))");

  private static final Pattern SCRIPT = Pattern.compile(
      "(?:\\bfrom|\\bimport|\\brequire[ \\t]*\\(|\\bimport[ \\t]*\\()[ \\t]*[\"'](\\.{1,2}(?:/[^\"'\\n]{0,300})?)[\"']");

  private static final Pattern INCLUDE =
      Pattern.compile("(?m)^[ \\t]*#[ \\t]*(?:include|import)[ \\t]*[\"<]([^\">\\n]{1,300})[\">]");

  private static final Pattern GO = Pattern.compile(
      "(?m)^import[ \\t]+(?:\\(([^)]{0,20000})\\)|(?:[\\w.]+[ \\t]+)?\"([^\"\\n]{1,300})\")");
  private static final Pattern QUOTED = Pattern.compile("\"([^\"\\n]{1,300})\"");

  private static final Pattern RUST_MODULE = Pattern.compile(
      "(?m)^[ \\t]*(?:pub(?:\\([^)\\n]*\\))?[ \\t]+)?mod[ \\t]+(?:r#)?(\\w+)[ \\t]*;");
  private static final Pattern RUST_USE = Pattern.compile(
      "(?m)^[ \\t]*(?:pub(?:\\([^)\\n]*\\))?[ \\t]+)?use[ \\t]+((?:crate|super|self)::[^;]{1,2000});");

  private static final Pattern RUBY =
      Pattern.compile("(?m)^[ \\t]*require_relative[ \\t(]+[\"']([^\"'\\n]{1,300})[\"']");

  private Imports() {}

  /// The references of a file.
  /// @param language null if unknown: it has none
  public static List<String> of(String text, Language language) {
    if (language == null) {
      return List.of();
    }
    var found = new LinkedHashSet<String>();
    var name = language.name();
    if (JVM.contains(name)) {
      jvm(without(text, language, false), found);
    } else if (name.equals("python")) {
      python(without(text, language, false), found);
    } else if (SCRIPTS.contains(name)) {
      all(SCRIPT, without(text, Languages.named("javascript"), true), found);
    } else if (C.contains(name)) {
      all(INCLUDE, without(text, language, true), found);
    } else if (name.equals("go")) {
      go(without(text, language, true), found);
    } else if (name.equals("rust")) {
      rust(without(text, language, false), found);
    } else if (name.equals("ruby")) {
      all(RUBY, without(text, language, true), found);
    }
    var list = new ArrayList<>(found);
    return list.size() > MOST ? List.copyOf(list.subList(0, MOST)) : list;
  }

  /// The text with a blank for each comment, and for each literal if these do not count.
  private static String without(String text, Language language, boolean literals) {
    var rest = new StringBuilder(text.length());
    CodeSpans.each(text, language, (kind, from, to) -> {
      if (kind == CodeSpans.Kind.CODE || kind == CodeSpans.Kind.LITERAL && literals) {
        rest.append(text, from, to);
      } else {
        rest.append(' ');
      }
    });
    return rest.toString();
  }

  private static void all(Pattern pattern, String text, Set<String> found) {
    pattern.matcher(text).results().map(match -> match.group(1)).forEach(found::add);
  }

  /// `a.b.C`, `a.b.*`, and as `~C` every name that may be a class.
  private static void jvm(String text, Set<String> found) {
    JVM_IMPORT
        .matcher(text)
        .results()
        .map(match -> match.group(1) + (match.group(2) == null ? "" : ".*"))
        .forEach(found::add);
    CLASS
        .matcher(text)
        .results()
        .map(MatchResult::group)
        .map(name -> "~" + name)
        .forEach(found::add);
  }

  /// `a.b`, or `a.b:c` for a name that is a module or stands in one; dots first are those of the
  /// text.
  private static void python(String text, Set<String> found) {
    PYTHON.matcher(text).results().forEach(match -> {
      if (match.group(1) != null) {
        for (var name : match.group(1).split(",")) {
          found.add(name.strip().split("\\s")[0]);
        }
        return;
      }
      for (var name : match.group(3).replaceAll("[()\\\\]", " ").split(",")) {
        var first = name.strip().split("\\s")[0];
        if (!first.isEmpty()) {
          found.add(match.group(2) + ":" + first);
        }
      }
    });
  }

  private static void go(String text, Set<String> found) {
    GO.matcher(text).results().forEach(match -> {
      if (match.group(2) != null) {
        found.add(match.group(2));
      } else {
        all(QUOTED, match.group(1), found);
      }
    });
  }

  /// `mod x`, and paths `crate::a::b`, those in braces one by one.
  private static void rust(String text, Set<String> found) {
    RUST_MODULE.matcher(text).results().forEach(match -> found.add("mod " + match.group(1)));
    RUST_USE
        .matcher(text)
        .results()
        .forEach(
            match -> expand(match.group(1).replaceAll("\\s+as\\s+\\w+|\\s+", ""), "", found, 0));
  }

  private static void expand(String path, String before, Set<String> found, int depth) {
    int brace = path.indexOf('{');
    if (brace < 0 || depth > 8 || !path.endsWith("}")) {
      found.add(before + path);
      return;
    }
    var prefix = before + path.substring(0, brace);
    int level = 0;
    int start = brace + 1;
    for (int i = start; i < path.length(); i++) {
      char c = path.charAt(i);
      level += c == '{' ? 1 : c == '}' ? -1 : 0;
      if (c == ',' && level == 0 || i == path.length() - 1) {
        if (i > start) {
          expand(path.substring(start, i), prefix, found, depth + 1);
        }
        start = i + 1;
      }
    }
  }
}
