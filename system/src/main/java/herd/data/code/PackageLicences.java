package herd.data.code;

import java.util.LinkedHashSet;
import java.util.regex.Pattern;

/// What the files say that describe packages to package managers.
final class PackageLicences {
  private static final int LONGEST = 200_000;

  private static final Pattern POM_NAME = Pattern.compile("<(name|url)>\\s*([^<]{1,300}?)\\s*</");
  private static final Pattern JSON = Pattern.compile(
      "\"licen[cs]e(s)?\"\\s*:\\s*(?:\"([^\"]{1,200})\"|\\{([^}]{0,400})\\}|\\[([^\\]]{0,1000})\\])");
  private static final Pattern JSON_TYPE =
      Pattern.compile("\"(?:type|name)\"\\s*:\\s*\"([^\"]{1,200})\"");
  private static final Pattern QUOTED = Pattern.compile("\"([^\"]{1,200})\"");
  private static final Pattern TOML = Pattern.compile(
      "(?m)^\\s*licen[cs]e\\s*=\\s*(?:\"([^\"\\n]{1,200})\"|'([^'\\n]{1,200})'|\\{\\s*(?:text|name)\\s*=\\s*[\"']([^\"'\\n]{1,200}))");
  private static final Pattern SETUP =
      Pattern.compile("\\blicen[cs]e\\s*=\\s*[\"']([^\"'\\n]{1,200})[\"']");
  private static final Pattern CONFIG =
      Pattern.compile("(?m)^licen[cs]e\\s*=\\s*(\\S[^\\n]{0,200})");
  private static final Pattern HEADER = Pattern.compile(
      "(?mi)^(?:License-Expression|License|Bundle-License):[ \\t]*(\\S[^\\r\\n]{0,300})");
  private static final Pattern CLASSIFIER =
      Pattern.compile("License :: (?:OSI Approved :: )?([^\"'\\n\\r]{1,100})");
  private static final Pattern GEM =
      Pattern.compile("\\.licenses?\\s*=\\s*\\[?\\s*[\"']([^\"'\\n]{1,100})[\"']");
  private static final Pattern NUSPEC = Pattern.compile("<license[^>]*>([^<]{1,200})</license>");

  private PackageLicences() {}

  /// Whether a file describes a package.
  static boolean describes(String file) {
    return switch (file) {
      case "pom.xml",
          "package.json",
          "composer.json",
          "bower.json",
          "Cargo.toml",
          "pyproject.toml",
          "setup.py",
          "setup.cfg",
          "PKG-INFO",
          "METADATA",
          "MANIFEST.MF",
          "DESCRIPTION" -> true;
      default -> file.endsWith(".gemspec") || file.endsWith(".nuspec") || file.endsWith(".pom");
    };
  }

  /// The expression that it gives; null if it gives none that is known.
  static String of(String file, String text) {
    var cut = text.length() > LONGEST ? text.substring(0, LONGEST) : text;
    return switch (file) {
      case "pom.xml" -> pom(cut);
      case "package.json", "composer.json", "bower.json" -> json(cut);
      case "Cargo.toml" -> first(cut, TOML);
      case "pyproject.toml" -> either(first(cut, TOML), cut);
      case "setup.py" -> either(first(cut, SETUP), cut);
      case "setup.cfg" -> either(first(cut, CONFIG), cut);
      case "PKG-INFO", "METADATA" -> either(first(cut, HEADER), cut);
      case "MANIFEST.MF" -> manifest(cut);
      case "DESCRIPTION" -> first(cut, HEADER);
      default ->
        file.endsWith(".gemspec")
            ? first(cut, GEM)
            : file.endsWith(".pom") ? pom(cut) : first(cut, NUSPEC);
    };
  }

  private static String first(String text, Pattern pattern) {
    var matcher = pattern.matcher(text);
    if (!matcher.find()) {
      return null;
    }
    for (int group = 1; group <= matcher.groupCount(); group++) {
      if (matcher.group(group) != null) {
        return LicenceTexts.ofName(matcher.group(group).replaceAll("[\"',]+$", ""));
      }
    }
    return null;
  }

  /// What a field says, or else the classifiers.
  private static String either(String field, String text) {
    if (field != null) {
      return field;
    }
    var all = new LinkedHashSet<String>();
    var matcher = CLASSIFIER.matcher(text);
    while (matcher.find() && all.size() < 8) {
      var licence = LicenceTexts.ofName(matcher.group(1));
      if (licence != null) {
        all.add(licence);
      }
    }
    return all.isEmpty() ? null : String.join(" OR ", all);
  }

  /// Several licences of a pom are a choice, as Maven's documents have it.
  private static String pom(String text) {
    int start = text.indexOf("<licenses>");
    int end = start < 0 ? -1 : text.indexOf("</licenses>", start);
    if (end < 0) {
      return null;
    }
    var block = text.substring(start, Math.min(end, start + 4000));
    var all = new LinkedHashSet<String>();
    for (var licence : block.split("</license>")) {
      var said = POM_NAME.matcher(licence);
      String found = null;
      while (found == null && said.find()) {
        found = LicenceTexts.ofName(said.group(2));
      }
      if (found != null) {
        all.add(found);
      }
    }
    return all.isEmpty() ? null : String.join(" OR ", all);
  }

  private static String json(String text) {
    var matcher = JSON.matcher(text);
    if (!matcher.find()) {
      return null;
    }
    if (matcher.group(2) != null) {
      return LicenceTexts.ofName(matcher.group(2));
    }
    var inside = matcher.group(3) != null ? matcher.group(3) : matcher.group(4);
    var types = (inside.contains(":") ? JSON_TYPE : QUOTED).matcher(inside);
    var all = new LinkedHashSet<String>();
    while (types.find() && all.size() < 8) {
      var licence = LicenceTexts.ofName(types.group(1));
      if (licence != null) {
        all.add(licence);
      }
    }
    return all.isEmpty() ? null : String.join(" OR ", all);
  }

  /// Lines of a manifest go on after a blank; parameters follow a semicolon.
  private static String manifest(String text) {
    var matcher = HEADER.matcher(text.replaceAll("\\r?\\n ", ""));
    return matcher.find()
        ? LicenceTexts.ofName(matcher.group(1).replaceFirst(";.*", "").replace("\"", ""))
        : null;
  }
}
