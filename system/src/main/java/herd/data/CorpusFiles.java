package herd.data;

import herd.data.source.Reading;
import herd.data.source.Source;
import herd.data.words.TokenCount;
import herd.engine.UserError;
import herd.run.Disk;
import herd.run.Workspace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Curation of files of any form into files of documents: `documents/00000.parquet` and on, in the
/// order of the sources, and what was dropped, if it is kept, in `rejected/*.jsonl.zst`.
/// @param reading how sources are read
/// @param steps in order
/// @param form of the files that come out
/// @param shardBytes of text in a file, about
/// @param keepRejected whether what is dropped is written too
/// @param threads that work; the outcome does not depend on it
/// @param secondsPerDocument of processor time; a document that takes longer is dropped
/// @param tokens how the tokens in the funnel are counted
public record CorpusFiles(
    Reading reading,
    List<Step> steps,
    DocForm form,
    long shardBytes,
    boolean keepRejected,
    int threads,
    double secondsPerDocument,
    TokenCount tokens) {
  public CorpusFiles {
    steps = List.copyOf(steps);
    if (shardBytes < 1) {
      throw new UserError("shardBytes", "" + shardBytes, "1 or more", "The usual is 64M.");
    }
    if (!(secondsPerDocument > 0)) {
      throw new UserError(
          "secondsPerDocument", "" + secondsPerDocument, "more than 0", "The usual is 30.");
    }
  }

  /// Curates the files into the workspace's result directory, and leaves `counts`, `funnel` and
  /// `samples` in its facts. Goes on where an earlier call with the same scratch directory was
  /// stopped.
  /// @throws UserError if a file cannot be read, nothing is left, or the disk is full
  public void run(Workspace workspace, List<Path> files) {
    var sources = files.stream().map(file -> Source.of(file, reading)).toList();
    var care = new Pass.Care(secondsPerDocument, tokens);
    var pipeline =
        new Pipeline(steps, form, shardBytes, keepRejected, threads, workspace.seed(), care);
    var result =
        pipeline.run(sources, workspace.scratch().resolve("pipeline"), workspace.progress());
    place(result.documents(), workspace.result().resolve("documents"));
    place(result.rejected(), workspace.result().resolve("rejected"));
    result.funnel().writeTo(workspace.facts());
    result.funnel().count(workspace.facts().withObject("/counts"));
  }

  /// Links, so that a run which is killed now still finds its files.
  private static void place(List<Path> files, Path folder) {
    if (files.isEmpty()) {
      return;
    }
    Disk.directory(folder);
    for (var file : files) {
      var target = folder.resolve(file.getFileName());
      try {
        try {
          Files.createLink(target, file);
        } catch (UnsupportedOperationException | IOException e) {
          Files.copy(file, target);
        }
      } catch (IOException e) {
        throw Disk.trouble(e, target);
      }
    }
  }
}
