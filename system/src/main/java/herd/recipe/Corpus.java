package herd.recipe;

import herd.engine.UserError;
import herd.engine.text.Tokenizer;
import herd.train.BatchRamp;
import herd.train.PackedBatches;
import herd.train.TokenShard;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The token shards of a tokenizer stage as sources of pre-training.
/// @param tokenizer that the shards were made with
/// @param sources one for each kind of document, natural weight times the mix's factor
/// @param changes of the mix
record Corpus(
    Tokenizer tokenizer,
    List<PackedBatches.Source> sources,
    List<PackedBatches.MixChange> changes) {
  private static final String PREFIX = "train-";
  private static final String SUFFIX = ".tokens";

  /// @param folder of the tokenizer stage
  /// @param mix kind of document to how many times more often than it stands there it is shown;
  ///     1 where nothing is said, 0 leaves it out
  /// @throws UserError if the mix names a kind that is not there
  static Corpus open(Path folder, Map<String, Double> mix, Arena arena) throws IOException {
    return open(folder, mix, List.of(), arena);
  }

  /// As [#open(Path, Map, Arena)].
  /// @param mixes changes of the mix, in order; what one does not name stays as it was before it
  static Corpus open(Path folder, Map<String, Double> mix, List<MixAt> mixes, Arena arena)
      throws IOException {
    List<Path> shards;
    try (var files = Files.list(folder)) {
      shards = files.filter(file -> kind(file) != null).sorted().toList();
    }
    var kinds = shards.stream().map(Corpus::kind).toList();
    check(mix, kinds);
    var factors = new ArrayList<>(List.of(mix));
    for (var change : mixes) {
      check(change.mix(), kinds);
      var next = new HashMap<>(factors.getLast());
      next.putAll(change.mix());
      factors.add(next);
    }
    var sources = new ArrayList<PackedBatches.Source>();
    for (var file : shards) {
      var kind = kind(file);
      if (factors.stream().anyMatch(each -> each.getOrDefault(kind, 1.0) > 0)) {
        var shard = TokenShard.open(file, arena);
        double weight = mix.getOrDefault(kind, 1.0) * shard.tokens();
        sources.add(new PackedBatches.Source(kind, List.of(shard), weight));
      }
    }
    var changes = new ArrayList<PackedBatches.MixChange>();
    for (int i = 0; i < mixes.size(); i++) {
      var each = factors.get(i + 1);
      var weights = sources.stream()
          .map(s -> each.getOrDefault(s.name(), 1.0) * s.shards().getFirst().tokens())
          .toList();
      changes.add(new PackedBatches.MixChange(mixes.get(i).after(), weights));
    }
    return new Corpus(Tokenizer.load(folder.resolve("tokenizer.json")), sources, changes);
  }

  private static void check(Map<String, Double> mix, List<String> kinds) {
    for (var kind : mix.keySet()) {
      if (!kinds.contains(kind)) {
        throw new UserError(
            "mix", "no source '" + kind + "'", String.join(", ", kinds), "Choose one of these.");
      }
    }
  }

  /// The same sources in other shares of tokens.
  /// @param shares of kinds of documents, in any unit; those that are not named are left out
  /// @throws UserError if a kind is not there
  Corpus shares(Map<String, Double> shares) {
    check(shares, names());
    var some = sources.stream()
        .filter(source -> shares.getOrDefault(source.name(), 0.0) > 0)
        .map(source ->
            new PackedBatches.Source(source.name(), source.shards(), shares.get(source.name())))
        .toList();
    return new Corpus(tokenizer, some, List.of());
  }

  /// The same with one more source.
  Corpus with(PackedBatches.Source source) {
    var more = new ArrayList<>(sources);
    more.add(source);
    return new Corpus(tokenizer, more, changes);
  }

  List<String> names() {
    return sources.stream().map(PackedBatches.Source::name).toList();
  }

  /// Rows of `sequence` tokens, `tokensPerStep` to a step; each document between its begin and end
  /// tokens.
  PackedBatches batches(int sequence, int tokensPerStep, long seed) {
    return batches(sequence, BatchRamp.level(tokensPerStep), tokensPerStep, seed);
  }

  /// As [#batches(int, int, long)].
  /// @param tokensPerBatch most tokens of a micro-batch
  PackedBatches batches(int sequence, BatchRamp ramp, int tokensPerBatch, long seed) {
    var frame = PackedBatches.Frame.of(tokenizer);
    return new PackedBatches(sources, changes, frame, sequence, ramp, tokensPerBatch, seed);
  }

  private static String kind(Path file) {
    var name = file.getFileName().toString();
    return name.startsWith(PREFIX) && name.endsWith(SUFFIX)
        ? name.substring(PREFIX.length(), name.length() - SUFFIX.length())
        : null;
  }
}
