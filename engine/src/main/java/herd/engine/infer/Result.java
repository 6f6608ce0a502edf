package herd.engine.infer;

import java.util.List;

/// An answer.
/// @param ids generated tokens, a stop token left out; those of a stop string are among them
/// @param text of the answer, special tokens left out, ending before a stop string
/// @param rest the end of `text` that no token's delta has brought
/// @param finish why it ended
/// @param stop the stop string that ended it, null if none did
/// @param stopToken the stop token that ended it, with its likelihood; null if none did
/// @param tokens what the listener heard
/// @param prompt likelihoods of the prompt's tokens from the place on that was asked for, the first
///     of all having none (`logProb` NaN); empty if not asked for
/// @param promptTokens tokens of the prompt
/// @param cachedTokens how many of them were not computed, since their keys and values were kept
/// @param draftedTokens tokens that were guessed ahead
/// @param acceptedTokens how many of them were right
/// @param embedding the prompt's vector `[dim]` if one was asked for, else null
/// @param failure what went wrong where `finish` is [Finish#FAILED], else null
public record Result(
    int[] ids,
    String text,
    String rest,
    Finish finish,
    String stop,
    Token stopToken,
    List<Token> tokens,
    List<Token> prompt,
    int promptTokens,
    int cachedTokens,
    int draftedTokens,
    int acceptedTokens,
    float[] embedding,
    Throwable failure) {}
