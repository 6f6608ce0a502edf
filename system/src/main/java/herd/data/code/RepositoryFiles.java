package herd.data.code;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntFunction;

/// The files of one repository, and which of them each needs.
public final class RepositoryFiles {
  /// Endings that scripts leave out.
  private static final List<String> SCRIPT_ENDINGS = List.of(
      "",
      ".ts",
      ".tsx",
      ".d.ts",
      ".js",
      ".jsx",
      ".mjs",
      ".cjs",
      ".vue",
      ".svelte",
      "/index.ts",
      "/index.tsx",
      "/index.js",
      "/index.jsx",
      "/index.mjs");

  /// A file.
  /// @param language empty if unknown
  /// @param imports as [Imports] gives them
  public record File(String path, String language, List<String> imports) {
    private String folder() {
      int slash = path.lastIndexOf('/');
      return slash < 0 ? "" : path.substring(0, slash);
    }

    private int depth() {
      return (int) path.chars().filter(c -> c == '/').count();
    }

    private String name() {
      return path.substring(path.lastIndexOf('/') + 1);
    }
  }

  private final List<File> files;
  private final int top; // folders above the READMEs that are nearest to the root
  private final Map<String, Integer> byPath = new HashMap<>();
  private final Map<String, List<Integer>> byName = new HashMap<>();
  private final Map<String, List<Integer>> byFolder = new HashMap<>();
  private final Map<String, Set<String>> folders = new HashMap<>(); // by their last name

  /// @param files of paths that are not equal; those of a second one of the same path are not found
  public RepositoryFiles(List<File> files) {
    this.files = List.copyOf(files);
    top = files.stream()
        .filter(RepositoryFiles::readme)
        .mapToInt(File::depth)
        .min()
        .orElse(0);
    for (int i = 0; i < files.size(); i++) {
      var file = files.get(i);
      byPath.putIfAbsent(file.path(), i);
      byName.computeIfAbsent(file.name(), _ -> new ArrayList<>()).add(i);
      byFolder.computeIfAbsent(file.folder(), _ -> new ArrayList<>()).add(i);
      var folder = file.folder();
      var last = folder.substring(folder.lastIndexOf('/') + 1);
      folders.computeIfAbsent(last, _ -> new TreeSet<>()).add(folder);
    }
  }

  /// Folders whose path is `path` or ends with it.
  private List<String> foldersEnding(String path) {
    return folders.getOrDefault(path.substring(path.lastIndexOf('/') + 1), Set.of()).stream()
        .filter(folder -> folder.equals(path) || folder.endsWith("/" + path))
        .toList();
  }

  /// The files that file `index` needs, by their numbers, without itself.
  public Set<Integer> needs(int index) {
    var needs = new TreeSet<Integer>();
    var file = files.get(index);
    var language = file.language();
    if (Imports.JVM.contains(language)) {
      jvm(file, needs);
    } else if (language.equals("go")) {
      go(file, needs);
    } else {
      for (var reference : file.imports()) {
        if (language.equals("python")) {
          python(file, reference, needs);
        } else if (language.equals("rust")) {
          rust(file, reference, needs);
        } else if (Imports.SCRIPTS.contains(language)) {
          script(file, reference, needs);
        } else if (language.equals("ruby")) {
          found(under(file.folder(), reference + ".rb"), needs);
        } else {
          include(file, reference, needs);
        }
      }
    }
    needs.remove(index);
    return needs;
  }

  private boolean found(String path, Set<Integer> needs) {
    var index = path == null ? null : byPath.get(path);
    if (index != null) {
      needs.add(index);
    }
    return index != null;
  }

  /// A path from a folder, `.` and `..` done; null if it leads out of the repository.
  static String under(String folder, String path) {
    var parts = new ArrayList<String>();
    for (var part : (folder + "/" + path).split("/")) {
      if (part.equals("..")) {
        if (parts.isEmpty()) {
          return null;
        }
        parts.removeLast();
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.add(part);
      }
    }
    return String.join("/", parts);
  }

  /// Of the files whose path is `path` or ends with it the one that has most folders in common with
  /// `from`, then the one with the shortest path, then the first by name; -1 for none.
  private int ending(String path, File from) {
    var name = path.substring(path.lastIndexOf('/') + 1);
    int best = -1;
    for (int i : byName.getOrDefault(name, List.of())) {
      var candidate = files.get(i).path();
      boolean ends = candidate.equals(path) || candidate.endsWith("/" + path);
      if (ends && (best < 0 || nearer(candidate, files.get(best).path(), from.path()))) {
        best = i;
      }
    }
    return best;
  }

  private static boolean nearer(String path, String than, String from) {
    int order = Integer.compare(common(than, from), common(path, from));
    order = order == 0 ? Integer.compare(path.length(), than.length()) : order;
    return order == 0 ? path.compareTo(than) < 0 : order < 0;
  }

