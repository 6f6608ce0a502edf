package herd.recipe;

import herd.data.Doc;
import herd.data.DocFile;
import herd.engine.UserError;
import herd.engine.text.BpeTrainer;
import herd.engine.text.Tokenizer;
import herd.run.About;
import herd.run.Default;
import herd.run.Fingerprint;
import herd.run.Workspace;
import herd.train.TokenShard;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/// Trains a byte-level BPE tokenizer on curated documents (Llama 3 paper, section 3.2) and cuts
/// the documents into tokens.
///
/// Leaves `tokenizer.json`, `train-KIND.tokens` for each kind of document and `holdout.tokens`
/// ([TokenShard], with the tokenizer file's SHA-256 as its fingerprint).
@About("trains a byte-level BPE tokenizer and cuts the documents into tokens")
record TokenizerStage(
    @About("stage with the documents") @Default("curate") String data,

    @About("entries, special tokens included") @Default("4096")
    int vocab)
    implements Stage {
  TokenizerStage {
    int least = 256 + Tokenizer.LLAMA3_SPECIALS.size();
    if (vocab < least || vocab > 1 << 20) {
      throw new UserError("vocab", "" + vocab, least + " to " + (1 << 20), "The usual is 4096.");
    }
  }

  @Override
  public List<String> inputs() {
    return List.of(data);
  }

  @Override
  public int version() {
    return 1;
  }

  @Override
  public void run(Workspace workspace, Inputs inputs) throws IOException {
    var train = DocFile.read(inputs.in(data, "train.parquet"));
    var holdout = DocFile.read(inputs.in(data, "holdout.parquet"));
    var progress = workspace.progress();
    progress.say("learning " + vocab + " entries from " + train.size() + " documents");
    var tokenizer =
        BpeTrainer.train(train.stream().map(Doc::text).toList(), vocab, Tokenizer.LLAMA3_SPECIALS);
    var file = workspace.result().resolve("tokenizer.json");
    tokenizer.save(file);
    var print = Fingerprint.of(file);
    var kinds = new TreeMap<String, List<Doc>>();
    train.forEach(
        doc -> kinds.computeIfAbsent(doc.kind(), _ -> new ArrayList<>()).add(doc));
    long tokens = 0;
    for (var kind : kinds.entrySet()) {
      var shard = workspace.result().resolve("train-" + kind.getKey() + ".tokens");
      tokens += write(shard, kind.getValue(), tokenizer, print, workspace);
    }
    long held =
        write(workspace.result().resolve("holdout.tokens"), holdout, tokenizer, print, workspace);
    long characters = holdout.stream()
        .mapToLong(doc -> doc.text().codePointCount(0, doc.text().length()))
        .sum();
    double each = Math.round(1000.0 * characters / held) / 1000.0;
    workspace
        .facts()
        .putObject("counts")
        .put("entries", tokenizer.vocab())
        .put("trainTokens", tokens)
        .put("holdoutTokens", held);
    workspace.facts().put("charactersPerToken", each);
    workspace
        .facts()
        .putArray("notes")
        .add(String.format(Locale.ROOT, "%.3f characters per token on the hold-out.", each));
  }

  private static long write(
      Path file, List<Doc> docs, Tokenizer tokenizer, String print, Workspace workspace) {
    var ids = new ArrayList<int[]>();
    long tokens = 0;
    // In order and in parallel a piece at a time, so that progress is seen.
    for (int from = 0; from < docs.size(); from += 256) {
      workspace.progress().check();
      var piece = docs.subList(from, Math.min(docs.size(), from + 256));
      ids.addAll(piece.parallelStream().map(doc -> tokenizer.encode(doc.text())).toList());
      workspace.progress().at(ids.size(), docs.size(), "documents");
    }
    for (var document : ids) {
      tokens += document.length;
    }
    TokenShard.write(file, tokenizer.vocab(), print, ids);
    return tokens;
  }
}
