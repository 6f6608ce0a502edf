package herd.engine.text;

import herd.engine.UserError;
import herd.engine.io.Gguf;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// A BPE tokenizer: over bytes with the split pattern of Llama 3 (Llama 3 paper, section 3.2) or
/// one of its relatives, or over characters with a fallback to bytes, as Llama 2 has it.
/// Immutable; safe for any number of threads. Encoding never yields a special token:
/// `<|eot_id|>` inside a user's text is ten characters of text. Special tokens enter through
/// [#special(String)] and [ChatFormat] alone.
public final class Tokenizer {
  /// The special tokens of Llama 3 that a newly trained tokenizer gets.
  public static final List<String> LLAMA3_SPECIALS = List.of(
      "<|begin_of_text|>",
      "<|end_of_text|>",
      "<|start_header_id|>",
      "<|end_header_id|>",
      "<|eot_id|>",
      "<|eom_id|>",
      "<|python_tag|>");

  private final Merges merges;
  private final Words words;
  private final int[] numbers; // by id, as [Merges] counts tokens; -1 where it has none
  private final Map<Integer, byte[]> specialBytes = new HashMap<>();
  private final SequencedMap<String, Integer> specials;
  private final BitSet specialIds = new BitSet();
  private final SpecialNames names;

  Tokenizer(Merges merges, SequencedMap<String, Integer> specials) {
    this(merges, specials, Words.LLAMA3);
  }

