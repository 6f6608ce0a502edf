package herd.engine.infer;

import herd.engine.UserError;
import herd.engine.model.Llama;
import herd.engine.text.Tokenizer;
import java.util.Arrays;

/// A small model that guesses ahead for a larger one, which checks all guesses in one step
/// (speculative decoding, arXiv 2211.17192). A guess is kept where it is the token that the larger
/// model chooses by itself, greedily or drawn by the request's seed: answers are the same with and
/// without it, to the token.
/// @param tokenizer the small model's, which must be the larger one's too; null for an engine
///     without tokenizer
/// @param tokens guessed at a time at most
public record DraftModel(Llama model, Tokenizer tokenizer, int tokens) {
  public DraftModel {
    if (tokens < 1) {
      throw new UserError("draft", tokens + " tokens", "1 or more", "Correct it.");
    }
  }

  /// @throws UserError if the larger model speaks of other tokens
  void check(Llama larger, Tokenizer its) {
    if (tokenizer == null || its == null) {
      int own = model.config().vocab();
      if (tokenizer != its || own != larger.config().vocab()) {
        throw different(own + " ids" + (tokenizer == null ? ", no tokenizer" : ""));
      }
      return;
    }
    if (tokenizer.vocab() != its.vocab()) {
      throw different(tokenizer.vocab() + " tokens beside " + its.vocab());
    }
    for (int id = 0; id < its.vocab(); id++) {
      boolean same = its.has(id) == tokenizer.has(id)
          && its.isSpecial(id) == tokenizer.isSpecial(id)
          && (!its.has(id) || Arrays.equals(its.bytes(id), tokenizer.bytes(id)));
      if (!same) {
        throw different("another token " + id);
      }
    }
  }

  private static UserError different(String found) {
    return new UserError(
        "draft model",
        found,
        "the same tokens as the model that it guesses for",
        "Take a smaller model of the same family.");
  }
}
