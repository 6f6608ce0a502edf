package herd.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The results of one run, a directory per stage. A stage is written aside, forced to the disk and
/// renamed; `stage.json` is written last and lists every file with size and SHA-256, so that a
/// result is whole and unchanged or it does not count.
public final class RunDirectory {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String RECORD = "stage.json";

  private final Path root;

  /// @param root `runs/tiny`; made when something is written
  public RunDirectory(Path root) {
    this.root = root;
  }

  /// Where all results of the run are.
  public Path root() {
    return root;
  }

  /// Where a stage's result is or will be.
  public Path stage(String stage) {
    return root.resolve(stage);
  }

  /// What stands in a stage's place.
  public sealed interface Found {
    /// Nothing.
    record Missing() implements Found {}

    /// A result that was changed after it was complete.
    /// @param what which file and how
    record Damaged(String what) implements Found {}

    /// A result as it was left.
    /// @param json its `stage.json`
    record Whole(ObjectNode json) implements Found {
      /// Settings, inputs and code that made it.
      public String fingerprint() {
        return json.path("fingerprint").asString("");
      }
    }
  }

  /// Looks at a stage's result and compares every file with what was recorded.
  public Found find(String stage) {
    return find(stage, stage(stage));
  }

  private static Found find(String stage, Path directory) {
    if (!Files.isDirectory(directory)) {
      return new Found.Missing();
    }
    try {
      var tree = JSON.readTree(Files.readString(directory.resolve(RECORD)));
      if (!(tree instanceof ObjectNode json)
          || !digest(json).equals(json.path("digest").asString(""))) {
        return new Found.Damaged(stage + "/" + RECORD + " was changed");
      }
      var damage = damage(directory, json.path("contents"));
      return damage == null ? new Found.Whole(json) : new Found.Damaged(stage + "/" + damage);
    } catch (IOException | JacksonException _) {
      return new Found.Damaged(stage + "/" + RECORD + " cannot be read");
    }
  }

  private static String damage(Path directory, JsonNode contents) throws IOException {
    var seen = new TreeSet<>(files(directory));
    seen.remove(RECORD);
    for (var entry : contents) {
      var name = entry.path("path").asString("");
      var file = directory.resolve(name);
      if (!seen.remove(name)) {
        return name + " is missing";
      }
      if (Files.size(file) != entry.path("bytes").asLong(-1)) {
        return name + " has another size";
      }
      if (!Fingerprint.of(file).equals(entry.path("sha256").asString(""))) {
        return name + " was changed";
      }
    }
    return seen.isEmpty() ? null : seen.first() + " was added";
  }

  private static List<String> files(Path directory) throws IOException {
    try (var walk = Files.walk(directory)) {
      return walk.filter(path -> !Files.isDirectory(path))
          .map(path -> directory.relativize(path).toString().replace('\\', '/'))
          .sorted()
          .toList();
    }
  }

  /// Where a stage works until it is complete.
  /// @param result to be renamed into place
  /// @param scratch outlives an interruption
  /// @param resumed whether the scratch directory holds something of an earlier attempt
  public record Aside(Path result, Path scratch, boolean resumed) {}

  /// Makes room for a stage's work. The scratch directory of an interrupted attempt is kept if that
  /// attempt had the same fingerprint.
  public Aside begin(String stage, String fingerprint) {
    var result = root.resolve("." + stage + ".tmp");
    var scratch = root.resolve("." + stage + ".scratch");
    var mark = root.resolve("." + stage + ".scratch-of");
    try {
      Disk.delete(result);
      boolean same = Files.isDirectory(scratch)
          && Files.exists(mark)
          && Files.readString(mark).equals(fingerprint);
      if (!same) {
        Disk.delete(scratch);
        Disk.write(mark, fingerprint);
      }
      Files.createDirectories(result);
      Files.createDirectories(scratch);
      try (var left = Files.list(scratch)) {
        return new Aside(result, scratch, left.findAny().isPresent());
      }
    } catch (IOException e) {
      throw Disk.trouble(e, root);
    }
  }

  /// Takes over a result that was complete but not yet renamed when the program was killed.
  /// @return whether there was one with this fingerprint
  public boolean recover(String stage, String fingerprint) {
    var result = root.resolve("." + stage + ".tmp");
    if (find(stage, result) instanceof Found.Whole whole
        && whole.fingerprint().equals(fingerprint)) {
      place(stage, result);
      return true;
    }
    return false;
  }

  /// Adds the list of files to `json`, writes it as `stage.json` and puts the result into place.
  public void complete(String stage, Aside aside, ObjectNode json) {
    try {
      var contents = json.putArray("contents");
      for (var name : files(aside.result())) {
        var file = aside.result().resolve(name);
        Disk.force(file);
        contents
            .addObject()
            .put("path", name)
            .put("bytes", Files.size(file))
            .put("sha256", Fingerprint.of(file));
      }
      json.put("digest", digest(json));
      Disk.write(
          aside.result().resolve(RECORD),
          JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
    } catch (IOException e) {
      throw Disk.trouble(e, aside.result());
    }
    place(stage, aside.result());
  }

  private void place(String stage, Path result) {
    var target = stage(stage);
    var old = root.resolve("." + stage + ".old");
    try {
      Disk.delete(old);
      if (Files.exists(target)) {
        Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
      }
      Files.move(result, target, StandardCopyOption.ATOMIC_MOVE);
      Disk.force(root);
      Disk.delete(old);
      Disk.delete(root.resolve("." + stage + ".scratch"));
      Files.deleteIfExists(root.resolve("." + stage + ".scratch-of"));
    } catch (IOException e) {
      throw Disk.trouble(e, target);
    }
  }

  /// Of the tree as it reads back from the file, so that both ways give the same.
  private static String digest(ObjectNode json) {
    var bare = (ObjectNode) JSON.readTree(JSON.writeValueAsString(json));
    bare.remove("digest");
    return Fingerprint.of(bare);
  }

  /// The `stage.json` of a stage, without comparing its files.
  /// @return null if there is none
  public ObjectNode json(String stage) {
    var file = stage(stage).resolve(RECORD);
    try {
      return Files.exists(file) ? (ObjectNode) JSON.readTree(Files.readString(file)) : null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (JacksonException | ClassCastException _) {
      return null;
    }
  }

  /// The names of all stages that have a result.
  public List<String> stages() {
    var names = new ArrayList<String>();
    if (Files.isDirectory(root)) {
      try (var list = Files.list(root)) {
        list.filter(path -> Files.exists(path.resolve(RECORD)))
            .map(path -> path.getFileName().toString())
            .filter(name -> !name.startsWith("."))
            .sorted()
            .forEach(names::add);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return names;
  }
}
