package herd.recipe;

import herd.engine.UserError;
import herd.engine.text.Tokenizer;
import herd.tokens.Mixture;
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
import java.util.SortedMap;
import java.util.TreeMap;

/// The token shards of a stage as sources of pre-training: a tokenizer stage's, one source for each
/// kind of document, or those of folders ([TokenFolders]).
/// @param tokenizer that the shards were made with
/// @param sources with their weight in the mixture times the mix's factor
/// @param changes of the mix
/// @param mixture how often each source may be shown; its weights are those of the stage
record Corpus(
    Tokenizer tokenizer,
    List<PackedBatches.Source> sources,
    List<PackedBatches.MixChange> changes,
    Mixed mixture) {
  private static final String PREFIX = "train-";
  private static final String SUFFIX = ".tokens";

  /// Which shards there are, and how their stage says that they are mixed.
  /// @param shards of each source
  /// @param weights of the sources; empty for as much as each holds
  /// @param maxEpochs how often each may be shown, where that is limited
  record Mixed(
      SortedMap<String, List<Path>> shards,
      Map<String, Double> weights,
      Map<String, Double> maxEpochs,
      Mixture.WhenOut whenOut) {
    /// What a tokenizer stage left: a file for each kind, as much of each as there is.
    private static Mixed natural(Path folder) throws IOException {
      var kinds = new TreeMap<String, List<Path>>();
      try (var files = Files.list(folder)) {
        files.filter(file -> kind(file) != null).forEach(f -> kinds.put(kind(f), List.of(f)));
      }
      return new Mixed(kinds, Map.of(), Map.of(), Mixture.WhenOut.REDISTRIBUTE);
    }

    private double weight(String name, List<TokenShard> opened) {
      return weights.isEmpty()
          ? opened.stream().mapToLong(TokenShard::tokens).sum()
          : weights.getOrDefault(name, 0.0);
    }
  }

  /// @param folder of the stage with the tokens
  /// @param mix source to how many times more often than the stage's mixture says it is shown;
  ///     1 where nothing is said, 0 leaves it out
  /// @throws UserError if the mix names a source that is not there
  static Corpus open(Path folder, Map<String, Double> mix, Arena arena) throws IOException {
    return open(folder, mix, List.of(), arena);
  }

  /// As [#open(Path, Map, Arena)].
  /// @param mixes changes of the mix, in order; what one does not name stays as it was before it
  static Corpus open(Path folder, Map<String, Double> mix, List<MixAt> mixes, Arena arena)
      throws IOException {
    var mixed = TokenFolders.mixed(folder);
    mixed = mixed == null ? Mixed.natural(folder) : mixed;
    var names = List.copyOf(mixed.shards.keySet());
    check(mix, names);
    var factors = new ArrayList<>(List.of(mix));
    for (var change : mixes) {
      check(change.mix(), names);
      var next = new HashMap<>(factors.getLast());
      next.putAll(change.mix());
      factors.add(next);
    }
    var sources = new ArrayList<PackedBatches.Source>();
    var weights = new ArrayList<Double>();
    for (var name : names) {
      if (factors.stream().anyMatch(each -> each.getOrDefault(name, 1.0) > 0)) {
        var opened = mixed.shards.get(name).stream()
            .map(file -> TokenShard.open(file, arena))
            .toList();
        double weight = mixed.weight(name, opened);
        if (weight > 0) {
          weights.add(weight);
          sources.add(new PackedBatches.Source(name, opened, mix.getOrDefault(name, 1.0) * weight));
        }
      }
    }
    var changes = new ArrayList<PackedBatches.MixChange>();
    for (int i = 0; i < mixes.size(); i++) {
      var now = new ArrayList<Double>();
      for (int s = 0; s < sources.size(); s++) {
        now.add(factors.get(i + 1).getOrDefault(sources.get(s).name(), 1.0) * weights.get(s));
      }
      changes.add(new PackedBatches.MixChange(mixes.get(i).after(), now));
    }
    var tokenizer = Tokenizer.load(folder.resolve("tokenizer.json"));
    return new Corpus(tokenizer, sources, changes, mixed);
  }

  /// The same for a training of `length` tokens: where sources may be shown only so often, with
  /// the weights that keep to that ([Mixture#plan(long)]), each part between two changes of the
  /// mix by what the parts before have left.
  /// @throws UserError if the sources do not give so many tokens
  Corpus within(long length) {
    if (mixture.maxEpochs.isEmpty()) {
      return this;
    }
    var frame = PackedBatches.Frame.known(tokenizer);
    var parts = new ArrayList<Mixture.Part>();
    for (var source : sources) {
      double most = mixture.maxEpochs.getOrDefault(source.name(), Double.POSITIVE_INFINITY);
      parts.add(new Mixture.Part(source.name(), source.weight(), source.tokens(frame), most));
    }
    var limited = new Mixture(parts, mixture.whenOut);
    var before = new long[parts.size()];
    var planned = new ArrayList<List<Double>>();
    for (int k = 0; k <= changes.size(); k++) {
      long from = k == 0 ? 0 : changes.get(k - 1).after();
      long to = k < changes.size() ? Math.min(changes.get(k).after(), length) : length;
      var weights = k == 0
          ? sources.stream().map(PackedBatches.Source::weight).toList()
          : changes.get(k - 1).weights();
      if (to <= from) {
        planned.add(weights);
        continue;
      }
      var exact = weights.stream().mapToDouble(Double::doubleValue).toArray();
      var plan = limited.plan(to - from, exact, before);
      enough(plan, from, length);
      for (int s = 0; s < before.length; s++) {
        before[s] += plan.shown().get(s);
      }
      planned.add(plan.shown().stream().map(Long::doubleValue).toList());
    }
    var first = new ArrayList<PackedBatches.Source>();
    for (int s = 0; s < sources.size(); s++) {
      var source = sources.get(s);
      first.add(new PackedBatches.Source(
          source.name(), source.shards(), planned.getFirst().get(s)));
    }
    var then = new ArrayList<PackedBatches.MixChange>();
    for (int k = 0; k < changes.size(); k++) {
      then.add(new PackedBatches.MixChange(changes.get(k).after(), planned.get(k + 1)));
    }
    return new Corpus(tokenizer, first, then, mixture);
  }

  private void enough(Mixture.Plan plan, long from, long length) {
    if (!plan.enough()) {
      var out = new ArrayList<String>();
      for (int s = 0; s < sources.size(); s++) {
        if (plan.out().get(s)) {
          out.add(sources.get(s).name());
        }
      }
      throw new UserError(
          "length",
          "%,d tokens".formatted(length),
          "%,d: then %s is shown as often as maxEpochs allows"
              .formatted(from + plan.tokens(), String.join(" and ", out)),
          "Lower length, raise maxEpochs, or say whenOut: redistribute.");
    }
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
    return new Corpus(tokenizer, some, List.of(), mixture);
  }

  /// The same with one more source.
  Corpus with(PackedBatches.Source source) {
    var more = new ArrayList<>(sources);
    more.add(source);
    return new Corpus(tokenizer, more, changes, mixture);
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
    var frame = PackedBatches.Frame.known(tokenizer);
    return new PackedBatches(sources, changes, frame, sequence, ramp, tokensPerBatch, seed);
  }

  private static String kind(Path file) {
    var name = file.getFileName().toString();
    return name.startsWith(PREFIX) && name.endsWith(SUFFIX)
        ? name.substring(PREFIX.length(), name.length() - SUFFIX.length())
        : null;
  }
}
