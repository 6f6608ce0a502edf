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

/// The tokens that stand before a text and that end an answer, as a model's own files name them. Of
/// the latter there may be several, and an answer that does not stop at each of them never ends.
public final class TextMarks {
  private static final int MOST = 1 << 30;
  private static final String BEGIN = "<|begin_of_text|>";

  /// Special tokens whose names say that they end something.
  private static final List<String> NAMES =
      List.of("<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|im_end|>", "<|endoftext|>", "</s>");

  private TextMarks() {}

  /// Of a GGUF file the end of text, of a turn and of a message; of a model directory what
  /// `generation_config.json` says, else `config.json`; and special tokens that are named so.
  /// @param specials the tokenizer's special tokens and their ids
  /// @throws herd.engine.UserError if a file is damaged or an id is none
  public static Set<Integer> ends(Path model, Map<String, Integer> specials) {
    if (model.toString().endsWith(".gguf")) {
      try (var arena = Arena.ofShared()) {
        return ends(Gguf.read(model, arena), specials);
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

  /// As [#ends(Path, Map)], of a GGUF file that is open.
  public static Set<Integer> ends(Gguf gguf, Map<String, Integer> specials) {
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

  /// The token that stands before every text: what the key `add_bos_token` asks for, and where it
  /// is absent that of tokenizers of Llama 2's kind and `<|begin_of_text|>`.
  /// @return -1 if there is none
  public static int begin(Gguf gguf, Map<String, Integer> specials) {
    var add = gguf.find("tokenizer.ggml.add_bos_token");
    var id = gguf.find("tokenizer.ggml.bos_token_id");
    boolean usual = gguf.find("tokenizer.ggml.model").string("").equals("llama");
    if (add.bool(usual) && !id.isNull()) {
      return id.integer(0, MOST);
    }
    return add.isNull() ? specials.getOrDefault(BEGIN, -1) : -1;
  }

  /// As above, of a model directory: what `add_bos_token` in `tokenizer_config.json` asks for, else
  /// what `tokenizer.json` puts before a text, else `<|begin_of_text|>`.
  /// @return -1 if there is none
  public static int begin(Path directory, Map<String, Integer> specials) {
    Path config = directory.resolve("tokenizer_config.json");
    if (Files.isRegularFile(config)) {
      var json = Json.read(config);
      var add = json.find("add_bos_token");
      var token = json.find("bos_token");
      if (!add.isNull() && (!add.bool() || !token.isNull())) {
        var name = token.isObject() ? token.get("content") : token;
        return add.bool() ? specials.getOrDefault(name.string(), -1) : -1;
      }
    }
    Path tokenizer = directory.resolve("tokenizer.json");
    if (Files.isRegularFile(tokenizer)) {
      var first = first(Json.read(tokenizer).find("post_processor"));
      if (first != null) {
        return specials.getOrDefault(first, -1);
      }
    }
    return specials.getOrDefault(BEGIN, -1);
  }

  /// The special token that a processor puts first; empty if it puts a text first, null if it is
  /// none that puts anything anywhere.
  private static String first(JsonValue processor) {
    if (processor.isNull()) {
      return null;
    }
    return switch (processor.find("type").string("")) {
      case "Sequence" -> {
        for (var one : processor.get("processors").list()) {
          var first = first(one);
          if (first != null) {
            yield first;
          }
        }
        yield null;
      }
      case "TemplateProcessing" -> {
        var single = processor.get("single").list();
        var special = single.isEmpty() ? null : single.getFirst().find("SpecialToken");
        yield special == null || special.isNull() ? "" : special.get("id").string();
      }
      default -> null;
    };
  }
}