  /// Folders that two paths begin with.
  private static int common(String one, String other) {
    int folders = 0;
    for (int i = 0;
        i < Math.min(one.length(), other.length()) && one.charAt(i) == other.charAt(i);
        i++) {
      folders += one.charAt(i) == '/' ? 1 : 0;
    }
    return folders;
  }

  private void jvm(File file, Set<Integer> needs) {
    var names = new HashSet<String>();
    var open = new ArrayList<>(List.of(file.folder()));
    for (var reference : file.imports()) {
      if (reference.startsWith("~")) {
        names.add(reference.substring(1));
      } else if (reference.endsWith(".*")) {
        var path = reference.substring(0, reference.length() - 2).replace('.', '/');
        open.addAll(foldersEnding(path));
        jvmClass(path, file, needs);
      } else {
        jvmClass(reference.replace('.', '/'), file, needs);
      }
    }
    for (var folder : open) {
      for (int i : byFolder.getOrDefault(folder, List.of())) {
        var name = files.get(i).name();
        int dot = name.indexOf('.');
        if (dot > 0 && names.contains(name.substring(0, dot))) {
          needs.add(i);
        }
      }
    }
  }

  /// `a/b/C`, or a class or member inside `a/b/C`.
  private void jvmClass(String path, File file, Set<Integer> needs) {
    var rest = path;
    for (int times = 0; times < 3 && rest.contains("/"); times++) {
      for (var ending : List.of(".java", ".kt", ".scala", ".groovy")) {
        int index = ending(rest + ending, file);
        if (index >= 0) {
          needs.add(index);
          return;
        }
      }
      rest = rest.substring(0, rest.lastIndexOf('/'));
    }
  }

  private void python(File file, String reference, Set<Integer> needs) {
    int colon = reference.indexOf(':');
    var module = colon < 0 ? reference : reference.substring(0, colon);
    var name = colon < 0 ? "" : reference.substring(colon + 1);
    int dots = 0;
    while (dots < module.length() && module.charAt(dots) == '.') {
      dots++;
    }
    var path = module.substring(dots).replace('.', '/');
    if (dots > 0) {
      var folder = under(file.folder(), "../".repeat(dots - 1) + path);
      boolean part = folder != null
          && !name.isEmpty()
          && pythonAt(folder + (folder.isEmpty() ? "" : "/") + name, needs);
      if (folder != null && !part) {
        pythonAt(folder, needs);
      }
      return;
    }
    if (!name.isEmpty() && pythonAnywhere(path + "/" + name, file, needs)) {
      return;
    }
    for (var rest = path; !pythonAnywhere(rest, file, needs) && rest.contains("/"); ) {
      rest = rest.substring(0, rest.lastIndexOf('/'));
    }
  }

  private boolean pythonAt(String path, Set<Integer> needs) {
    return found(path + ".py", needs)
        || found(path + ".pyi", needs)
        || found(path.isEmpty() ? "__init__.py" : path + "/__init__.py", needs);
  }

  /// A module named alone is one of the same folder or of the first two levels of folders: deeper
  /// ones have longer names.
  private boolean pythonAnywhere(String path, File file, Set<Integer> needs) {
    if (found(under(file.folder(), path + ".py"), needs)) {
      return true;
    }
    for (var ending : List.of(".py", "/__init__.py", ".pyx")) {
      int index = ending(path + ending, file);
      boolean deep = index >= 0
          && !path.contains("/")
          && files.get(index).path().chars().filter(c -> c == '/').count() > 3;
      if (index >= 0 && !deep) {
        needs.add(index);
        return true;
      }
    }
    return false;
  }

  private void script(File file, String reference, Set<Integer> needs) {
    var path = under(file.folder(), reference);
    if (path == null) {
      return;
    }
    for (var ending : SCRIPT_ENDINGS) {
      if (found(path + ending, needs)) {
        return;
      }
    }
    // TypeScript names the file that will be compiled.
    var stem = path.replaceFirst("\\.(?:js|mjs|cjs|jsx)$", "");
    if (!stem.equals(path) && !found(stem + ".ts", needs) && !found(stem + ".tsx", needs)) {
      found(stem + ".mts", needs);
    }
  }

  private void include(File file, String reference, Set<Integer> needs) {
    if (!found(under(file.folder(), reference), needs)) {
      var path = reference.replaceFirst("^(?:\\.{1,2}/)+", "");
      int index = ending(path, file);
      if (index >= 0) {
        needs.add(index);
      }
    }
  }

  /// Packages of the repository, by the longest end of the path that is a folder of it; a test
  /// needs what it tests.
  private void go(File file, Set<Integer> needs) {
    for (var reference : file.imports()) {
      int slash = reference.indexOf('/');
      if (slash < 0 || !reference.substring(0, slash).contains(".")) {
        continue; // of the language itself
      }
      for (int from = reference.indexOf('/') + 1;
          from > 0;
          from = reference.indexOf('/', from) + 1) {
        if (goFolder(reference.substring(from), file, needs)) {
          break;
        }
      }
    }
    if (file.name().endsWith("_test.go")) {
      for (int i : byFolder.get(file.folder())) {
        var other = files.get(i);
        if (other.language().equals("go") && !other.name().endsWith("_test.go")) {
          needs.add(i);
        }
      }
    }
  }

