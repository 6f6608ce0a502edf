package herd.cli;

import herd.engine.UserError;
import herd.engine.text.ChatTemplate;
import herd.engine.text.Tokenizer;
import herd.serve.ChatPrompt;
import herd.serve.Models;
import herd.serve.ServedModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/// Finds and loads models for the server by what users call them: `MODEL` or `NAME=MODEL`.
final class ModelLoader implements Models.Loader {
  private final Map<String, String> environment;
  private final KernelOptions options;

  ModelLoader(Map<String, String> environment, KernelOptions options) {
    this.environment = environment;
    this.options = options;
  }

  @Override
  public Models.Found find(String given) {
    int equals = given.indexOf('=');
    var wanted = given.substring(equals + 1);
    var place = ModelPlace.find(wanted, environment);
    var id = equals > 0 ? given.substring(0, equals) : name(wanted);
    var files = weights(place);
    return new Models.Found(id, bytes(files), () -> load(id, place, files));
  }

  /// The last part of what the user typed, without what says that it is a file.
  private static String name(String wanted) {
    var name = wanted.replaceFirst("/+$", "").replaceFirst("(?i)\\.gguf$", "");
    name = name.startsWith("hf:") ? name.substring(3) : name.substring(name.lastIndexOf('/') + 1);
    return name.isEmpty() || name.equals(".") ? "model" : name;
  }

  private static List<Path> weights(Path place) {
    if (Files.isRegularFile(place)) {
      return List.of(place);
    }
    try (var files = Files.list(place)) {
      return files
          .filter(file -> file.toString().matches(".*\\.(safetensors|gguf)"))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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

  private ServedModel.Parts load(String id, Path place, List<Path> files) {
    var loaded = new LoadedModel(place, options);
    var tokenizer = loaded.tokenizer();
    var stops = new HashSet<Integer>();
    for (int stop : LoadedModel.stops(place, tokenizer)) {
      stops.add(stop);
    }
    var begin = tokenizer.specials().get("<|begin_of_text|>");
    return new ServedModel.Parts(
        id,
        loaded.llama(),
        tokenizer,
        loaded.kernels(),
        chat(place, tokenizer),
        stops,
        begin == null ? new int[0] : new int[] {begin},
        files,
        bytes(files),
        loaded);
  }

  private static ChatPrompt chat(Path place, Tokenizer tokenizer) {
    try {
      return ChatPrompt.of(ChatTemplate.load(place), tokenizer);
    } catch (UserError e) {
      return ChatPrompt.none(e);
    }
  }
}
