package herd.serve.protocol;

import java.util.List;

/// Which tools a model may or must call.
public sealed interface ToolChoice {
  /// Text only.
  record None() implements ToolChoice {}

  /// As the model likes.
  record Auto() implements ToolChoice {}

  /// At least one call of any tool.
  record Required() implements ToolChoice {}

  /// A call of this tool.
  record Named(String name) implements ToolChoice {}

  /// Reads `tool_choice`, by default `auto` where there are tools.
  static ToolChoice of(Fields f, List<ToolSpec> tools) {
    var node = f.any("tool_choice");
    if (node == null) {
      return tools.isEmpty() ? new None() : new Auto();
    }
    var choice = node.isString() ? word(f) : named(Fields.of(node, "tool_choice"), tools);
    if (tools.isEmpty() && !(choice instanceof None)) {
      throw ApiError.invalid(
          "tool_choice",
          "invalid_value",
          "'tool_choice' is only allowed when 'tools' are specified.");
    }
    return choice;
  }

  private static ToolChoice word(Fields f) {
    return switch (f.choice("tool_choice", "auto", List.of("none", "auto", "required"))) {
      case "none" -> new None();
      case "required" -> new Required();
      default -> new Auto();
    };
  }

  private static ToolChoice named(Fields choice, List<ToolSpec> tools) {
    choice.choice("type", "function", List.of("function"));
    var function = choice.object("function");
    if (function == null) {
      throw ApiError.missing("tool_choice.function");
    }
    var name = function.text("name");
    function.end();
    choice.end();
    if (tools.stream().noneMatch(tool -> tool.name().equals(name))) {
      throw ApiError.invalid(
          "tool_choice",
          "invalid_value",
          "Tool choice '" + ApiError.shown(name) + "' not found in 'tools'.");
    }
    return new Named(name);
  }
}
