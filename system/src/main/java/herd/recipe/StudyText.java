package herd.recipe;

import herd.data.Doc;
import herd.data.DocFile;
import herd.study.HeldOut;
import herd.study.RunPlan;
import herd.study.SmallRuns;
import herd.train.PackedBatches;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The text that the models of a study learn from, and what is held out of it.
/// @param folder of the tokenizer stage
/// @param natural all kinds of documents as they stand
record StudyText(Path folder, Corpus natural, HeldOut heldOut, Arena arena) {
  /// @param tokens stage with the tokens
  /// @param data stage with the documents
  /// @param most held-out tokens at most
  static StudyText open(
      Inputs inputs, String tokens, String data, int sequence, long most, Arena arena)
      throws IOException {
    var folder = inputs.results().get(tokens);
    var corpus = Corpus.open(folder, Map.of(), arena);
    var frame = PackedBatches.Frame.of(corpus.tokenizer());
    var kinds = new TreeMap<String, List<int[]>>();
    for (Doc doc : DocFile.read(inputs.in(data, "holdout.parquet"))) {
      int[] ids = corpus.tokenizer().encode(doc.text());
      int[] framed = Arrays.copyOf(new int[] {frame.begin()}, ids.length + 2);
      System.arraycopy(ids, 0, framed, 1, ids.length);
      framed[ids.length + 1] = frame.end();
      kinds.computeIfAbsent(doc.kind(), _ -> new ArrayList<>()).add(framed);
    }
    kinds.values().forEach(StudyText::spread);
    return new StudyText(folder, corpus, new HeldOut(kinds, sequence, most), arena);
  }

  /// Every 17th document first, then those after them, so that the first ones are of all sources.
  private static void spread(List<int[]> documents) {
    var all = List.copyOf(documents);
    documents.clear();
    for (int first = 0; first < 17; first++) {
      for (int i = first; i < all.size(); i += 17) {
        documents.add(all.get(i));
      }
    }
  }

  int vocab() {
    return natural.tokenizer().vocab();
  }

  /// What a model of the study learns from, each document seen at most once.
  PackedBatches batches(RunPlan run, Corpus mix, long seed) {
    int rows = Math.max(1, SmallRuns.TOKENS_PER_BATCH / run.sequence());
    int most = Math.min(run.tokensPerStep(), rows * run.sequence());
    return mix.batches(run.sequence(), herd.train.BatchRamp.level(run.tokensPerStep()), most, seed);
  }

  /// Tokens of all kinds, each document once.
  long tokens(int sequence) {
    return natural.batches(sequence, sequence, 1).tokens();
  }
}
