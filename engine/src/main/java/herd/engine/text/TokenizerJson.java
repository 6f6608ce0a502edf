package herd.engine.text;

import herd.engine.UserError;
import herd.engine.io.Json;
import herd.engine.io.JsonValue;
import herd.engine.io.JsonWriter;
import herd.engine.io.Texts;
import herd.engine.io.WholeFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// `tokenizer.json` in the Hugging Face layout: byte-level BPE with the split patterns that
/// [Split] knows, and the SentencePiece-style BPE of Llama 2. Written is Llama 3's kind.
final class TokenizerJson {
  /// More ids than any vocabulary; keeps a damaged file from asking for gigabytes.
  private static final int MAX_ID = 1 << 24;

  private TokenizerJson() {}

  static Tokenizer read(Path file) {
    var json = Json.read(file);
    var model = json.get("model");
    String type = model.find("type").string("BPE");
    if (!type.equals("BPE")) {
      throw model.find("type").wrong("BPE");
    }
    boolean characters = model.find("byte_fallback").bool(false);
    var words = characters
        ? WordsJson.sentencePiece(json)
        : WordsJson.bytes(json.find("normalizer"), json.get("pre_tokenizer"));
    var vocabulary = model.get("vocab");
    var specials = new LinkedHashMap<String, Integer>();
    if (!json.find("added_tokens").isNull()) {
      for (var token : json.get("added_tokens").list()) {
        specials.put(token.get("content").string(), token.get("id").integer(0, MAX_ID));
      }
    }
    var names = vocabulary.object().keySet();
    var tokens = new ByteStrings(names.size(), 8 * names.size());
    var ids = new Ints();
    for (var name : names) {
      int id = vocabulary.find(name).integer(0, MAX_ID);
      byte[] bytes = specials.containsKey(name) ? null : bytes(name, characters);
      if (bytes == null || bytes.length == 0) {
        specials.putIfAbsent(name, id);
      } else if (tokens.add(bytes, 0, bytes.length) == ids.size()) {
        ids.add(id);
      } else {
        throw vocabulary.find(name).wrong("a token that does not stand further up");
      }
    }
    checkIds(names, specials, vocabulary);
    boolean whole = model.find("ignore_merges").bool(false);
    int[] fallback =
        characters ? WordsJson.fallback(tokens, ids.toArray(), vocabulary.where()) : null;
    var merges = merges(model.get("merges"), tokens, ids.toArray(), whole, fallback);
    return new Tokenizer(merges, specials, words);
  }

  /// What a name stands for, null if it stands for itself alone.
  private static byte[] bytes(String name, boolean characters) {
    byte[] utf8 = Utf8.encode(name);
    if (characters) {
      return utf8;
    }
    int end = ByteAlphabet.read(utf8, 0, utf8.length, utf8, 0); // never longer than before
    return end < 0 ? null : Arrays.copyOf(utf8, end);
  }

