package herd.recipe;

import herd.data.Doc;
import herd.data.DocFile;
import herd.engine.UserError;
import herd.engine.text.Tokenizer;
import herd.run.About;
import herd.run.Default;
import herd.run.Disk;
import herd.run.Fingerprint;
import herd.run.Workspace;
import herd.tokens.Mixture;
import herd.tokens.Shard;
import herd.tokens.TokenFolder;
import herd.train.PackedBatches;
import herd.train.TokenShard;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/// Token shards that `herd data tokenize` made, and how they are mixed (Llama 3 paper, section
/// 3.1.2): what a tokenizer stage is for a recipe that begins with documents. Stages that train
/// name it as `tokens` and as `data`.
///
/// Leaves `sources.json`, `tokenizer.json` and, of what the folders hold out, `holdout.parquet`.
@About("token shards that 'herd data tokenize' made, and how they are mixed")
record TokenFolders(
    @About("folders of 'herd data tokenize', or folders that hold such folders")
    List<String> folders,

    @About("source to its share of the tokens, in any unit; else general 50, maths 25, code 17, "
        + "multilingual 8 where these are the sources, or as much of each as there is")
    @Default("{}")
    Map<String, Double> weights,

    @About("source to how often its tokens may be shown") @Default("{}")
    Map<String, Double> maxEpochs,

    @About("a source that was shown that often: the others share its part, or the mix ends")
    @Default("redistribute")
    Mixture.WhenOut whenOut)
    implements Stage {
  private static final String SOURCES = "sources.json";
  private static final String HOLDOUT = "holdout.parquet";

  /// Held-out documents of a source at most.
  private static final int HELD = 1000;

  @Override
  public List<String> inputs() {
    return List.of();
  }

  @Override
  public int version() {
    return 1;
  }

  @Override
  public SortedMap<String, String> outside() {
    var prints = new TreeMap<String, String>();
    for (var folder : opened()) {
      var index = folder.folder().resolve("tokens.json");
      prints.put(folder.folder().toString(), Fingerprint.ofTree(index));
    }
    return prints;
  }

  /// Entries of the vocabulary; nothing if none of the folders exists.
  OptionalInt vocab() {
    boolean none = folders.stream().map(Path::of).noneMatch(Files::exists);
    return none ? OptionalInt.empty() : OptionalInt.of(opened().getFirst().vocab());
  }

  private List<TokenFolder> opened() {
    return TokenFolder.all(folders.stream().map(Path::of).toList());
  }

  @Override
  public void run(Workspace workspace, Inputs inputs) throws IOException {
    var all = opened();
    var tokenizer = all.getFirst().load();
    var frame = PackedBatches.Frame.known(tokenizer);
    var tokens = TokenFolder.tokens(all, frame.tokens());
    var given = weights.isEmpty() ? Mixture.usual(tokens.keySet()) : weights;
    Mixture.of(tokens, given, maxEpochs, whenOut).plan(1);
    long documents = check(all, workspace);
    var json = JsonNodeFactory.instance.objectNode().put("whenOut", whenOut.name());
    var byName = json.putObject("weights");
    given.forEach(byName::put);
    var limits = json.putObject("maxEpochs");
    maxEpochs.forEach(limits::put);
    var sources = json.putObject("sources");
    TokenFolder.files(all).forEach((name, files) -> {
      var list = sources.putArray(name);
      files.forEach(file -> list.add(file.toAbsolutePath().normalize().toString()));
    });
    Disk.write(workspace.result().resolve(SOURCES), json.toPrettyString() + "\n");
    tokenizer.save(workspace.result().resolve("tokenizer.json"));
    var held = heldOut(all, tokenizer);
    DocFile.write(workspace.result().resolve(HOLDOUT), held);
    workspace
        .facts()
        .putObject("counts")
        .put("trainTokens", tokens.values().stream().mapToLong(Long::longValue).sum())
        .put("documents", documents)
        .put("holdoutDocuments", held.size());
    var mix = workspace.facts().putObject("sources");
    tokens.forEach(mix::put);
    workspace
        .facts()
        .putArray("notes")
        .add(String.format(
            Locale.ROOT, "%d sources, %,d documents held out.", tokens.size(), held.size()));
  }

  /// Reads every shard once, so that a damaged one is found before hours of training.
  private static long check(List<TokenFolder> all, Workspace workspace) {
    long total = all.stream().mapToLong(f -> f.sum(_ -> true, Shard::tokens)).sum();
    long done = 0;
    long documents = 0;
    for (var folder : all) {
      for (var shard : folder.shards()) {
        workspace.progress().check();
        try (var arena = Arena.ofConfined()) {
          var file = folder.at(shard);
          var found = TokenShard.open(file, arena, folder.vocab(), folder.tokenizer());
          if (found.tokens() != shard.tokens() || found.documents() != shard.documents()) {
            throw new UserError(
                file.toString(),
                found.documents() + " documents, " + found.tokens() + " tokens",
                shard.documents() + " and " + shard.tokens() + ", as tokens.json says",
                "Delete the folder and tokenize its documents again.");
          }
        }
        done += shard.tokens();
        documents += shard.documents();
        workspace.progress().at(done, total, "tokens");
      }
    }
    return documents;
  }

  /// Held-out documents as texts, evenly of each source.
  private static List<Doc> heldOut(List<TokenFolder> all, Tokenizer tokenizer) {
    var docs = new ArrayList<Doc>();
    for (var folder : all) {
      var counts = new TreeMap<String, Long>();
      folder.shards().stream()
          .filter(Shard::held)
          .forEach(shard -> counts.merge(shard.source(), shard.documents(), Long::sum));
      for (var shard : folder.shards()) {
        if (!shard.held()) {
          continue;
        }
        int every = (int) Math.max(1, Math.ceilDiv(counts.get(shard.source()), HELD));
        try (var arena = Arena.ofConfined()) {
          var opened = TokenShard.open(folder.at(shard), arena);
          for (int d = 0; d < opened.documents(); d += every) {
            var id = shard.file() + ":" + d;
            var text = tokenizer.decode(opened.document(d));
            docs.add(new Doc(id, id, shard.source(), shard.source(), id, "", text));
          }
        }
      }
    }
    if (docs.isEmpty()) {
      throw new UserError(
          "folders",
          "no held-out document in them",
          "at least one, to measure a training by",
          "Tokenize again with a larger --holdout.");
    }
    return docs;
  }

  /// What the stage left in a folder; null if the folder is another stage's.
  static Corpus.Mixed mixed(Path folder) throws IOException {
    var file = folder.resolve(SOURCES);
    if (!Files.exists(file)) {
      return null;
    }
    var json = JsonMapper.shared().readTree(Files.readString(file));
    var shards = new TreeMap<String, List<Path>>();
    json.path("sources").properties().forEach(source -> {
      var list = new ArrayList<Path>();
      source.getValue().forEach(each -> list.add(Path.of(each.asString(""))));
      shards.put(source.getKey(), list);
    });
    return new Corpus.Mixed(
        shards,
        numbers(json.path("weights")),
        numbers(json.path("maxEpochs")),
        Mixture.WhenOut.valueOf(json.path("whenOut").asString("")));
  }

  private static Map<String, Double> numbers(JsonNode object) {
    var numbers = new TreeMap<String, Double>();
    object
        .properties()
        .forEach(each -> numbers.put(each.getKey(), each.getValue().asDouble()));
    return numbers;
  }
}
