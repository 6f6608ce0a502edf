package herd.data.text;

import herd.engine.UserError;
import herd.run.Disk;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/// The files that a user means by files, folders and patterns.
public final class TextFiles {
  private TextFiles() {}

  /// All files, each once, those of a folder or pattern in order of their names.
  /// @param named files, folders (all files below them, but for hidden ones), or patterns such as
  /// `texts/*.txt` and `texts/**.jsonl.gz`
  /// @throws UserError if one names nothing
  public static List<Path> of(List<String> named) {
    var all = new ArrayList<Path>();
    for (String name : named) {
      var found = one(name);
      found.removeIf(all::contains);
      all.addAll(found);
    }
    return all;
  }

  private static TreeSet<Path> one(String name) {
    var path = Path.of(name);
    if (Files.isRegularFile(path)) {
      return new TreeSet<>(List.of(path));
    }
    boolean pattern = !Files.exists(path) && name.matches(".*[*?\\[{].*");
    if (!Files.exists(path) && !pattern) {
      throw new UserError(name, "no such file", "a file, a folder or a pattern", "Check the path.");
    }
    var found = pattern ? matching(name) : below(path);
    if (found.isEmpty()) {
      throw new UserError(
          name,
          pattern ? "no file of that pattern" : "no file in it",
          "at least one text file",
          "Check the path.");
    }
    return found;
  }

  private static TreeSet<Path> matching(String pattern) {
    var matcher = FileSystems.getDefault().getPathMatcher("glob:" + pattern);
    int plain = 0; // what stands before the first special character names the folder to look in
    while ("*?[{".indexOf(pattern.charAt(plain)) < 0) {
      plain++;
    }
    int slash = pattern.lastIndexOf('/', plain);
    var folder = slash < 0 ? Path.of("") : Path.of(pattern.substring(0, Math.max(slash, 1)));
    var found = Files.isDirectory(folder) ? below(folder) : new TreeSet<Path>();
    found.removeIf(file -> !matcher.matches(file));
    return found;
  }

  private static TreeSet<Path> below(Path folder) {
    var found = new TreeSet<Path>();
    try (var walk = Files.walk(folder)) {
      for (var file : (Iterable<Path>) walk::iterator) {
        if (Files.isRegularFile(file) && !hidden(folder.relativize(file))) {
          found.add(file);
        }
      }
    } catch (NoSuchFileException e) {
      throw new UserError(e.getFile(), "no such file", "Check the path.");
    } catch (IOException e) {
      throw Disk.trouble(e, folder);
    }
    return found;
  }

  private static boolean hidden(Path path) {
    for (Path part : path) {
      if (part.toString().startsWith(".")) {
        return true;
      }
    }
    return false;
  }
}
