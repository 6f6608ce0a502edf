package herd.recipe;

import herd.data.Doc;
import herd.data.DocFile;
import herd.data.exercise.Exercises;
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
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.LongStream;

/// Trains a byte-level BPE tokenizer on curated documents (Llama 3 paper, section 3.2) and cuts
/// the documents into tokens.
///
/// Leaves `tokenizer.json`, `train-KIND.tokens` for each kind of document and `holdout.tokens`
/// ([TokenShard], with the tokenizer file's SHA-256 as its fingerprint).
@About("trains a byte-level BPE tokenizer and cuts the documents into tokens")
record TokenizerStage(
    @About("stage with the documents") @Default("curate") String data,

    @About("entries, special tokens included") @Default("4096")
    int vocab,

    @About("made-up texts from which a model learns to look back; kinds of their own in a mix")
    @Default("[]")
    List<Exercise> exercises)
    implements Stage {
  private static final int TEXTS = 400; // that exercises are made of

  TokenizerStage {
    exercises = List.copyOf(exercises);
    if (exercises.stream().map(Exercise::name).distinct().count() < exercises.size()) {
      throw new UserError(
          "exercises", "the same form and length twice", "each once", "Raise its tokens instead.");
    }
    int least = 256 + Tokenizer.LLAMA3_SPECIALS.size();
    if (vocab < least || vocab > 1 << 20) {
      throw new UserError("vocab", "" + vocab, least + " to " + (1 << 20), "The usual is 4096.");
    }
  }

  /// Texts to practise on, all as long as each other, so that each fills a row, or a part of it.
  @About("made-up texts of one form and length; in a mix: list-64, facts-512")
  record Exercise(
      @About("a list said again and again, or facts to find again")
      Form form,

      @About("tokens of a text, its begin and end included") int length,
      @About("tokens of all texts") long tokens) {
    private static final int FRAME = 2;
    private static final int SHORTEST = 16;

    Exercise {
      int least = form == Form.FACTS ? Exercises.SHORTEST_FACTS : SHORTEST;
      if (length < least || tokens < length) {
        throw new UserError(
            "exercises",
            tokens + " tokens in texts of " + length,
            "texts of " + least + " or more, at least one",
            "Correct either.");
      }
    }

    String name() {
      return form.name().toLowerCase(Locale.ROOT) + "-" + length;
    }

    /// The texts, without begin and end.
    List<int[]> texts(Exercises from, long seed) {
      var random = new SplittableRandom(seed + 31L * length + form.ordinal());
      return LongStream.range(0, tokens / length)
          .mapToObj(_ -> form == Form.FACTS
              ? from.facts(length - FRAME, random)
              : from.list(length - FRAME, random))
          .toList();
    }
  }

  /// What an exercise looks like.
  enum Form {
    LIST,
    FACTS
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
    tokens += exercises(train, tokenizer, print, workspace);
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

  private long exercises(List<Doc> train, Tokenizer tokenizer, String print, Workspace workspace) {
    if (exercises.isEmpty()) {
      return 0;
    }
    var from =
        new Exercises(tokenizer, train.stream().map(Doc::text).limit(TEXTS).toList());
    long tokens = 0;
    for (var exercise : exercises) {
      workspace.progress().check();
      workspace.progress().say("making texts to practise on: " + exercise.name());
      var texts = exercise.texts(from, workspace.seed());
      var file = workspace.result().resolve("train-" + exercise.name() + ".tokens");
      TokenShard.write(file, tokenizer.vocab(), print, texts);
      tokens += texts.stream().mapToLong(text -> text.length).sum();
    }
    return tokens;
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
