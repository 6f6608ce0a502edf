package herd.engine.model;

import herd.engine.io.Gguf;
import herd.engine.io.Json;
import herd.engine.io.JsonValue;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// The tokens that end an answer, as a model's own files name them: there may be several, and an
/// answer that does not stop at each of them never ends.
public final class StopIds {
  private static final int MOST = 1 << 30;

  /// Special tokens whose names say that they end something.
  private static final List<String> NAMES =
      List.of("<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|im_end|>", "<|endoftext|>", "</s>");

  private StopIds() {}

  /// Of a GGUF file the end of text, of a turn and of a message; of a model directory what
  /// `generation_config.json` says, else `config.json`; and special tokens that are named so.
  /// @param specials the tokenizer's special tokens and their ids
  /// @throws herd.engine.UserError if a file is damaged or an id is none
  public static Set<Integer> of(Path model, Map<String, Integer> specials) {
    if (model.toString().endsWith(".gguf")) {
      try (var arena = Arena.ofShared()) {
        return of(Gguf.read(model, arena), specials);
      }
    }
    var ids = new TreeSet<Integer>();
    for (String name : List.of("generation_config.json", "config.json")) {
      Path file = model.resolve(name);
      if (ids.isEmpty() && Files.isRegularFile(file)) {
        add(ids, Json.read(file).find("eos_token_id"));
      }
    }
    return withNamed(ids, specials);
  }

  /// As [#of(Path, Map)], of a GGUF file that is open.
  public static Set<Integer> of(Gguf gguf, Map<String, Integer> specials) {
    var ids = new TreeSet<Integer>();
    for (String name : List.of("eos", "eot", "eom")) {
      add(ids, gguf.find("tokenizer.ggml." + name + "_token_id"));
    }
    return withNamed(ids, specials);
  }

  private static Set<Integer> withNamed(Set<Integer> ids, Map<String, Integer> specials) {
    for (String name : NAMES) {
      if (specials.containsKey(name)) {
        ids.add(specials.get(name));
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