  private boolean goFolder(String path, File file, Set<Integer> needs) {
    boolean any = false;
    for (var folder : foldersEnding(path)) {
      for (int i : folder.equals(file.folder()) ? List.<Integer>of() : byFolder.get(folder)) {
        var other = files.get(i);
        if (other.language().equals("go") && !other.name().endsWith("_test.go")) {
          needs.add(i);
          any = true;
        }
      }
    }
    return any;
  }

  private void rust(File file, String reference, Set<Integer> needs) {
    boolean root = Set.of("lib.rs", "main.rs", "mod.rs").contains(file.name());
    var stem = file.path().replaceFirst("\\.rs$", "");
    var own = root ? file.folder() : stem; // where the modules below this one lie
    if (reference.startsWith("mod ")) {
      rustModule(under(own, reference.substring(4)), needs);
      return;
    }
    var parts = new ArrayList<>(List.of(reference.split("::")));
    var base = own;
    if (parts.getFirst().equals("crate")) {
      base = crate(file);
      parts.removeFirst();
    }
    while (base != null
        && !parts.isEmpty()
        && (parts.getFirst().equals("super") || parts.getFirst().equals("self"))) {
      base = parts.removeFirst().equals("super") ? under(base, "..") : base;
    }
    for (int size = parts.size(); base != null && size > 0; size--) {
      if (rustModule(under(base, String.join("/", parts.subList(0, size))), needs)) {
        return;
      }
    }
    if (base != null) {
      boolean _ = rustModule(base, needs)
          || found(under(base, "lib.rs"), needs)
          || found(under(base, "main.rs"), needs);
    }
  }

  private boolean rustModule(String path, Set<Integer> needs) {
    return path != null && (found(path + ".rs", needs) || found(under(path, "mod.rs"), needs));
  }

  /// The nearest folder above with the root of a crate; null for none.
  private String crate(File file) {
    for (var folder = file.folder();
        folder != null;
        folder = folder.isEmpty() ? null : under(folder, "..")) {
      if (byPath.containsKey(under(folder, "lib.rs"))
          || byPath.containsKey(under(folder, "main.rs"))) {
        return folder;
      }
    }
    return null;
  }

  /// All files, each after those that it needs, as far as these do not need it in turn: first
  /// the READMEs that are nearest to the root, then from path to path. Does not depend on the
  /// order in which the files were given.
  /// @return numbers of the files
  public List<Integer> order() {
    var roots = new ArrayList<Integer>();
    for (int i = 0; i < files.size(); i++) {
      roots.add(i);
    }
    roots.sort((one, other) -> compare(files.get(one), files.get(other)));
    var ranks = new int[files.size()];
    for (int i = 0; i < ranks.length; i++) {
      ranks[roots.get(i)] = i;
    }
    return order(roots, i -> {
      var needs = new ArrayList<>(needs(i));
      needs.sort((one, other) -> Integer.compare(ranks[one], ranks[other]));
      return needs;
    });
  }

  /// The first READMEs, then all by path, a README before what lies beside it.
  private int compare(File one, File other) {
    boolean first = readme(one) && one.depth() == top;
    if (first != (readme(other) && other.depth() == top)) {
      return first ? -1 : 1;
    }
    return key(one).compareTo(key(other));
  }

  private static boolean readme(File file) {
    return LicenceFiles.isReadme(file.path());
  }

  private static String key(File file) {
    return readme(file) ? file.folder() + "/\0" + file.name() : file.path();
  }

  private record Open(int node, Iterator<Integer> needs) {}

  /// An order in which everything stands after what it needs. In a circle the one that is met first
  /// stands last: only needs inside circles are not met.
  /// @param roots all nodes, in the order in which they stand as far as needs do not matter
  /// @param needs of a node, in the order in which they stand as far as their own do not matter
  private static List<Integer> order(List<Integer> roots, IntFunction<List<Integer>> needs) {
    var order = new ArrayList<Integer>(roots.size());
    var met = new BitSet();
    var open = new ArrayDeque<Open>();
    for (int root : roots) {
      if (met.get(root)) {
        continue;
      }
      met.set(root);
      open.push(new Open(root, needs.apply(root).iterator()));
      while (!open.isEmpty()) {
        var top = open.peek();
        if (!top.needs().hasNext()) {
          order.add(open.pop().node());
          continue;
        }
        int next = top.needs().next();
        if (!met.get(next)) {
          met.set(next);
          open.push(new Open(next, needs.apply(next).iterator()));
        }
      }
    }
    return order;
  }
}
