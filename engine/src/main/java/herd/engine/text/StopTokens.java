package herd.engine.text;

import herd.engine.io.Gguf;
import herd.engine.io.Json;
import herd.engine.io.JsonValue;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;

/// The tokens after which a model's answer is over: those that its files name (end of text, of
/// turn, of message) and those that models are known to end with. A missing one shows as an
/// answer that never ends.
public final class StopTokens {
  private static final List<String> KNOWN = List.of(
      "<|eot_id|>",
      "<|end_of_text|>",
      "<|eom_id|>",
      "<|im_end|>",
      "<|endoftext|>",
      "<|end|>",
      "<end_of_turn>",
      "</s>");

  private StopTokens() {}

  /// @param model a model directory or GGUF file
  /// @return ids in rising order
  /// @throws herd.engine.UserError if a file of the model is damaged
  public static int[] of(Path model, Tokenizer tokenizer) {
    var ids = new TreeSet<Integer>();
    for (String name : KNOWN) {
      Integer id = tokenizer.specials().get(name);
      if (id != null) {
        ids.add(id);
      }
    }
    if (model.toString().endsWith(".gguf")) {
      try (var arena = Arena.ofShared()) {
        var gguf = Gguf.read(model, arena);
        for (String key : List.of("eos_token_id", "eot_token_id", "eom_token_id")) {
          add(ids, gguf.find("tokenizer.ggml." + key), tokenizer);
        }
      }
    } else {
      for (String name : List.of("generation_config.json", "config.json")) {
        Path file = model.resolve(name);
        if (Files.exists(file)) {
          add(ids, Json.read(file).find("eos_token_id"), tokenizer);
        }
      }
    }
    return ids.stream().mapToInt(id -> id).toArray();
  }

  private static void add(TreeSet<Integer> ids, JsonValue value, Tokenizer tokenizer) {
    if (value.isList()) {
      value.list().forEach(one -> ids.add(one.integer(0, tokenizer.vocab() - 1)));
    } else if (!value.isNull()) {
      ids.add(value.integer(0, tokenizer.vocab() - 1));
    }
  }
}
