package herd.engine.text;

import herd.engine.UserError;
import herd.engine.io.JsonValue;
import java.util.List;
import java.util.Map;

/// What `tokenizer.json` says about text before it is merged. What is not known is an error.
final class WordsJson {
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
      } else if (type.equals("ByteLevel") && !step.find("add_prefix_space").bool(true) && !bytes) {
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
          json.where(), "spaces are not marked", "Only Llama 2's kind of byte fallback is known.");
    }
    return new Words(Split.WHOLE, false, true, prefix);
  }

  /// The ids of the tokens `<0x00>` … `<0xFF>`.
  static int[] fallback(Map<String, Integer> byName, String where) {
    var out = new int[256];
    for (int b = 0; b < 256; b++) {
      Integer id = byName.get("<0x%02X>".formatted(b));
      if (id == null) {
        throw new UserError(
            where, "no token <0x%02X>".formatted(b), "Byte fallback needs all 256.");
      }
      out[b] = id;
    }
    return out;
  }
}
