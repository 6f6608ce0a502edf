package herd.serve.protocol;

import java.util.List;
import tools.jackson.databind.JsonNode;

/// The form that an answer must have.
public sealed interface ResponseFormat {
  /// Any text.
  record Text() implements ResponseFormat {}

  /// Any JSON object.
  record JsonObject() implements ResponseFormat {}

  /// JSON of this schema.
  record JsonSchema(String name, JsonNode schema) implements ResponseFormat {}

  /// Text that a regular expression matches (an extension: `guided_regex`).
  record Regex(String pattern) implements ResponseFormat {}

  /// Text of a grammar (an extension: `guided_grammar`).
  record Grammar(String text) implements ResponseFormat {}

  /// Reads `response_format`, or one of the `guided_…` extensions.
  static ResponseFormat of(Fields f) {
    var given = new java.util.ArrayList<ResponseFormat>();
    var format = f.object("response_format");
    if (format != null) {
      given.add(format(format));
    }
    var schema = f.any("guided_json");
    if (schema != null) {
      given.add(new JsonSchema("guided_json", schema(schema, "guided_json")));
    }
    if (f.has("guided_regex")) {
      given.add(new Regex(f.text("guided_regex")));
    }
    if (f.has("guided_grammar")) {
      given.add(new Grammar(f.text("guided_grammar")));
    }
    if (given.size() > 1) {
      throw ApiError.invalid(
          "response_format",
          "invalid_value",
          "Only one of 'response_format', 'guided_json', 'guided_regex' and 'guided_grammar' is allowed.");
    }
    return given.isEmpty() ? new Text() : given.getFirst();
  }

  private static ResponseFormat format(Fields format) {
    var kind = format.choice("type", null, List.of("text", "json_object", "json_schema"));
    if (kind == null) {
      throw ApiError.missing("response_format.type");
    }
    var out =
        switch (kind) {
          case "json_object" -> new JsonObject();
          case "json_schema" -> jsonSchema(format);
          default -> new Text();
        };
    format.end();
    return out;
  }

  private static ResponseFormat jsonSchema(Fields format) {
    var given = format.object("json_schema");
    if (given == null) {
      throw ApiError.missing("response_format.json_schema");
    }
    var name = given.text("name", "answer");
    given.ignore("description", "strict");
    var schema = given.any("schema");
    if (schema == null) {
      throw ApiError.missing("response_format.json_schema.schema");
    }
    given.end();
    return new JsonSchema(name, schema(schema, "response_format.json_schema.schema"));
  }

  private static JsonNode schema(JsonNode node, String name) {
    if (!node.isObject() && !node.isBoolean()) {
      throw ApiError.wrongType(name, "an object", Fields.kind(node));
    }
    return node;
  }
}
