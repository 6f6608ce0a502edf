package herd.serve;

import herd.engine.infer.Constraint;
import herd.serve.protocol.ApiError;
import herd.serve.protocol.ChatRequest;
import herd.serve.protocol.ResponseFormat;
import herd.serve.protocol.ToolChoice;

/// What an answer must look like, as the engine takes it.
final class Constraints {
  private Constraints() {}

  /// @return null if any text will do
  static Constraint of(ServedModel model, ChatRequest request) {
    if (request.toolChoice() instanceof ToolChoice.Required
        || request.toolChoice() instanceof ToolChoice.Named) {
      throw ApiError.unsupported("tool_choice", "Only 'none' and 'auto' are supported.");
    }
    return of(model, request.format());
  }

  static Constraint of(ServedModel model, ResponseFormat format) {
    if (!(format instanceof ResponseFormat.Text)) {
      throw ApiError.unsupported("response_format", "Only 'text' is supported.");
    }
    return null;
  }
}
