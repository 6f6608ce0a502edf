package herd.engine.text;

import herd.engine.UserError;
import herd.engine.io.Json;
import herd.engine.io.JsonValue;
import herd.engine.io.JsonWriter;
import herd.engine.io.WholeFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// `tokenizer.json` in the Hugging Face layout, for byte-level BPE with the split pattern of
/// Llama 3.
final class TokenizerJson {
  /// More ids than any vocabulary; keeps a damaged file from asking for gigabytes.
  private static final int MAX_ID = 1 << 24;

  private TokenizerJson() {}

  static Tokenizer read(Path file) {
    var json = Json.read(file);
    var model = json.get("model");
    String type = model.find("type").string("BPE");
    if (!type.equals("BPE") || model.find("byte_fallback").bool(false)) {
      throw model.find("type").wrong("BPE over bytes");
    }
    if (!json.find("normalizer").isNull()) {
      throw json.get("normalizer").wrong("null: text is never changed before it is split");
    }
    checkSplit(json.get("pre_tokenizer"));
    var vocabulary = model.get("vocab");
    var specials = new LinkedHashMap<String, Integer>();
    if (!json.find("added_tokens").isNull()) {
      for (var token : json.get("added_tokens").list()) {
        specials.put(token.get("content").string(), token.get("id").integer(0, MAX_ID));
      }
    }
    var tokens = new ByteStrings();
    var ids = new Ints();
    var byName = new LinkedHashMap<String, Integer>();
    for (var entry : vocabulary.object().entrySet()) {
      String name = entry.getKey();
      int id = vocabulary.find(name).integer(0, MAX_ID);
      byte[] bytes = specials.containsKey(name) ? null : ByteAlphabet.read(name);
      if (bytes == null || bytes.length == 0) {
        specials.putIfAbsent(name, id);
        continue;
      }
      tokens.add(bytes, 0, bytes.length);
      ids.add(id);
      byName.put(name, id);
    }
    checkIds(byName, specials, vocabulary);
    boolean whole = model.find("ignore_merges").bool(false);
    var merges = merges(model.get("merges"), byName, tokens, ids.toArray(), whole);
    return new Tokenizer(merges, specials);
  }

  private static void checkIds(
      Map<String, Integer> byName, Map<String, Integer> specials, JsonValue vocabulary) {
    var seen = new LinkedHashMap<Integer, String>();
    var all = new LinkedHashMap<>(byName);
    all.putAll(specials);
    all.forEach((name, id) -> {
      String other = seen.put(id, name);
      if (other != null) {
        throw new UserError(
            vocabulary.where(),
            "the id " + id + " for '" + other + "' and '" + name + "'",
            "Give every token its own id.");
      }
    });
  }

  static Merges merges(
      JsonValue list, Map<String, Integer> byName, ByteStrings tokens, int[] ids, boolean whole) {
    var pairs = new PairTable();
    var results = new Ints();
    for (var merge : list.list()) {
      String left;
      String right;
      if (merge.isString()) {
        int space = merge.string().indexOf(' ');
        left = merge.string().substring(0, Math.max(space, 0));
        right = merge.string().substring(space + 1);
      } else {
        var two = merge.list();
        if (two.size() != 2) {
          throw merge.wrong("two tokens");
        }
        left = two.get(0).string();
        right = two.get(1).string();
      }
      Integer l = byName.get(left);
      Integer r = byName.get(right);
      Integer merged = byName.get(left + right);
      if (l == null || r == null || merged == null) {
        throw merge.wrong("two tokens of the vocabulary whose union is one too");
      }
      if (pairs.add(l, r) != results.size()) {
        throw merge.wrong("a pair that does not stand further up");
      }
      results.add(merged);
    }
    var ranks = new int[results.size()];
    java.util.Arrays.setAll(ranks, i -> i);
    return new Merges(tokens, ids, pairs, results.toArray(), ranks, whole);
  }

