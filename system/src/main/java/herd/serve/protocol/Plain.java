package herd.serve.protocol;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import tools.jackson.databind.JsonNode;

/// JSON as maps, lists, strings, longs, doubles, booleans and null: what chat templates and
/// grammars take.
final class Plain {
  private Plain() {}

  static Object of(JsonNode node) {
    if (node.isObject()) {
      var out = new LinkedHashMap<String, Object>();
      node.properties().forEach(field -> out.put(field.getKey(), of(field.getValue())));
      return out;
    }
    if (node.isArray()) {
      var out = new ArrayList<Object>();
      node.forEach(element -> out.add(of(element)));
      return out;
    }
    if (node.isString()) {
      return node.stringValue();
    }
    if (node.isBoolean()) {
      return node.booleanValue();
    }
    if (node.isNumber()) {
      boolean whole = node.isIntegralNumber() && node.canConvertToLong();
      return whole ? (Object) node.longValue() : (Object) node.doubleValue();
    }
    return null;
  }

  /// @throws ApiError if `json` is no JSON object
  static Object parse(String json) {
    return of(Fields.tree(json.getBytes(StandardCharsets.UTF_8)));
  }
}
