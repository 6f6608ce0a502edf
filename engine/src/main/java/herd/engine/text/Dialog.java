package herd.engine.text;

import java.util.List;

/// A dialogue as tokens, with what each token is for: training masks are made from it.
/// @param messages the turns
/// @param ids the tokens
/// @param parts of each token
/// @param turns of each token, the index of its message; -1 for the first token and for the
/// header that asks for an answer
public record Dialog(List<Message> messages, int[] ids, Part[] parts, int[] turns) {
  /// What a token is for.
  public enum Part {
    /// Begin of text, and role headers with the empty line after them.
    HEADER,
    /// What somebody said.
    CONTENT,
    /// The end of a turn.
    END
  }

  /// Marks the tokens that a message of `role` consists of: its content and, if `ends`, the
  /// token that ends it (an assistant learns to stop; preference training leaves the formatting
  /// tokens out, Llama 3 paper, section 4.1.4).
  public boolean[] mask(String role, boolean ends) {
    var mask = new boolean[ids.length];
    for (int i = 0; i < ids.length; i++) {
      boolean part = parts[i] == Part.CONTENT || ends && parts[i] == Part.END;
      mask[i] = part && messages.get(turns[i]).role().equals(role);
    }
    return mask;
  }
}
