package herd.cli;

import herd.engine.UserError;
import herd.engine.infer.Model;
import herd.engine.io.FileStamp;
import herd.serve.ChatPrompt;
import herd.serve.Models;
import herd.serve.ServedModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Finds and loads models for the server by what users call them: `MODEL` or `NAME=MODEL`.
final class ModelLoader implements Models.Loader {
  private final Map<String, String> environment;
  private final KernelOptions options;
  private final EngineOptions engine;

  ModelLoader(Map<String, String> environment, KernelOptions options, EngineOptions engine) {
    this.environment = environment;
    this.options = options;
    this.engine = engine;
  }

  @Override
  public Models.Found find(String given) {
    int equals = given.indexOf('=');
    var wanted = given.substring(equals + 1);
    var place = ModelPlace.find(wanted, environment);
    var id = equals > 0 ? given.substring(0, equals) : name(wanted);
    var files = Model.weights(place);
    return new Models.Found(id, bytes(files), () -> load(id, place));
  }

  /// The last part of what the user typed, without what says that it is a file.
  private static String name(String wanted) {
    var name = wanted.replaceFirst("/+$", "").replaceFirst("(?i)\\.gguf$", "");
    name = name.startsWith("hf:") ? name.substring(3) : name.substring(name.lastIndexOf('/') + 1);
    return name.isEmpty() || name.equals(".") ? "model" : name;
  }

  private static long bytes(List<Path> files) {
    try {
      long sum = 0;
      for (var file : files) {
        sum += Files.size(file);
      }
      return sum;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ServedModel.Parts load(String id, Path place) {
    var loaded = new LoadedModel(place, options, engine);
    var model = loaded.model();
    long bytes = model.files().stream().mapToLong(FileStamp::size).sum();
    return new ServedModel.Parts(
        id,
        loaded.llama(),
        model.tokenizer(),
        model.kernels(),
        chat(model),
        model.stopIds(),
        model.begin(),
        model.files(),
        bytes,
        engine.draft(loaded, environment),
        engine.adapters(loaded),
        loaded);
  }

  private static ChatPrompt chat(Model model) {
    try {
      return ChatPrompt.of(model.template(), model.tokenizer());
    } catch (UserError e) {
      return ChatPrompt.none(e);
    }
  }
}
