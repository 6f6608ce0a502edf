package herd.serve.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeType;

/// One object of a request, read strictly: a wrong type, a value outside its range and an unknown
/// name are errors that name the parameter. `null` counts as absent.
public final class Fields {
  private static final int DEPTH = 100;
  private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(StreamReadConstraints.builder()
              .maxNestingDepth(DEPTH)
              .maxStringLength(Integer.MAX_VALUE)
              .build())
          .build())
      .build();

  private final JsonNode object;
  private final String path;
  private final Set<String> asked = new TreeSet<>();

  private Fields(JsonNode object, String path) {
    this.object = object;
    this.path = path;
  }

  /// The object that `body` is.
  /// @throws ApiError if it is no JSON or no object
  public static Fields parse(byte[] body) {
    return new Fields(tree(body), "");
  }

  /// As [#parse], the tree itself.
  static JsonNode tree(byte[] body) {
    JsonNode node;
    try {
      node = MAPPER.readTree(body);
    } catch (JacksonException e) {
      throw ApiError.invalid(
          null,
          "invalid_json",
          "We could not parse the JSON body of your request: "
              + ApiError.shown(e.getOriginalMessage()) + at(e));
    }
    if (node == null || !node.isObject()) {
      throw ApiError.invalid(
          null, "invalid_json", "The body of your request must be a JSON object.");
    }
    return node;
  }

  private static String at(JacksonException e) {
    var place = e.getLocation();
    return place == null
        ? ""
        : " (line %d, column %d)".formatted(place.getLineNr(), place.getColumnNr());
  }

  static Fields of(JsonNode node, String path) {
    if (!node.isObject()) {
      throw ApiError.wrongType(path, "an object", kind(node));
    }
    return new Fields(node, path);
  }

  /// The full name of a field: `messages[0].content`.
  String name(String field) {
    return path.isEmpty() ? field : path + "." + field;
  }

  /// The field's value, null if it is absent or `null`.
  JsonNode any(String field) {
    asked.add(field);
    var node = object.get(field);
    return node == null || node.isNull() ? null : node;
  }

  boolean has(String field) {
    return any(field) != null;
  }

  /// A text that must be there.
  /// @throws ApiError if it is absent or something else
  public String text(String field) {
    var text = text(field, null);
    if (text == null) {
      throw ApiError.missing(name(field));
    }
    return text;
  }

  /// A text, or `otherwise` where it is absent.
  public String text(String field, String otherwise) {
    var node = any(field);
    return node == null ? otherwise : text(node, name(field));
  }

  static String text(JsonNode node, String name) {
    if (!node.isString()) {
      throw ApiError.wrongType(name, "a string", kind(node));
    }
    return node.stringValue();
  }

  /// One of `allowed`.
  String choice(String field, String otherwise, List<String> allowed) {
    var text = text(field, otherwise);
    if (text != null && !allowed.contains(text)) {
      throw ApiError.invalid(
          name(field),
          "invalid_value",
          "Invalid value for '%s': '%s'. Supported values are: %s."
              .formatted(name(field), ApiError.shown(text), String.join(", ", allowed)));
    }
    return text;
  }

  boolean flag(String field, boolean otherwise) {
    var node = any(field);
    if (node != null && !node.isBoolean()) {
      throw ApiError.wrongType(name(field), "a boolean", kind(node));
    }
    return node == null ? otherwise : node.booleanValue();
  }

  int whole(String field, int least, int most, int otherwise) {
    var node = any(field);
    return node == null ? otherwise : (int) whole(node, name(field), least, most);
  }

  static long whole(JsonNode node, String name, long least, long most) {
    if (!node.isIntegralNumber()) {
      throw ApiError.wrongType(name, "an integer", kind(node));
    }
    // A number too large for its type is out of range, not wrapped around.
    if (!node.canConvertToLong() || node.longValue() > most || node.longValue() < least) {
      boolean below =
          node.decimalValue().signum() < 0 || node.canConvertToLong() && node.longValue() < least;
      throw range(name, "integer", below, below ? "" + least : "" + most, node);
    }
    return node.longValue();
  }

  double number(String field, double least, double most, double otherwise) {
    var node = any(field);
    return node == null ? otherwise : number(node, name(field), least, most);
  }

  static double number(JsonNode node, String name, double least, double most) {
    if (!node.isNumber()) {
      throw ApiError.wrongType(name, "a decimal", kind(node));
    }
    double value = node.doubleValue();
    if (!(value >= least && value <= most)) {
      boolean below = value < least;
      throw range(name, "decimal", below, "" + (below ? least : most), node);
    }
    return value;
  }

  private static ApiError range(
      String name, String kind, boolean below, String bound, JsonNode found) {
    return ApiError.invalid(
        name,
        kind + (below ? "_below_min_value" : "_above_max_value"),
        "Invalid '%s': %s %s value. Expected a value %s %s, but got %s instead."
            .formatted(
                name,
                kind,
                below ? "below minimum" : "above maximum",
                below ? ">=" : "<=",
                bound,
                ApiError.shown(found.toString())));
  }

  /// The elements of an array of at most `most`; an empty list if it is absent.
  List<JsonNode> list(String field, int most) {
    var node = any(field);
    return node == null ? List.of() : list(node, name(field), most);
  }

  static List<JsonNode> list(JsonNode node, String name, int most) {
    if (!node.isArray()) {
      throw ApiError.wrongType(name, "an array", kind(node));
    }
    if (node.size() > most) {
      throw ApiError.invalid(
          name,
          "array_above_max_length",
          "Invalid '%s': array too long. Expected an array with maximum length %d, but got an array with length %d instead."
              .formatted(name, most, node.size()));
    }
    var out = new ArrayList<JsonNode>(node.size());
    node.forEach(out::add);
    return out;
  }

  /// The object under a name, null if it is absent.
  Fields object(String field) {
    var node = any(field);
    return node == null ? null : of(node, name(field));
  }

  /// Refuses what this server does not do, if it is asked for.
  void refuse(String field, String why) {
    if (has(field)) {
      throw ApiError.unsupported(
          name(field), "'%s' is not supported: %s".formatted(name(field), why));
    }
  }

  /// Takes note of names that change nothing here.
  void ignore(String... fields) {
    for (var field : fields) {
      asked.add(field);
    }
  }

  /// Refuses names that nobody asked for.
  /// @throws ApiError naming the first
  public void end() {
    for (var field : object.propertyNames()) {
      if (!asked.contains(field)) {
        throw ApiError.invalid(
            ApiError.shown(name(field)),
            "unknown_parameter",
            "Unknown parameter: '" + ApiError.shown(name(field)) + "'.");
      }
    }
  }

  static String kind(JsonNode node) {
    return switch (node.getNodeType()) {
      case JsonNodeType.STRING -> "a string";
      case JsonNodeType.NUMBER -> node.isIntegralNumber() ? "an integer" : "a decimal";
      case JsonNodeType.BOOLEAN -> "a boolean";
      case JsonNodeType.ARRAY -> "an array";
      case JsonNodeType.OBJECT, JsonNodeType.POJO -> "an object";
      case JsonNodeType.NULL, JsonNodeType.MISSING -> "null";
      case JsonNodeType.BINARY -> "bytes";
    };
  }
}
