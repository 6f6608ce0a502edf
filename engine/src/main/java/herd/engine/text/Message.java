package herd.engine.text;

import java.util.Objects;

/// One turn of a dialogue.
/// @param role `system`, `user`, `assistant` or, for a tool's result, `ipython`
/// @param content what is said; special tokens in it are text
public record Message(String role, String content) {
  public Message {
    Objects.requireNonNull(role);
    Objects.requireNonNull(content);
  }
}
