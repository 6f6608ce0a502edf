package herd.serve.protocol;

import java.util.List;

/// A body of `/v1/completions`.
/// @param logProbs how many likely tokens are wanted beside each token, -1 for no
/// log-probabilities
/// @param echo whether the prompt comes back before the answer, with its log-probabilities if those
/// are wanted
/// @param addSpecials whether a text prompt is preceded by the model's begin token
/// @param specials whether special tokens written out in a text prompt are such tokens, as in
/// templates that the client fills in itself (an extension: `parse_special_tokens`)
public record CompletionRequest(
    String model,
    List<Prompt> prompts,
    Drawing drawing,
    ResponseFormat format,
    int logProbs,
    boolean echo,
    boolean addSpecials,
    boolean specials) {
  private static final int DEFAULT_TOKENS = 16;
  private static final int MOST_PROMPTS = 2048;

  /// @throws ApiError that names the first fault
  public static CompletionRequest of(Fields f) {
    var model = f.text("model");
    var prompts = Prompt.list(f, "prompt", MOST_PROMPTS);
    int maxTokens = f.whole("max_tokens", 0, Integer.MAX_VALUE, DEFAULT_TOKENS);
    var drawing = Drawing.of(f, maxTokens);
    boolean echo = f.flag("echo", false);
    if (maxTokens == 0 && !echo) {
      throw ApiError.invalid(
          "max_tokens", "invalid_value", "'max_tokens' 0 is only allowed when 'echo' is enabled.");
    }
    if (echo && drawing.stream()) {
      throw ApiError.unsupported("echo", "'echo' is not supported together with 'stream'.");
    }
    if (f.whole("best_of", 1, Integer.MAX_VALUE, drawing.n()) != drawing.n()) {
      throw ApiError.unsupported("best_of", "'best_of' other than 'n' is not supported.");
    }
    f.refuse("suffix", "these models do not fill in.");
    var out = new CompletionRequest(
        model,
        prompts,
        drawing,
        ResponseFormat.of(f),
        f.whole("logprobs", 0, ChatRequest.MOST_TOP, -1),
        echo,
        f.flag("add_special_tokens", true),
        f.flag("parse_special_tokens", true));
    f.end();
    return out;
  }
}
