package herd.engine.text;

import herd.engine.UserError;
import herd.engine.io.Gguf;
import herd.engine.io.JsonValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;

/// Tokenizers inside GGUF files, as llama.cpp keeps those of Llama 2 and 3 and their relatives.
public final class GgufTokenizer {
  private static final String PREFIX = "tokenizer.ggml.";
  private static final int NORMAL = 1;
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int USER_DEFINED = 4;
  private static final int UNUSED = 5;
  private static final int BYTE = 6;

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
    out.put(PREFIX + "pre", name(tokenizer.words().split()));
    out.put(PREFIX + "tokens", tokens);
    out.put(PREFIX + "token_type", types);
    out.put(PREFIX + "merges", TokenizerJson.merges(tokenizer));
    put(out, "bos_token_id", tokenizer, "<|begin_of_text|>");
    put(out, "eos_token_id", tokenizer, "<|end_of_text|>");
    put(out, "eos_token_id", tokenizer, "<|eot_id|>"); // what ends an answer, where there is one
    put(out, "eot_token_id", tokenizer, "<|eot_id|>");
    put(out, "eom_token_id", tokenizer, "<|eom_id|>");
    out.put(PREFIX + "add_bos_token", out.containsKey(PREFIX + "bos_token_id"));
    if (tokenizer.specials().keySet().containsAll(ChatFormat.NEEDS)) {
      out.put("tokenizer.chat_template", ChatFormat.TEMPLATE);
    }
    return out;
  }

  /// llama.cpp's name of a split.
  private static String name(Split split) {
    return switch (split) {
      case LLAMA3 -> "llama-bpe";
      case QWEN2 -> "qwen2";
      case GPT2 -> "gpt-2";
      case SMOLLM -> "smollm";
      case WHOLE ->
        throw new UserError(
            "tokenizer",
            "a tokenizer of Llama 2's kind",
            "Convert the model with llama.cpp's converter.");
    };
  }

  private static Split split(JsonValue name) {
    return switch (name.string()) {
      case "llama-bpe", "llama3", "llama-v3" -> Split.LLAMA3;
      case "qwen2", "deepseek-r1-qwen" -> Split.QWEN2;
      case "gpt-2", "gpt2" -> Split.GPT2;
      case "smollm" -> Split.SMOLLM;
      default -> throw name.wrong("llama-bpe, qwen2, smollm or gpt-2");
    };
  }

  private static void put(Map<String, Object> out, String key, Tokenizer tokenizer, String name) {
    Integer id = tokenizer.specials().get(name);
    if (id != null) {
      out.put(PREFIX + key, id);
    }
  }

  /// The tokenizer of a GGUF file.
  /// @throws UserError naming file and key, also for tokenizers of other kinds
  public static Tokenizer of(Gguf gguf) {
    var model = gguf.get(PREFIX + "model");
    boolean characters = model.string().equals("llama");
    if (!characters && !model.string().equals("gpt2")) {
      throw model.wrong("gpt2 or llama");
    }
    var words = characters
        ? new Words(
            Split.WHOLE, false, true, gguf.find(PREFIX + "add_space_prefix").bool(true))
        : Words.of(split(gguf.get(PREFIX + "pre")));
    var names = gguf.get(PREFIX + "tokens");
    var texts = names.texts();
    int count = texts.size();
    int[] types = types(gguf.find(PREFIX + "token_type"), count);
    var tokens = new ByteStrings(count, 8 * count);
    var ids = new Ints();
    ids.reserve(count);
    var specials = new LinkedHashMap<String, Integer>();
    var word = new byte[256];
    for (int id = 0; id < count; id++) {
      int from = texts.start(id);
      int length = texts.end(id) - from;
      int kind = types == null ? NORMAL : types[id];
      if (length > word.length) {
        word = new byte[2 * length];
      }
      int end = -1;
      if (characters && (kind == NORMAL || kind == BYTE)) {
        System.arraycopy(texts.bytes(), from, word, 0, length);
        end = length;
      } else if (kind == NORMAL) {
        end = ByteAlphabet.read(texts.bytes(), from, from + length, word, 0);
      }
      if (end > 0) {
        if (tokens.add(word, 0, end) != ids.size()) {
          throw names.list().get(id).wrong("a token that does not stand further up");
        }
        ids.add(id);
      } else if (kind == NORMAL
          || kind == UNKNOWN && length > 0
          || kind == CONTROL
          || kind == USER_DEFINED) {
        specials.putIfAbsent(texts.get(id), id);
      }
    }
    if (characters) {
      var fallback = TokenizerJson.WordsJson.fallback(
          tokens, ids.toArray(), gguf.file() + ", key '" + PREFIX + "tokens'");
      var merges = byScore(tokens, ids.toArray(), gguf.get(PREFIX + "scores"), fallback);
      return new Tokenizer(merges, specials, words);
    }
    boolean whole = words.split() == Split.LLAMA3;
    var merges =
        TokenizerJson.merges(gguf.get(PREFIX + "merges"), tokens, ids.toArray(), whole, null);
    return new Tokenizer(merges, specials, words);
  }

  /// What kind of token each is; null if the file does not say.
  private static int[] types(JsonValue types, int count) {
    if (types.isNull()) {
      return null;
    }
    if (types.items().size() != count) {
      throw new UserError(
          types.where(),
          types.items().size() + " types",
          count + ", one for each token",
          "Convert the model again.");
    }
    return types.integers(Integer.MIN_VALUE, Integer.MAX_VALUE);
  }

  /// SentencePiece's merges: any two tokens whose union is a token, the best score first.
  private static Merges byScore(ByteStrings tokens, int[] ids, JsonValue scores, int[] fallback) {
    var score = scores.list();
    var order = new Integer[tokens.size()];
    var values = new double[tokens.size()];
    for (int t = 0; t < order.length; t++) {
      order[t] = t;
      if (ids[t] >= score.size()) {
        throw scores.wrong("a score for each token");
      }
      values[t] = score.get(ids[t]).number();
    }
    Arrays.sort(order, Comparator.comparingDouble((Integer t) -> -values[t]));
    var pairs = new PairTable();
    var results = new Ints();
    var ranks = new Ints();
    int rank = 0;
    for (int i = 0; i < order.length; i++) {
      int t = order[i];
      rank = i > 0 && values[t] == values[order[i - 1]] ? rank : i;
      byte[] token = tokens.get(t);
      if (isByte(token)) {
        continue;
      }
      for (int cut = 1; cut < token.length; cut++) {
        int left = tokens.find(token, 0, cut);
        int right = tokens.find(token, cut, token.length);
        if (left >= 0 && right >= 0 && pairs.add(ids[left], ids[right]) == results.size()) {
          results.add(ids[t]);
          ranks.add(rank);
        }
      }
    }
    return new Merges(tokens, ids, pairs, results.toArray(), ranks.toArray(), false, fallback);
  }

  private static boolean isByte(byte[] token) {
    return token.length == 6 && token[0] == '<' && token[1] == '0' && token[2] == 'x';
  }
}
