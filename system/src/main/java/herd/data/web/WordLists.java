package herd.data.web;

import herd.engine.UserError;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Lists of words and phrases, one a line, in UTF-8; comments begin with `#`.
public final class WordLists {
  private WordLists() {}

  /// All entries of the files, in lower case.
  /// @throws UserError if a file cannot be read or has no entry
  public static List<String> entries(List<String> files) {
    var all = new ArrayList<String>();
    for (var file : files) {
      int before = all.size();
      try {
        for (var line : Files.readAllLines(Path.of(file))) {
          var entry = line.strip().toLowerCase(Locale.ROOT);
          if (!entry.isEmpty() && !entry.startsWith("#")) {
            all.add(entry);
          }
        }
      } catch (MalformedInputException e) {
        throw new UserError(file, "not UTF-8", "a word a line, in UTF-8", "Convert it.");
      } catch (IOException e) {
        throw new UserError(file, "cannot be read (" + e + ")", "Check the path.");
      }
      if (all.size() == before) {
        throw new UserError(file, "no word in it", "a word a line", "Is it the right file?");
      }
    }
    return all;
  }

  /// The same as a set.
  public static HashSet64 words(List<String> files) {
    var set = new HashSet64();
    entries(files).forEach(set::add);
    return set;
  }
}
