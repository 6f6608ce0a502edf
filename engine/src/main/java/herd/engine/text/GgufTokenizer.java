package herd.engine.text;

import herd.engine.UserError;
import herd.engine.io.Gguf;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Tokenizers inside GGUF files, as llama.cpp keeps those of Llama 3.
public final class GgufTokenizer {
  private static final String PREFIX = "tokenizer.ggml.";
  private static final int NORMAL = 1;
  private static final int CONTROL = 3;
  private static final int USER_DEFINED = 4;
  private static final int UNUSED = 5;

  private GgufTokenizer() {}

  /// The metadata that describes `tokenizer` and the chat format of Llama 3.
  /// @param vocab rows of the model's embedding; ids without a token are marked unused
  public static Map<String, Object> metadata(Tokenizer tokenizer, int vocab) {
    if (vocab < tokenizer.vocab()) {
      throw new UserError(
          "tokenizer",
          tokenizer.vocab() + " tokens",
          "at most " + vocab + ", the model's",
          "Take the tokenizer that belongs to the model.");
    }
    var tokens = new ArrayList<String>();
    var types = new int[vocab];
    for (int id = 0; id < vocab; id++) {
      boolean known = id < tokenizer.vocab() && tokenizer.has(id);
      boolean special = known && tokenizer.isSpecial(id);
      types[id] = special ? CONTROL : known ? NORMAL : UNUSED;
      tokens.add(
          special
              ? tokenizer.decode(id)
              : known ? ByteAlphabet.write(tokenizer.bytes(id)) : "[PAD" + id + "]");
    }
    var out = new LinkedHashMap<String, Object>();
    out.put(PREFIX + "model", "gpt2");
    out.put(PREFIX + "pre", "llama-bpe");
    out.put(PREFIX + "tokens", tokens);
    out.put(PREFIX + "token_type", types);
    out.put(PREFIX + "merges", TokenizerJson.merges(tokenizer));
    put(out, "bos_token_id", tokenizer, "<|begin_of_text|>");
    put(out, "eos_token_id", tokenizer, "<|end_of_text|>");
    put(out, "eos_token_id", tokenizer, "<|eot_id|>"); // what ends an answer, where there is one
    put(out, "eot_token_id", tokenizer, "<|eot_id|>");
    put(out, "eom_token_id", tokenizer, "<|eom_id|>");
    out.put(PREFIX + "add_bos_token", out.containsKey(PREFIX + "bos_token_id"));
    out.put("tokenizer.chat_template", ChatFormat.TEMPLATE);
    return out;
  }

  private static void put(Map<String, Object> out, String key, Tokenizer tokenizer, String name) {
    Integer id = tokenizer.specials().get(name);
    if (id != null) {
      out.put(PREFIX + key, id);
    }
  }

  /// Reads the tokenizer of a GGUF file.
  /// @throws UserError naming file and key, also for tokenizers of other kinds
  public static Tokenizer load(Path file) {
    try (var arena = Arena.ofShared()) {
      return read(Gguf.read(file, arena));
    }
  }

  private static Tokenizer read(Gguf gguf) {
    var model = gguf.get(PREFIX + "model");
    var split = gguf.get(PREFIX + "pre");
    if (!model.string().equals("gpt2")) {
      throw model.wrong("gpt2");
    }
    if (!List.of("llama-bpe", "llama3", "llama-v3").contains(split.string())) {
      throw split.wrong("llama-bpe");
    }
    var names = gguf.get(PREFIX + "tokens").list();
    var types = gguf.find(PREFIX + "token_type");
    var kinds = types.isNull() ? null : types.list();
    if (kinds != null && kinds.size() != names.size()) {
      throw new UserError(
          types.where(),
          kinds.size() + " types",
          names.size() + ", one for each token",
          "Convert the model again.");
    }
    var tokens = new ByteStrings();
    var ids = new Ints();
    var byName = new LinkedHashMap<String, Integer>();
    var specials = new LinkedHashMap<String, Integer>();
    for (int id = 0; id < names.size(); id++) {
      String name = names.get(id).string();
      long kind = kinds == null ? NORMAL : kinds.get(id).integer();
      byte[] bytes = kind == NORMAL ? ByteAlphabet.read(name) : null;
      if (bytes != null && bytes.length > 0) {
        if (byName.put(name, id) != null) {
          throw names.get(id).wrong("a token that does not stand further up");
        }
        tokens.add(bytes, 0, bytes.length);
        ids.add(id);
      } else if (kind == NORMAL || kind == CONTROL || kind == USER_DEFINED) {
        specials.putIfAbsent(name, id);
      }
    }
    var merges = gguf.get(PREFIX + "merges");
    return new Tokenizer(
        TokenizerJson.merges(merges, byName, tokens, ids.toArray(), true), specials);
  }
}
