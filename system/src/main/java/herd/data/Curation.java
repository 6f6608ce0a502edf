package herd.data;

import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import herd.run.Disk;
import herd.run.Workspace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// Curation from archives to clean documents (Llama 3 paper, section 3.1): the steps in the
/// recipe's order, then the hold-out split.
///
/// Leaves `train.parquet`, `holdout.parquet` ([DocFile]) and `rejected.jsonl`, examples
/// of what each step dropped for each reason.
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

  /// Curates the archives into the workspace's result directory, and leaves `counts`, `funnel` and
  /// `samples` in its facts.
  /// @param archives older versions first: of two with the same page the later one counts
  /// @throws UserError if an archive is damaged, nothing is left for training or hold-out, or the
  ///     disk is full
  public void run(Workspace workspace, List<Path> archives) {
    int threads = Runtime.getRuntime().availableProcessors();
    try (var source = JarSource.open(archives, maxBytes)) {
      var pipeline = new Pipeline(steps, threads, workspace.seed());
      split(workspace, pipeline.run(source, workspace.progress()));
    }
  }

  private void split(Workspace workspace, Pipeline.Result result) {
    var tally = new Tally(List.of("holdout"), workspace.seed());
    var train = new ArrayList<Doc>();
    var held = new ArrayList<Doc>();
    for (var doc : result.documents()) {
      if (holdout.holds(doc.group(), workspace.seed())) {
        held.add(doc);
        tally.dropped(0, "held-out", doc, doc.text());
      } else {
        train.add(doc);
        tally.kept(0, doc, false);
      }
    }
    if (held.isEmpty() || train.isEmpty()) {
      throw new UserError(
          "holdout.share",
          holdout.share() + " of so few classes leaves " + held.size() + " documents held out of "
              + result.documents().size(),
          "a share that leaves documents on both sides",
          "Change the share or the seed, or give more sources.");
    }
    DocFile.write(workspace.result().resolve("train.parquet"), train);
    DocFile.write(workspace.result().resolve("holdout.parquet"), held);
    var funnel = result.funnel().then(tally.funnel());
    funnel.writeTo(workspace.facts());
    Disk.write(workspace.result().resolve("rejected.jsonl"), funnel.rejected());
    count(workspace.facts(), "train", train);
    count(workspace.facts(), "holdout", held);
  }

  private static void count(ObjectNode facts, String side, List<Doc> docs) {
    long bytes = docs.stream().mapToLong(doc -> Tally.utf8Length(doc.text())).sum();
    facts.withObject("/counts").put(side + "Documents", docs.size()).put(side + "Bytes", bytes);
  }
}
