package herd.tokens;

import herd.engine.UserError;
import herd.engine.text.Tokenizer;
import herd.run.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/// A folder of token shards: `tokens.json` says what is in it, `tokenizer.json` what made it.
/// @param folder where it is
/// @param vocab every token is below it
/// @param tokenizer SHA-256 of `tokenizer.json`
/// @param shards in the order of the documents
/// @param dropped documents that gave no tokens, by reason
public record TokenFolder(
    Path folder, int vocab, String tokenizer, List<Shard> shards, Map<String, Long> dropped) {
  static final String INDEX = "tokens.json";
  static final String TOKENIZER = "tokenizer.json";
  private static final int VERSION = 1;

  public TokenFolder {
    shards = List.copyOf(shards);
    dropped = new TreeMap<>(dropped);
  }

  /// Folders of shards.
  /// @param named folders, or folders that hold such folders
  /// @throws UserError if one is none, or was made by another tokenizer than the first
  public static List<TokenFolder> all(List<Path> named) {
    var all = new ArrayList<TokenFolder>();
    var seen = new HashSet<Path>();
    for (var folder : named) {
      for (var each : places(folder)) {
        var read = read(each);
        if (!all.isEmpty()) {
          read.mustFit(all.getFirst());
        }
        if (!seen.add(each.toAbsolutePath().normalize())) {
          throw new UserError(
              each.toString(), "named twice", "each folder once", "Raise its weight for more.");
        }
        all.add(read);
      }
    }
    if (all.isEmpty()) {
      throw new UserError("folders", "none", "folders of herd data tokenize", "Name one.");
    }
    return List.copyOf(all);
  }

  private void mustFit(TokenFolder first) {
    if (vocab != first.vocab || !tokenizer.equals(first.tokenizer)) {
      throw new UserError(
          folder.toString(),
          "tokens of another vocabulary: %d entries, tokenizer %.12s".formatted(vocab, tokenizer),
          "that of %s: %d entries, tokenizer %.12s"
              .formatted(first.folder, first.vocab, first.tokenizer),
          "Tokenize all sources with one tokenizer.");
    }
  }

  private static List<Path> places(Path folder) {
    if (Files.exists(folder.resolve(INDEX))) {
      return List.of(folder);
    }
    if (Files.isDirectory(folder)) {
      try (var below = Files.list(folder)) {
        var found =
            below.filter(each -> Files.exists(each.resolve(INDEX))).sorted().toList();
        if (!found.isEmpty()) {
          return found;
        }
      } catch (IOException e) {
        throw Disk.trouble(e, folder);
      }
    }
    throw new UserError(
        folder.toString(),
        Files.isDirectory(folder) ? "no tokens.json in it" : "no such folder",
        "a folder that herd data tokenize has completed",
        "Run it, with all of its ranks.");
  }

  private static TokenFolder read(Path folder) {
    var file = folder.resolve(INDEX);
    try {
      var json = JsonMapper.shared().readTree(Files.readString(file));
      var shards = new ArrayList<Shard>();
      json.path("shards").forEach(each -> shards.add(Shard.of(each)));
      var dropped = new TreeMap<String, Long>();
      json.path("dropped")
          .properties()
          .forEach(each -> dropped.put(each.getKey(), each.getValue().asLong()));
      int vocab = json.path("vocab").asInt();
      if (json.path("version").asInt() != VERSION || vocab < 1 || shards.isEmpty()) {
        throw damaged(file);
      }
      return new TokenFolder(folder, vocab, json.path("tokenizer").asString(""), shards, dropped);
    } catch (IOException e) {
      throw Disk.trouble(e, file);
    } catch (JacksonException e) {
      throw damaged(file);
    }
  }

  private static UserError damaged(Path file) {
    return new UserError(
        file.toString(),
        "no index of tokens, or damaged",
        "what herd data tokenize writes",
        "Delete it and run that command again: what is there already is not made again.");
  }

  void write() {
    var json = JsonNodeFactory.instance
        .objectNode()
        .put("version", VERSION)
        .put("vocab", vocab)
        .put("tokenizer", tokenizer)
        .put("documents", sum(_ -> true, Shard::documents))
        .put("tokens", sum(_ -> true, Shard::tokens))
        .put("bytes", sum(_ -> true, Shard::bytes));
    var sources = json.putObject("sources");
    sources().forEach((name, some) -> sources
        .putObject(name)
        .put("documents", some.stream().mapToLong(Shard::documents).sum())
        .put("tokens", some.stream().mapToLong(Shard::tokens).sum())
        .put("bytes", some.stream().mapToLong(Shard::bytes).sum()));
    json.put("heldOutDocuments", sum(Shard::held, Shard::documents));
    json.put("heldOutTokens", sum(Shard::held, Shard::tokens));
    var reasons = json.putObject("dropped");
    dropped.forEach(reasons::put);
    var list = json.putArray("shards");
    shards.forEach(shard -> list.add(shard.json()));
    Disk.write(folder.resolve(INDEX), json.toPrettyString() + "\n");
  }

  /// Of all shards, what a function says of those that are meant.
  public long sum(Predicate<Shard> which, ToLongFunction<Shard> of) {
    return shards.stream().filter(which).mapToLong(of).sum();
  }

  /// Shards to train on, by source, in the order of the sources' names.
  public Map<String, List<Shard>> sources() {
    var sources = new TreeMap<String, List<Shard>>();
    for (var shard : shards) {
      if (!shard.held()) {
        sources.computeIfAbsent(shard.source(), _ -> new ArrayList<>()).add(shard);
      }
    }
    return sources;
  }

  /// Where the shards of each source are, of several folders.
  public static SortedMap<String, List<Path>> files(List<TokenFolder> folders) {
    var all = new TreeMap<String, List<Path>>();
    for (var folder : folders) {
      folder
          .sources()
          .forEach((name, shards) -> shards.forEach(
              shard -> all.computeIfAbsent(name, _ -> new ArrayList<>()).add(folder.at(shard))));
    }
    return all;
  }

  /// Tokens of each source, of several folders.
  /// @param frame tokens that stand before and after each document
  public static SortedMap<String, Long> tokens(List<TokenFolder> folders, int frame) {
    var all = new TreeMap<String, Long>();
    for (var folder : folders) {
      folder
          .sources()
          .forEach((name, shards) -> all.merge(
              name,
              shards.stream().mapToLong(s -> s.tokens() + frame * s.documents()).sum(),
              Long::sum));
    }
    return all;
  }

  /// The tokenizer that made the tokens.
  public Tokenizer load() {
    return Tokenizer.load(folder.resolve(TOKENIZER));
  }

  /// Where a shard of this folder is.
  public Path at(Shard shard) {
    return folder.resolve(shard.file());
  }
}
