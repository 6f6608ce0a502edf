package herd.train;

import herd.engine.text.Dialog;
import java.util.Objects;

/// A dialogue as training sees it.
/// @param tokens ids, from the begin token on
/// @param learnt for each token whether the model learns to say it; the first cannot be
public record Example(int[] tokens, boolean[] learnt) {
  public Example {
    if (tokens.length != learnt.length || tokens.length < 2) {
      throw new IllegalArgumentException(tokens.length + " tokens, " + learnt.length + " marks");
    }
  }

  /// For supervised fine-tuning: everything that the assistant says, the end of its turns
  /// included (Llama 3 paper, section 4.1.3: prompts masked).
  public static Example tuning(Dialog dialog) {
    return new Example(dialog.ids(), dialog.mask("assistant", true));
  }

  /// For preferences: the content of the last answer, without header and end tokens, which both
  /// answers have in common (Llama 3 paper, section 4.1.4).
  public static Example preference(Dialog dialog) {
    int last = dialog.messages().size() - 1;
    var learnt = dialog.mask("assistant", false);
    for (int i = 0; i < learnt.length; i++) {
      learnt[i] &= dialog.turns()[i] == last;
    }
    return new Example(dialog.ids(), learnt);
  }

  /// Number of tokens.
  int length() {
    return tokens.length;
  }

  /// Number of tokens that are learnt.
  int learntTokens() {
    int count = 0;
    for (int i = 1; i < learnt.length; i++) {
      count += learnt[i] ? 1 : 0;
    }
    return count;
  }

  /// Copies the tokens to `ids[at …]` and what is learnt at each place to `targets[at …]`.
  void put(int[] ids, int[] targets, int at) {
    Objects.checkFromIndexSize(at, tokens.length, ids.length);
    System.arraycopy(tokens, 0, ids, at, tokens.length);
    for (int i = 1; i <= tokens.length; i++) {
      targets[at + i - 1] = i < tokens.length && learnt[i] ? tokens[i] : -1;
    }
  }
}