  Tokenizer(Merges merges, SequencedMap<String, Integer> specials, Words words) {
    this.merges = merges;
    this.words = words;
    this.specials = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(specials));
    int last = -1;
    for (int id : specials.values()) {
      last = Math.max(last, id);
    }
    int count = merges.tokens().size();
    for (int t = 0; t < count; t++) {
      last = Math.max(last, merges.id(t));
    }
    numbers = new int[last + 1];
    Arrays.fill(numbers, -1);
    for (int t = 0; t < count; t++) {
      numbers[merges.id(t)] = t;
    }
    specials.forEach((name, id) -> {
      specialBytes.put(id, Utf8.encode(name));
      specialIds.set(id);
    });
    names = new SpecialNames(specials.keySet());
  }

  /// Reads a `tokenizer.json` in the Hugging Face layout, the one of a model directory, a rank file
  /// of Llama 3 (`tokenizer.model`: a token in base64 and its rank a line), or a GGUF file's.
  /// @throws UserError naming the file and what is wrong or not supported in it
  public static Tokenizer load(Path path) {
    Path file = path;
    if (Files.isDirectory(path)) {
      Path json = path.resolve("tokenizer.json");
      file = Files.exists(json) ? json : path.resolve("tokenizer.model");
    }
    if (file.toString().endsWith(".gguf")) {
      try (var arena = Arena.ofShared()) {
        return GgufTokenizer.of(Gguf.read(file, arena));
      }
    }
    boolean ranks = file.toString().endsWith(".model") || file.toString().endsWith(".tiktoken");
    return ranks ? RankFile.read(file) : TokenizerJson.read(file);
  }

  /// Writes a `tokenizer.json` that the `tokenizers` library reads.
  /// @throws UserError if it cannot be written, or for a tokenizer of Llama 2's kind
  public void save(Path tokenizerJson) {
    TokenizerJson.write(this, tokenizerJson);
  }

  /// The ids of `text`, without any special token. A lone surrogate counts as U+FFFD.
  public int[] encode(String text) {
    byte[] utf8 = words.bytes(text);
    var out = new Ints();
    out.reserve(utf8.length / 4 + 8);
    merges.encode(utf8, words.split(), out);
    return out.toArray();
  }

  /// The ids of `text` with its special tokens: for text that nobody else has written, such as a
  /// prompt with its control tokens typed in.
  public int[] encodeSpecial(String text) {
    return encode(text, (_, _) -> true);
  }

  /// As [#encode(String)], but names of special tokens become special tokens wherever `meant`
  /// agrees.
  int[] encode(String text, SpecialNames.Meant meant) {
    var out = new Ints();
    int done = 0;
    for (int at = names.next(text, 0); at >= 0; at = names.next(text, at)) {
      String name = names.at(text, at, meant);
      if (name == null) {
        at++;
        continue;
      }
      out.addAll(encode(text.substring(done, at)));
      out.add(specials.get(name));
      at += name.length();
      done = at;
    }
    out.addAll(encode(text.substring(done)));
    return out.toArray();
  }

  /// The text of `ids`, special tokens by their names. Bytes that are not UTF-8 become U+FFFD.
  /// @throws UserError if an id is outside the vocabulary
  public String decode(int... ids) {
    var out = new StringBuilder();
    var decoder = decoder();
    for (int id : ids) {
      out.append(decoder.next(id));
    }
    out.append(decoder.end());
    boolean prefixed = words.prefix() && ids.length > 0 && !isSpecial(ids[0]);
    return out.substring(prefixed && out.indexOf(" ") == 0 ? 1 : 0);
  }

  /// A decoder for ids that come one by one.
  public Decoder decoder() {
    return new Decoder(this);
  }

  /// The bytes of one token (a copy); of a special token its name's.
  /// @throws UserError if `id` is outside the vocabulary
  public byte[] bytes(int id) {
    if (!has(id)) {
      throw new UserError(
          "token " + id,
          "not in the vocabulary",
          "0 to " + (numbers.length - 1),
          "Take the tokenizer that belongs to the model.");
    }
    return isSpecial(id)
        ? specialBytes.get(id).clone()
        : words.shown(merges.tokens().get(numbers[id]));
  }

  /// Number of ids, special tokens included: the highest id plus one.
  public int vocab() {
    return numbers.length;
  }

  /// The id of a special token.
  /// @throws UserError if there is none of that name
  public int special(String name) {
    Integer id = specials.get(name);
    if (id == null) {
      throw new UserError(
          "tokenizer",
          "no special token " + name,
          String.join(" ", specials.keySet()),
          "Take a tokenizer trained with it.");
    }
    return id;
  }

  /// All special tokens and their ids.
  public Map<String, Integer> specials() {
    return specials;
  }

  /// Whether `id` is a special token.
  public boolean isSpecial(int id) {
    return id >= 0 && specialIds.get(id);
  }

  /// Whether `id` stands for a token: files may leave gaps.
  public boolean has(int id) {
    return isSpecial(id) || id >= 0 && id < numbers.length && numbers[id] >= 0;
  }

  Words words() {
    return words;
  }

  Merges merges() {
    return merges;
  }

  /// Finds the names of special tokens in text: the leftmost, and of several there the longest.
  static final class SpecialNames {
    /// Which occurrences count.
    interface Meant {
      /// Whether the name in the characters from `from` to `to` (not included) is meant as a token.
      boolean token(int from, int to);
    }

    private final Map<Character, List<String>> byFirst = new LinkedHashMap<>();
    private final BitSet firsts = new BitSet();

    SpecialNames(Collection<String> names) {
      for (String name : names) {
        if (!name.isEmpty()) {
          byFirst.computeIfAbsent(name.charAt(0), _ -> new ArrayList<>()).add(name);
          firsts.set(name.charAt(0));
        }
      }
      byFirst
          .values()
          .forEach(list -> list.sort(Comparator.comparing(String::length).reversed()));
    }

    /// The first place from `from` on where a name could start, -1 if there is none.
    int next(String text, int from) {
      for (int i = from; i < text.length(); i++) {
        if (firsts.get(text.charAt(i))) {
          return i;
        }
      }
      return -1;
    }

    /// The longest name that starts at `at` and is meant, null if there is none.
    String at(String text, int at, Meant meant) {
      for (String name : byFirst.getOrDefault(text.charAt(at), List.of())) {
        if (text.startsWith(name, at) && meant.token(at, at + name.length())) {
          return name;
        }
      }
      return null;
    }
  }
}
