package herd.engine.io;

import herd.engine.UserError;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.regex.Pattern;

/// Models that are split over several GGUF files, named `…-00001-of-00003.gguf`: the first has all
/// metadata, each has some of the tensors.
final class GgufParts {
  static final String COUNT = "split.count";

  private static final String NUMBER = "split.no";
  private static final String TENSORS = "split.tensors.count";
  private static final int MOST = 99_999;
  private static final Pattern NAME = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");

  private GgufParts() {}

  /// All tensors of all parts, with the first one's metadata.
  /// @throws UserError if `first` is not the first, or a part is missing or another model's
  static Gguf join(Gguf first, Arena arena) {
    int count = first.get(COUNT).integer(1, MOST);
    if (count == 1) {
      return first;
    }
    var name = NAME.matcher(first.file().getFileName().toString());
    boolean named = name.matches() && Integer.parseInt(name.group(3)) == count;
    if (!named) {
      throw new UserError(
          first.file().toString(),
          "one of " + count + " parts, but not named so",
          "a name as model-00001-of-%05d.gguf".formatted(count),
          "Give the parts their names back.");
    }
    if (first.get(NUMBER).integer(0, MOST) != 0) {
      throw new UserError(
          first.file().toString(),
          "part " + (first.get(NUMBER).integer() + 1) + " of " + count,
          "the first part",
          "Name " + part(first.file(), name.group(1), 1, count).getFileName() + ".");
    }
    var tensors = new LinkedHashMap<>(first.tensors());
    for (int i = 2; i <= count; i++) {
      var part = Gguf.readOne(part(first.file(), name.group(1), i, count), arena);
      part.get(COUNT).integer(count, count);
      part.get(NUMBER).integer(i - 1, i - 1);
      for (var tensor : part.tensors().values()) {
        if (tensors.put(tensor.name(), tensor) != null) {
          throw new UserError(tensor.where(), "stands in another part too", "Fetch it again.");
        }
      }
    }
    var all = first.find(TENSORS);
    if (!all.isNull()) {
      all.integer(tensors.size(), tensors.size());
    }
    return new Gguf(first.file(), first.metadata(), tensors, first.places());
  }

  static List<Path> files(Path first) {
    var name = NAME.matcher(first.getFileName().toString());
    int count = name.matches() ? Integer.parseInt(name.group(3)) : 1;
    var files = new ArrayList<Path>();
    for (int i = 1; i <= count; i++) {
      files.add(name.matches() ? part(first, name.group(1), i, count) : first);
    }
    return files;
  }

  private static Path part(Path first, String name, int number, int count) {
    return first.resolveSibling("%s-%05d-of-%05d.gguf".formatted(name, number, count));
  }
}
