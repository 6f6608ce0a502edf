package herd.recipe;

import herd.engine.UserError;
import herd.engine.text.Tokenizer;
import herd.train.PackedBatches;
import herd.train.TokenShard;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The token shards of a tokenizer stage as sources of pre-training.
/// @param tokenizer that the shards were made with
/// @param sources one for each kind of document, natural weight times the mix's factor
record Corpus(Tokenizer tokenizer, List<PackedBatches.Source> sources) {
  private static final String PREFIX = "train-";
  private static final String SUFFIX = ".tokens";

  /// @param folder of the tokenizer stage
  /// @param mix kind of document to how many times more often than it stands there it is shown;
  ///     1 where nothing is said, 0 leaves it out
  /// @throws UserError if the mix names a kind that is not there
  static Corpus open(Path folder, Map<String, Double> mix, Arena arena) throws IOException {
    var sources = new ArrayList<PackedBatches.Source>();
    List<Path> shards;
    try (var files = Files.list(folder)) {
      shards = files.filter(file -> kind(file) != null).sorted().toList();
    }
    var kinds = shards.stream().map(Corpus::kind).toList();
    for (var kind : mix.keySet()) {
      if (!kinds.contains(kind)) {
        throw new UserError(
            "mix", "no source '" + kind + "'", String.join(", ", kinds), "Choose one of these.");
      }
    }
    for (var file : shards) {
      double factor = mix.getOrDefault(kind(file), 1.0);
      if (factor > 0) {
        var shard = TokenShard.open(file, arena);
        sources.add(new PackedBatches.Source(kind(file), List.of(shard), factor * shard.tokens()));
      }
    }
    return new Corpus(Tokenizer.load(folder.resolve("tokenizer.json")), sources);
  }

  /// Rows of `sequence` tokens, `tokensPerStep` to a step; each document between its begin and end
  /// tokens.
  PackedBatches batches(int sequence, int tokensPerStep, long seed) {
    var frame = PackedBatches.Frame.of(tokenizer);
    return new PackedBatches(sources, frame, sequence, tokensPerStep, tokensPerStep, seed);
  }

  private static String kind(Path file) {
    var name = file.getFileName().toString();
    return name.startsWith(PREFIX) && name.endsWith(SUFFIX)
        ? name.substring(PREFIX.length(), name.length() - SUFFIX.length())
        : null;
  }
}
