package herd.serve.protocol;

import tools.jackson.databind.node.ObjectNode;

/// Tokens of a request.
/// @param cached prompt tokens that did not have to be computed
public record Usage(long prompt, long completion, long cached) {
  /// The two together.
  public Usage plus(Usage other) {
    return new Usage(prompt + other.prompt, completion + other.completion, cached + other.cached);
  }

  ObjectNode into(ObjectNode out) {
    out.put("prompt_tokens", prompt)
        .put("completion_tokens", completion)
        .put("total_tokens", prompt + completion);
    out.putObject("prompt_tokens_details").put("cached_tokens", cached);
    return out;
  }
}
