package herd.data;

import herd.data.source.Reading;
import herd.data.source.Source;
import herd.data.words.TokenCount;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import herd.run.Disk;
import herd.run.Workspace;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;

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
  /// Bytes of text in a file between the steps and the split.
  private static final long SHARD = 32 << 20;

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
    var reading = new Reading(maxBytes, "text", List.of("html", "htm", "java"));
    var names = new HashMap<String, Path>();
    for (var archive : archives) {
      var earlier = names.put(archive.getFileName().toString(), archive);
      if (earlier != null) {
        throw new UserError(
            archive.toString(),
            "a second archive of that name, after " + earlier,
            "archives with different names",
            "Name each archive once, or rename one: documents are named after it.");
      }
    }
    var sources = archives.stream().map(archive -> Source.of(archive, reading)).toList();
    var pipeline = new Pipeline(
        steps, DocForm.STORED, SHARD, false, threads, workspace.seed(), Pass.Care.USUAL);
    var work = workspace.scratch().resolve("pipeline");
    split(workspace, pipeline.run(sources, work, workspace.progress()));
    Disk.delete(work);
  }

  private void split(Workspace workspace, Pipeline.Result result) {
    var tally = new Tally(List.of("holdout"), workspace.seed());
    var facts = workspace.facts();
    var counts = new long[4];
    var train = workspace.result().resolve("train.parquet");
    var holdout = workspace.result().resolve("holdout.parquet");
    try (var trained = new DocFile.Writer(train);
        var held = new DocFile.Writer(holdout)) {
      for (var file : result.documents()) {
        Stored.each(file, doc -> {
          boolean holds = this.holdout.holds(doc.group(), workspace.seed());
          long bytes = doc.bytes();
          var size = new Tally.Size(bytes, TokenCount.ESTIMATE.of(doc.text(), bytes));
          var passed = new Tally.Passed(doc, size, size, 0);
          counts[holds ? 2 : 0]++;
          counts[holds ? 3 : 1] += bytes;
          if (holds) {
            held.write(doc);
            tally.dropped(0, "held-out", passed);
          } else {
            trained.write(doc);
            tally.kept(0, passed, false);
          }
        });
      }
      if (counts[0] == 0 || counts[2] == 0) {
        throw new UserError(
            "holdout.share",
            this.holdout.share() + " of so few classes leaves " + counts[2]
                + " documents held out of " + (counts[0] + counts[2]),
            "a share that leaves documents on both sides",
            "Change the share or the seed, or give more sources.");
      }
      trained.complete();
      held.complete();
    }
    var funnel = result.funnel().then(tally.funnel(TokenCount.ESTIMATE));
    funnel.writeTo(facts);
    Disk.write(workspace.result().resolve("rejected.jsonl"), funnel.rejected());
    facts
        .withObject("/counts")
        .put("trainDocuments", counts[0])
        .put("trainBytes", counts[1])
        .put("holdoutDocuments", counts[2])
        .put("holdoutBytes", counts[3]);
  }
}