  private static void checkSplit(JsonValue preTokenizer) {
    var steps = preTokenizer.find("pretokenizers").isNull()
        ? List.of(preTokenizer)
        : preTokenizer.get("pretokenizers").list();
    boolean split = false;
    boolean bytes = false;
    for (var step : steps) {
      String type = step.get("type").string();
      if (type.equals("Split")) {
        var pattern = step.get("pattern").get("Regex");
        if (split || !pattern.string().equals(Llama3Splitter.PATTERN)) {
          throw pattern.wrong("the split pattern of Llama 3");
        }
        split = true;
      } else if (type.equals("ByteLevel")
          && !step.find("use_regex").bool(true)
          && !step.find("add_prefix_space").bool(true)) {
        bytes = true;
      } else {
        throw step.get("type")
            .wrong("Split by the pattern of Llama 3, then ByteLevel without its own");
      }
    }
    if (!split || !bytes) {
      throw new UserError(
          preTokenizer.where(),
          "no Split or no ByteLevel step",
          "Only tokenizers with the split pattern of Llama 3 are supported.");
    }
  }

  static void write(Tokenizer tokenizer, Path file) {
    WholeFile.write(
        file,
        JsonWriter.pretty(map(
            "version",
            "1.0",
            "truncation",
            null,
            "padding",
            null,
            "added_tokens",
            added(tokenizer),
            "normalizer",
            null,
            "pre_tokenizer",
            preTokenizer(),
            "post_processor",
            postProcessor(tokenizer),
            "decoder",
            map(
                "type",
                "ByteLevel",
                "add_prefix_space",
                true,
                "trim_offsets",
                true,
                "use_regex",
                true),
            "model",
            model(tokenizer))));
  }

  private static List<Object> added(Tokenizer tokenizer) {
    var added = new ArrayList<Object>();
    tokenizer
        .specials()
        .forEach((name, id) -> added.add(map(
            "id",
            id,
            "content",
            name,
            "single_word",
            false,
            "lstrip",
            false,
            "rstrip",
            false,
            "normalized",
            false,
            "special",
            true)));
    return added;
  }

  private static Object preTokenizer() {
    var split = map(
        "type",
        "Split",
        "pattern",
        map("Regex", Llama3Splitter.PATTERN),
        "behavior",
        "Isolated",
        "invert",
        false);
    var byteLevel = map(
        "type", "ByteLevel", "add_prefix_space", false, "trim_offsets", true, "use_regex", false);
    return map("type", "Sequence", "pretokenizers", List.of(split, byteLevel));
  }

  private static Object model(Tokenizer tokenizer) {
    var vocabulary = new LinkedHashMap<String, Object>();
    for (int id = 0; id < tokenizer.vocab(); id++) {
      if (tokenizer.has(id) && !tokenizer.isSpecial(id)) {
        vocabulary.put(ByteAlphabet.write(tokenizer.bytes(id)), id);
      }
    }
    return map(
        "type",
        "BPE",
        "dropout",
        null,
        "unk_token",
        null,
        "continuing_subword_prefix",
        null,
        "end_of_word_suffix",
        null,
        "fuse_unk",
        false,
        "byte_fallback",
        false,
        "ignore_merges",
        tokenizer.merges().wholePieces(),
        "vocab",
        vocabulary,
        "merges",
        merges(tokenizer));
  }

  /// The merges in order of rank, each as its two tokens with a space between.
  static List<String> merges(Tokenizer tokenizer) {
    var out = new ArrayList<String>();
    for (int[] pair : tokenizer.merges().inOrder()) {
      out.add(ByteAlphabet.write(tokenizer.bytes(pair[0])) + " "
          + ByteAlphabet.write(tokenizer.bytes(pair[1])));
    }
    return out;
  }

  /// Puts `<|begin_of_text|>` before a text, as Llama 3's own file does, if there is such a
  /// token.
  private static Object postProcessor(Tokenizer tokenizer) {
    String begin = ChatFormat.BEGIN;
    Integer id = tokenizer.specials().get(begin);
    var trim = map(
        "type", "ByteLevel", "add_prefix_space", true, "trim_offsets", false, "use_regex", true);
    if (id == null) {
      return trim;
    }
    var first = map("SpecialToken", map("id", begin, "type_id", 0));
    var text = map("Sequence", map("id", "A", "type_id", 0));
    var second = map("SpecialToken", map("id", begin, "type_id", 1));
    var pair = map("Sequence", map("id", "B", "type_id", 1));
    var template = map(
        "type",
        "TemplateProcessing",
        "single",
        List.of(first, text),
        "pair",
        List.of(first, text, second, pair),
        "special_tokens",
        map(begin, map("id", begin, "ids", List.of(id), "tokens", List.of(begin))));
    return map("type", "Sequence", "processors", List.of(trim, template));
  }

  static SequencedMap<String, Object> map(Object... keysAndValues) {
    var out = new LinkedHashMap<String, Object>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      out.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return out;
  }
}
