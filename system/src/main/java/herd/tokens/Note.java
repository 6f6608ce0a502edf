package herd.tokens;

import herd.engine.UserError;
import herd.run.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/// How far a portion is: what is written of it, and where its files go on.
/// @param file number in the portion of the file that is read on
/// @param item of that file with which to go on
/// @param cuts how often shards were completed
/// @param shards that are complete
/// @param dropped documents that gave no tokens, by reason
/// @param done whether nothing is left
record Note(
    int file, long item, int cuts, List<Shard> shards, Map<String, Long> dropped, boolean done) {
  private static final JsonMapper JSON = JsonMapper.shared();

  Note {
    shards = List.copyOf(shards);
    dropped = new TreeMap<>(dropped);
  }

  static Note read(Path note) {
    if (!Files.exists(note)) {
      return new Note(0, 0, 0, List.of(), Map.of(), false);
    }
    try {
      var json = JSON.readTree(Files.readString(note));
      var shards = new ArrayList<Shard>();
      json.path("shards").forEach(each -> shards.add(Shard.of(each)));
      var dropped = new TreeMap<String, Long>();
      json.path("dropped")
          .properties()
          .forEach(each -> dropped.put(each.getKey(), each.getValue().asLong()));
      return new Note(
          json.path("file").asInt(),
          json.path("item").asLong(),
          json.path("cuts").asInt(),
          shards,
          dropped,
          json.path("done").asBoolean());
    } catch (IOException e) {
      throw Disk.trouble(e, note);
    } catch (JacksonException e) {
      throw new UserError(
          note.toString(), "damaged", "Delete the folder and run the command again.");
    }
  }

  void write(Path note) {
    var json = JsonNodeFactory.instance
        .objectNode()
        .put("file", file)
        .put("item", item)
        .put("cuts", cuts)
        .put("done", done);
    var list = json.putArray("shards");
    shards.forEach(shard -> list.add(shard.json()));
    var reasons = json.putObject("dropped");
    dropped.forEach(reasons::put);
    Disk.write(note, json.toString());
  }
}
