package herd.study;

import herd.engine.UserError;
import herd.engine.io.WholeFile;
import herd.run.Disk;
import herd.run.Workspace;
import herd.scaling.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/// Outcomes as files of a stage: `runs.json`, and `runs.csv` as `herd scale fit` reads it.
public final class Findings {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private Findings() {}

  /// Writes both files and the counts.
  public static void write(Workspace workspace, List<Outcome> outcomes) {
    var csv = new StringBuilder("name,budget,flops,params,tokens,loss,seconds\n");
    var list = JsonNodeFactory.instance.arrayNode();
    long tokens = 0;
    for (var outcome : outcomes) {
      var run = outcome.run();
      csv.append(String.format(
          Locale.ROOT,
          "%s,%s,%s,%.0f,%.0f,%.6f,%.1f%n",
          outcome.plan().name(),
          outcome.plan().budget(),
          run.flops(),
          run.params(),
          run.tokens(),
          run.loss(),
          outcome.seconds()));
      list.add(outcome.json());
      tokens += outcome.plan().tokens();
    }
    Disk.write(workspace.result().resolve("runs.csv"), csv.toString());
    Disk.write(workspace.result().resolve("runs.json"), list.toPrettyString() + "\n");
    workspace
        .facts()
        .withObjectProperty("counts")
        .put("models", outcomes.size())
        .put("tokens", tokens);
  }

  /// The runs of a stage, each with the budget that it was planned for as its FLOPs, so that those
  /// of one budget are one.
  public static List<Run> runs(Path file) {
    var runs = new ArrayList<Run>();
    for (var each : read(file)) {
      runs.add(new Run(
          each.path("budget").asDouble(),
          each.path("params").asDouble(),
          each.path("tokens").asDouble(),
          each.path("loss").asDouble()));
    }
    return runs;
  }

  /// A JSON file of a stage's result.
  public static JsonNode read(Path file) {
    try {
      return JSON.readTree(Files.readString(file));
    } catch (IOException e) {
      throw WholeFile.unreadable(file, e);
    } catch (JacksonException e) {
      throw new UserError(file.toString(), "not JSON", "Remove its folder and run again.");
    }
  }
}