  private static void checkIds(
      Collection<String> names, Map<String, Integer> specials, JsonValue vocabulary) {
    var seen = new HashMap<Integer, String>();
    var all = new LinkedHashMap<String, Integer>();
    names.forEach(name -> all.put(name, vocabulary.find(name).integer(0, MAX_ID)));
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

  /// Reads merges in order of rank: `left right`, or a list of the two.
  /// @param fallback as in [Merges]; null for tokens over bytes
  static Merges merges(
      JsonValue list, ByteStrings tokens, int[] ids, boolean whole, int[] fallback) {
    var read = new ReadMerges(list, tokens, ids, fallback != null);
    int count = list.items().size();
    for (int i = 0; i < count; i++) {
      read.next(i);
    }
    return new Merges(tokens, ids, read.pairs, read.results, read.ranks, whole, fallback);
  }

  /// Merges on their way from a file. One of them is a method of its own, small enough to be
  /// compiled at once: a start waits for it.
  private static final class ReadMerges {
    private final JsonValue list;
    private final ByteStrings tokens;
    private final int[] ids;
    private final boolean characters;
    private final Texts joined;
    private final PairTable pairs;
    private final int[] results;
    private final int[] ranks;
    private byte[] word = new byte[256]; // both tokens, one after the other

    // Of the left token, the right one and their union: place in `word`, and number.
    private final int[] starts = new int[3];
    private final int[] ends = new int[3];
    private final int[] found = new int[3];

    ReadMerges(JsonValue list, ByteStrings tokens, int[] ids, boolean characters) {
      this.list = list;
      this.tokens = tokens;
      this.ids = ids;
      this.characters = characters;
      boolean strings = list.items().isEmpty() || list.items().getFirst() instanceof String;
      joined = strings ? list.texts() : null;
      int count = list.items().size();
      pairs = new PairTable(count);
      results = new int[count];
      ranks = new int[count];
    }

    void next(int i) {
      if (joined == null) {
        listed(i);
        return;
      }
      var text = joined.bytes();
      int from = joined.start(i);
      int to = joined.end(i);
      int space = from;
      while (space < to && text[space] != ' ') {
        space++;
      }
      add(i, text, from, space, to);
    }

    private void listed(int i) {
      var two = list.list().get(i);
      if (two.items().size() != 2) {
        throw two.wrong("two tokens");
      }
      var text = Utf8.encode(two.stringAt(0) + " " + two.stringAt(1));
      add(i, text, 0, Utf8.encode(two.stringAt(0)).length, text.length);
    }

    private void add(int i, byte[] text, int from, int space, int to) {
      if (to - from > word.length) {
        word = new byte[2 * (to - from)];
      }
      starts[1] = ends[0] = part(text, from, space, 0);
      ends[1] = ends[2] = space == to || ends[0] < 0 ? -1 : part(text, space + 1, to, ends[0]);
      // One call for the three: the compiler puts it in place as often as it stands there.
      for (int k = 0; k < 3; k++) {
        found[k] = ends[1] < 0 ? -1 : tokens.find(word, starts[k], ends[k]);
        if (found[k] < 0) {
          throw list.list().get(i).wrong("two tokens of the vocabulary whose union is one too");
        }
      }
      if (pairs.add(ids[found[0]], ids[found[1]]) != i) {
        throw list.list().get(i).wrong("a pair that does not stand further up");
      }
      results[i] = ids[found[2]];
      ranks[i] = i;
    }

    private int part(byte[] text, int from, int to, int at) {
      if (!characters) {
        return ByteAlphabet.read(text, from, to, word, at);
      }
      System.arraycopy(text, from, word, at, to - from);
      return at + to - from;
    }
  }

  static void write(Tokenizer tokenizer, Path file) {
    if (tokenizer.words().split() == Split.WHOLE) {
      throw new UserError(
          file.toString(), "a tokenizer of Llama 2's kind", "Copy its own file beside the model.");
    }
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
            tokenizer.words().nfc() ? map("type", "NFC") : null,
            "pre_tokenizer",
            preTokenizer(tokenizer.words().split()),
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

  private static Object preTokenizer(Split split) {
    boolean own = split == Split.LLAMA3 || split == Split.QWEN2;
    var byteLevel = map(
        "type", "ByteLevel", "add_prefix_space", false, "trim_offsets", true, "use_regex", !own);
    if (split == Split.GPT2) {
      return byteLevel;
    }
    String pattern = split == Split.QWEN2 ? Split.QWEN2_PATTERN : Llama3Splitter.PATTERN;
    var first = own
        ? map(
            "type",
            "Split",
            "pattern",
            map("Regex", pattern),
            "behavior",
            "Isolated",
            "invert",
            false)
        : map("type", "Digits", "individual_digits", true);
    return map("type", "Sequence", "pretokenizers", List.of(first, byteLevel));
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

  /// What `tokenizer.json` says about text before it is merged. What is not known is an error.
  static final class WordsJson {
    private WordsJson() {}

    /// Byte-level tokenizers: at most form C, a split, then bytes.
    static Words bytes(JsonValue normalizer, JsonValue preTokenizer) {
      boolean nfc = !normalizer.isNull();
      if (nfc && !normalizer.get("type").string().equals("NFC")) {
        throw normalizer.wrong("null or NFC");
      }
      Split split = null;
      boolean digits = false;
      boolean bytes = false;
      for (var step : steps(preTokenizer, "pretokenizers")) {
        String type = step.get("type").string();
        if (type.equals("Split") && split == null && !bytes) {
          split = pattern(step.get("pattern").get("Regex"));
        } else if (type.equals("Digits") && step.get("individual_digits").bool() && !bytes) {
          digits = true;
        } else if (type.equals("ByteLevel")
            && !step.find("add_prefix_space").bool(true)
            && !bytes) {
          bytes = true;
          if (step.find("use_regex").bool(true) == (split != null)) {
            throw step.wrong("a pattern of its own or a Split before it, one of both");
          }
        } else {
          throw step.get("type").wrong("Split by a known pattern or Digits, then ByteLevel");
        }
      }
      if (!bytes || digits && split != null) {
        throw new UserError(
            preTokenizer.where(),
            bytes ? "Digits and Split together" : "no ByteLevel step",
            "Only the splits of Llama 3, Qwen, GPT-2 and SmolLM are known.");
      }
      Split all = split != null ? split : digits ? Split.SMOLLM : Split.GPT2;
      return new Words(all, nfc, false, false);
    }

    private static Split pattern(JsonValue pattern) {
      if (pattern.string().equals(Llama3Splitter.PATTERN)) {
        return Split.LLAMA3;
      }
      if (pattern.string().equals(Split.QWEN2_PATTERN)) {
        return Split.QWEN2;
      }
      throw pattern.wrong("the split pattern of Llama 3 or of Qwen 2");
    }

    private static List<JsonValue> steps(JsonValue value, String name) {
      return value.isNull()
          ? List.of()
          : value.find(name).isNull() ? List.of(value) : value.get(name).list();
    }

    /// Llama 2's kind: a mark for each space and before the text.
    static Words sentencePiece(JsonValue json) {
      boolean marks = false;
      boolean prefix = false;
      String mark = String.valueOf(Words.MARK);
      for (var step : steps(json.find("normalizer"), "normalizers")) {
        String type = step.get("type").string();
        if (type.equals("Prepend") && step.get("prepend").string().equals(mark)) {
          prefix = true;
        } else if (type.equals("Replace")
            && step.get("pattern").get("String").string().equals(" ")
            && step.get("content").string().equals(mark)) {
          marks = true;
        } else {
          throw step.get("type").wrong("Prepend and Replace with the mark for spaces");
        }
      }
      for (var step : steps(json.find("pre_tokenizer"), "pretokenizers")) {
        boolean whole = step.get("type").string().equals("Metaspace")
            && !step.find("split").bool(true)
            && step.get("replacement").string().equals(mark);
        if (!whole) {
          throw step.get("type").wrong("Metaspace that does not split");
        }
        marks = true;
        prefix = !step.find("prepend_scheme").string("always").equals("never");
      }
      if (!marks) {
        throw new UserError(
            json.where(),
            "spaces are not marked",
            "Only Llama 2's kind of byte fallback is known.");
      }
      return new Words(Split.WHOLE, false, true, prefix);
    }

    /// The ids of the tokens `<0x00>` … `<0xFF>`.
    static int[] fallback(ByteStrings tokens, int[] ids, String where) {
      var out = new int[256];
      for (int b = 0; b < 256; b++) {
        byte[] name = "<0x%02X>".formatted(b).getBytes(StandardCharsets.US_ASCII);
        int token = tokens.find(name, 0, name.length);
        if (token < 0) {
          throw new UserError(
              where, "no token <0x%02X>".formatted(b), "Byte fallback needs all 256.");
        }
        out[b] = ids[token];
      }
      return out;
    }
  }
}
