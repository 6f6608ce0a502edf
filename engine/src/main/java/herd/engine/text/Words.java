package herd.engine.text;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;

/// What a tokenizer does with text before and after it merges.
/// @param split how text is cut into pieces
/// @param nfc whether text is brought into Unicode's form C first (Qwen)
/// @param marks whether spaces are written as `▁` (SentencePiece)
/// @param prefix whether a text gets a space before it, which decoding takes off again
record Words(Split split, boolean nfc, boolean marks, boolean prefix) {
  static final char MARK = '\u2581';
  static final Words LLAMA3 = of(Split.LLAMA3);

  static Words of(Split split) {
    return new Words(split, false, false, false);
  }

  /// The bytes that are cut and merged.
  byte[] bytes(String text) {
    String changed = nfc ? Normalizer.normalize(text, Normalizer.Form.NFC) : text;
    if (marks) {
      changed = (prefix && !text.isEmpty() ? MARK + changed : changed).replace(' ', MARK);
    }
    return Utf8.encode(changed);
  }

  /// The bytes that a token of the vocabulary stands for.
  byte[] shown(byte[] token) {
    if (!marks) {
      return token;
    }
    String name = new String(token, StandardCharsets.UTF_8);
    return name.matches("<0x[0-9A-F]{2}>")
        ? new byte[] {(byte) Integer.parseInt(name.substring(3, 5), 16)}
        : Utf8.encode(name.replace(MARK, ' '));
  }
}
