package herd.data.code;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// The top-level class, or else the package, that an entry of a documentation or source archive
/// tells of, so that all that tells of one class can be kept together.
public final class ClassNames {
  private static final Pattern PACKAGE =
      Pattern.compile("(?m)^[ \\t]*package[ \\t]+([\\w.]+)[ \\t]*;");

  private ClassNames() {}

  /// @param entry path in the archive: `org/x/Outer.Inner.html`,
  /// `module/org/x/class-use/Outer.html`,
  ///     `src-html/org/x/Outer.html`, `org/x/Outer.java`, `org/x/package-summary.html`
  /// @param packages those that the archive documents, empty where it does not say
  /// @param otherwise for entries that tell of no package
  public static String of(String entry, Set<String> packages, String otherwise) {
    var parts = new ArrayList<>(Arrays.asList(entry.split("/")));
    var file = parts.removeLast();
    var stem = file.replaceFirst("\\.[^.]*$", "");
    if (parts.size() > 2 && parts.get(0).equals("META-INF") && parts.get(1).equals("versions")) {
      parts.subList(0, 3).clear();
    }
    if (!parts.isEmpty() && parts.getFirst().equals("src-html")) {
      parts.removeFirst();
    }
    if (!parts.isEmpty() && parts.getLast().equals("class-use")) {
      parts.removeLast();
    }
    int extra = parts.indexOf("doc-files");
    if (extra >= 0) {
      parts.subList(extra, parts.size()).clear();
      stem = "package-files";
    }
    var name = packageOf(parts, packages);
    if (name.isEmpty()) {
      return otherwise;
    }
    boolean whole = stem.startsWith("package-") || stem.equals("module-info");
    return whole ? name : name + "." + stem.replaceFirst("\\..*$", "");
  }

  /// As [#of], with the package that a Java source declares where it does.
  public static String ofSource(String entry, String source, String otherwise) {
    var declared = PACKAGE.matcher(source.substring(0, Math.min(source.length(), 20_000)));
    var file = entry.substring(entry.lastIndexOf('/') + 1);
    var path = declared.find() ? declared.group(1).replace('.', '/') + "/" + file : entry;
    return of(path, Set.of(), otherwise);
  }

  /// Folders to a package: those before it (a module) are left out.
  private static String packageOf(List<String> folders, Set<String> packages) {
    for (int from = 0; from < folders.size(); from++) {
      var name = String.join(".", folders.subList(from, folders.size()));
      if (packages.contains(name)) {
        return name;
      }
    }
    boolean module = folders.size() > 1 && folders.getFirst().contains(".");
    return String.join(".", module ? folders.subList(1, folders.size()) : folders);
  }
}
