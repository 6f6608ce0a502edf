package herd.serve.protocol;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// A prompt as text or as token ids.
public sealed interface Prompt {
  /// Text, to be tokenized.
  record Text(String text) implements Prompt {}

  /// Tokens, taken as they are.
  record Ids(int... ids) implements Prompt {}

  /// One prompt or several: a string, an array of strings, of ids, or of arrays of ids.
  static List<Prompt> list(Fields f, String name, int most) {
    var node = f.any(name);
    if (node == null) {
      throw ApiError.missing(name);
    }
    if (node.isString()) {
      return List.of(new Text(node.stringValue()));
    }
    if (!node.isArray()) {
      throw ApiError.wrongType(name, "a string or an array", Fields.kind(node));
    }
    if (node.isEmpty()) {
      throw ApiError.invalid(name, "empty_array", "Invalid '" + name + "': empty array.");
    }
    if (node.get(0).isNumber()) {
      return List.of(ids(node, name));
    }
    var prompts = new ArrayList<Prompt>();
    var nodes = Fields.list(node, name, most);
    for (int i = 0; i < nodes.size(); i++) {
      var one = nodes.get(i);
      var at = name + "[" + i + "]";
      prompts.add(one.isArray() ? ids(one, at) : new Text(Fields.text(one, at)));
    }
    return prompts;
  }

  private static Ids ids(JsonNode array, String name) {
    var ids = new int[array.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = (int) Fields.whole(array.get(i), name + "[" + i + "]", 0, Integer.MAX_VALUE);
    }
    return new Ids(ids);
  }
}
