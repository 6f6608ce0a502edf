package herd.serve.protocol;

import java.util.ArrayList;
import java.util.List;

/// Which tools a model may or must call.
public sealed interface ToolChoice {
  /// The type of a choice among some of the tools.
  String SOME = "allowed_tools";

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
    if (some(choice)) {
      var mode = inside(choice, SOME).choice("mode", "auto", List.of("auto", "required"));
      return mode.equals("auto") ? new Auto() : new Required();
    }
    var name = function(choice, tools).name();
    choice.end();
    return new Named(name);
  }

  /// The tools that a choice of type `allowed_tools` leaves; with any other choice all of them.
  static List<ToolSpec> allowed(Fields f, List<ToolSpec> tools) {
    var node = f.any("tool_choice");
    if (node == null || !node.isObject()) {
      return tools;
    }
    var choice = Fields.of(node, "tool_choice");
    if (!some(choice)) {
      return tools;
    }
    var some = inside(choice, SOME);
    some.any("mode");
    var nodes = some.list("tools", ToolSpec.MOST);
    var out = new ArrayList<ToolSpec>();
    for (int i = 0; i < nodes.size(); i++) {
      var one = Fields.of(nodes.get(i), some.name("tools[" + i + "]"));
      one.choice("type", "function", List.of("function"));
      out.add(function(one, tools));
      one.end();
    }
    some.end();
    choice.end();
    return out;
  }

  private static boolean some(Fields choice) {
    return choice.choice("type", "function", List.of("function", SOME)).equals(SOME);
  }

  private static Fields inside(Fields choice, String field) {
    var inside = choice.object(field);
    if (inside == null) {
      throw ApiError.missing(choice.name(field));
    }
    return inside;
  }

  /// The tool that `choice.function.name` names.
  private static ToolSpec function(Fields choice, List<ToolSpec> tools) {
    var function = inside(choice, "function");
    var name = function.text("name");
    function.end();
    return tools.stream()
        .filter(tool -> tool.name().equals(name))
        .findFirst()
        .orElseThrow(() -> ApiError.invalid(
            "tool_choice",
            "invalid_value",
            "Tool choice '" + ApiError.shown(name) + "' not found in 'tools'."));
  }
}
