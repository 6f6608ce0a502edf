package herd.tokens;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A file of tokens in a folder.
/// @param source that it belongs to
/// @param held whether its documents are held out from training
/// @param file relative to the folder
/// @param bytes of the documents' text as UTF-8
public record Shard(
    String source, boolean held, String file, long documents, long tokens, long bytes) {
  ObjectNode json() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("source", source)
        .put("held", held)
        .put("file", file)
        .put("documents", documents)
        .put("tokens", tokens)
        .put("bytes", bytes);
  }

  static Shard of(JsonNode json) {
    return new Shard(
        json.path("source").asString(""),
        json.path("held").asBoolean(),
        json.path("file").asString(""),
        json.path("documents").asLong(),
        json.path("tokens").asLong(),
        json.path("bytes").asLong());
  }
}
