package herd.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import tools.jackson.databind.node.ObjectNode;

/// A stage as far as running it is concerned.
/// @param name of the stage and of its directory
/// @param kind what it is, for `stage.json`
/// @param version of its code: raised whenever the same settings would give another result
/// @param settings the resolved record
/// @param inputs names of the tasks whose results it reads
/// @param sources name to fingerprint of what it reads beside them
/// @param work does it
public record Task(
    String name,
    String kind,
    int version,
    ObjectNode settings,
    List<String> inputs,
    SortedMap<String, String> sources,
    Work work) {

  /// What a task does.
  @FunctionalInterface
  public interface Work {
    /// @param inputs name to directory of each result that the task reads
    void run(Workspace workspace, Map<String, Path> inputs) throws IOException;
  }
}
