package herd.data;

import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import herd.run.Workspace;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// Curation from archives to clean documents (Llama 3 paper, section 3.1): the steps in the
/// recipe's order, then the hold-out split.
///
/// Leaves `train.parquet`, `holdout.parquet` ([DocFile]) and `rejected.jsonl`, the first documents
/// that each step dropped for each reason.
/// @param maxBytes an entry larger than this is dropped unread
/// @param steps in order
/// @param holdout what no later stage learns from
@About("from archives of pages and code to clean documents")
public record Curation(
    @About("a page or file larger than this is dropped unread") @Default("16M")
    long maxBytes,

    @About("steps, in order") List<Step> steps,
    @About("hold-out split") @Default("{share: 0.05}") Holdout holdout) {
  public Curation {
    steps = List.copyOf(steps);
    if (maxBytes < 1 || maxBytes > Integer.MAX_VALUE / 2) {
      throw new UserError("maxBytes", "" + maxBytes, "1 to 1G", "The usual is 16M.");
    }
  }

  /// Curates the archives into the workspace's result directory.
  /// @throws UserError if an archive is damaged, or nothing is left for training or hold-out
  public void run(Workspace workspace, List<Path> archives) {
    var pipeline = new Pipeline(steps, maxBytes, workspace.progress());
    var train = new ArrayList<Doc>();
    var held = new ArrayList<Doc>();
    var funnel = pipeline.funnel();
    for (var doc : pipeline.run(archives)) {
      boolean out = holdout.holds(doc.group(), workspace.seed());
      (out ? held : train).add(doc);
      long bytes = Funnel.bytes(doc.text());
      if (out) {
        funnel.dropped("holdout", "held-out", doc.id(), Funnel.head(doc.text()), bytes);
      } else {
        funnel.kept("holdout", bytes);
        funnel.sample("holdout", doc);
      }
    }
    if (held.isEmpty() || train.isEmpty()) {
      throw new UserError(
          "holdout.share",
          holdout.share() + " of so few classes leaves " + held.size() + " documents held out",
          "a share that leaves documents on both sides",
          "Raise the share or give more sources.");
    }
    DocFile.write(workspace.result().resolve("train.parquet"), train);
    DocFile.write(workspace.result().resolve("holdout.parquet"), held);
    var names = new ArrayList<>(pipeline.names());
    names.add("holdout");
    funnel.writeTo(workspace.facts(), names);
    writeRejected(workspace.result().resolve("rejected.jsonl"), workspace.facts());
    count(workspace.facts(), "train", train);
    count(workspace.facts(), "holdout", held);
  }

  private static void count(ObjectNode facts, String side, List<Doc> docs) {
    facts
        .withObject("/counts")
        .put(side + "Documents", docs.size())
        .put(
            side + "Bytes",
            docs.stream().mapToLong(doc -> Funnel.bytes(doc.text())).sum());
  }

  private static void writeRejected(Path path, ObjectNode facts) {
    try (BufferedWriter out = Files.newBufferedWriter(path)) {
      for (var sample : facts.get("samples")) {
        if (!sample.get("kept").asBoolean()) {
          out.write(sample.toString());
          out.newLine();
        }
      }
    } catch (IOException e) {
      throw new UserError(
          path.toString(), "cannot be written (" + e.getMessage() + ")", "Free space there.");
    }
  }
}
