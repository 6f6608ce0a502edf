package herd.engine.model;

import herd.engine.io.Gguf;
import herd.engine.io.Json;
import herd.engine.io.JsonValue;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// The tokens that end an answer, as a model's own files name them: there may be several, and an
/// answer that does not stop at each of them never ends.
public final class StopIds {
  private static final int MOST = 1 << 30;

  private StopIds() {}

  /// Of a GGUF file the end of text, of a turn and of a message; of a model directory what
  /// `generation_config.json` says, else `config.json`. Empty if they say nothing.
  /// @throws herd.engine.UserError if a file is damaged or an id is none
  public static Set<Integer> of(Path model) {
    var ids = new TreeSet<Integer>();
    if (Files.isDirectory(model)) {
      for (String name : List.of("generation_config.json", "config.json")) {
        Path file = model.resolve(name);
        if (ids.isEmpty() && Files.isRegularFile(file)) {
          add(ids, Json.read(file).find("eos_token_id"));
        }
      }
    } else if (model.toString().endsWith(".gguf")) {
      try (var arena = Arena.ofShared()) {
        var gguf = Gguf.read(model, arena);
        for (String name : List.of("eos", "eot", "eom")) {
          add(ids, gguf.find("tokenizer.ggml." + name + "_token_id"));
        }
      }
    }
    return ids;
  }

  private static void add(Set<Integer> to, JsonValue value) {
    if (value.isList()) {
      value.list().forEach(id -> to.add(id.integer(0, MOST)));
    } else if (!value.isNull()) {
      to.add(value.integer(0, MOST));
    }
  }
}
