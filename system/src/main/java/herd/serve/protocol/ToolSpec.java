package herd.serve.protocol;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A function that the model may call.
/// @param name letters, digits, `_` and `-`, at most 64
/// @param schema JSON Schema of its arguments
/// @param plain the tool as chat templates take it
public record ToolSpec(String name, JsonNode schema, Map<String, Object> plain) {
  static final int MOST = 128;

  /// The tools of a request, in order.
  static List<ToolSpec> list(Fields f) {
    var out = new ArrayList<ToolSpec>();
    var names = new TreeSet<String>();
    var nodes = f.list("tools", MOST);
    for (int i = 0; i < nodes.size(); i++) {
      var tool = of(nodes.get(i), f.name("tools[" + i + "]"));
      if (!names.add(tool.name)) {
        throw ApiError.invalid(
            "tools", "invalid_value", "Two tools have the name '" + tool.name + "'.");
      }
      out.add(tool);
    }
    f.refuse("functions", "use 'tools'.");
    f.refuse("function_call", "use 'tool_choice'.");
    return out;
  }

  private static ToolSpec of(JsonNode node, String path) {
    var tool = Fields.of(node, path);
    if (tool.choice("type", null, List.of("function")) == null) {
      throw ApiError.missing(tool.name("type"));
    }
    var function = tool.object("function");
    if (function == null) {
      throw ApiError.missing(tool.name("function"));
    }
    var name = function.text("name");
    if (!name.matches("[a-zA-Z0-9_-]{1,64}")) {
      throw ApiError.invalid(
          function.name("name"),
          "invalid_value",
          "Invalid '%s': '%s'. A name has 1 to 64 letters, digits, underscores and dashes."
              .formatted(function.name("name"), ApiError.shown(name)));
    }
    function.text("description", null);
    function.flag("strict", false);
    var schema = function.any("parameters");
    if (schema != null) {
      Fields.of(schema, function.name("parameters"));
    }
    function.end();
    tool.end();
    return new ToolSpec(name, schema, plain(node));
  }

  /// Names of the parameters, in order.
  public List<String> parameters() {
    var properties = schema == null ? null : schema.get("properties");
    return properties == null || !properties.isObject()
        ? List.of()
        : List.copyOf(properties.propertyNames());
  }

  /// JSON Schema of a call of one of `tools`, `{"name": …, "parameters": …}`: what a model has to
  /// write where it must call.
  public static JsonNode callSchema(List<ToolSpec> tools) {
    var out = JsonNodeFactory.instance.objectNode();
    var any = out.putArray("anyOf");
    for (int i = 0; i < tools.size(); i++) {
      var call = any.addObject().put("type", "object").put("additionalProperties", false);
      call.putArray("required").add("name").add("parameters");
      var properties = call.putObject("properties");
      properties.putObject("name").put("const", tools.get(i).name);
      var schema = tools.get(i).schema;
      if (schema == null) {
        properties.putObject("parameters").put("type", "object");
      } else {
        properties.set("parameters", moved(schema, "#/anyOf/" + i + "/properties/parameters"));
      }
    }
    return out;
  }

  /// A schema whose references to itself follow it to another place.
  private static JsonNode moved(JsonNode schema, String place) {
    var copy = schema.deepCopy();
    for (var node : copy.findParents("$ref")) {
      var reference = node.get("$ref");
      if (node instanceof ObjectNode object
          && reference.isString()
          && reference.stringValue().startsWith("#")) {
        object.put("$ref", place + reference.stringValue().substring(1));
      }
    }
    return copy;
  }

  private static Map<String, Object> plain(JsonNode node) {
    var function = new LinkedHashMap<String, Object>();
    for (var field : List.of("name", "description", "parameters")) {
      var value = node.get("function").get(field);
      if (value != null && !value.isNull()) {
        function.put(field, Plain.of(value));
      }
    }
    var out = new LinkedHashMap<String, Object>();
    out.put("type", "function");
    out.put("function", function);
    return out;
  }
}
