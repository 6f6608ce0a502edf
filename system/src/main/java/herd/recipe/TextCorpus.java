package herd.recipe;

import herd.data.Doc;
import herd.data.DocFile;
import herd.engine.UserError;
import herd.engine.io.Json;
import herd.engine.io.JsonValue;
import herd.engine.io.WholeFile;
import herd.engine.text.Tokenizer;
import herd.run.Fingerprint;
import herd.train.PackedBatches;
import herd.train.TokenShard;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Files of text as sources of a training: each file a source, some of its documents held out.
/// @param sources one for each file, with its natural weight
/// @param holdout documents that are not trained on, by source
/// @param frame what stands around each document
public record TextCorpus(
    List<PackedBatches.Source> sources,
    Map<String, List<String>> holdout,
    PackedBatches.Frame frame) {
  private static final int PIECE = 4_000;

  /// @param files `.jsonl` with a `text` in each line, `.parquet` of documents, else plain text,
  ///     which is cut into pieces at empty lines
  /// @param every of so many documents one is held out
  /// @param work where token shards are put
  /// @throws UserError if a file cannot be read or has too little in it
  public static TextCorpus read(
      List<Path> files, Tokenizer tokenizer, int every, Path work, Arena arena) {
    var sources = new ArrayList<PackedBatches.Source>();
    var holdout = new LinkedHashMap<String, List<String>>();
    for (var file : files) {
      var name = file.getFileName().toString().replaceFirst("[.][a-z]+$", "");
      if (holdout.containsKey(name)) {
        throw new UserError(file.toString(), "a second file of that name", "Rename one of them.");
      }
      var held = new ArrayList<String>();
      var kept = new ArrayList<int[]>();
      var texts = texts(file);
      for (int i = 0; i < texts.size(); i++) {
        if (i % every == every / 2) {
          held.add(texts.get(i));
        } else {
          kept.add(tokenizer.encode(texts.get(i)));
        }
      }
      if (held.isEmpty()) {
        throw new UserError(
            file.toString(), texts.size() + " documents", every + " or more", "Give more text.");
      }
      holdout.put(name, held);
      var shard = work.resolve(name + ".tokens");
      TokenShard.write(shard, tokenizer.vocab(), Fingerprint.of("text"), kept);
      sources.add(PackedBatches.Source.of(name, List.of(TokenShard.open(shard, arena)), 1));
    }
    return new TextCorpus(List.copyOf(sources), holdout, PackedBatches.Frame.known(tokenizer));
  }

  private static List<String> texts(Path file) {
    try {
      if (file.toString().endsWith(".parquet")) {
        return DocFile.read(file).stream().map(Doc::text).toList();
      }
      if (file.toString().endsWith(".jsonl")) {
        var texts = new ArrayList<String>();
        var lines = Files.readAllLines(file);
        for (int i = 0; i < lines.size(); i++) {
          var where = file + ":" + (i + 1);
          texts.add(
              new JsonValue(Json.read(lines.get(i), where), where).get("text").string());
        }
        texts.removeIf(String::isBlank);
        return texts;
      }
      return pieces(Files.readString(file));
    } catch (IOException e) {
      throw WholeFile.unreadable(file, e);
    }
  }

  private static List<String> pieces(String text) {
    var pieces = new ArrayList<String>();
    var piece = new StringBuilder();
    for (var paragraph : text.split("\n\\s*\n")) {
      if (!piece.isEmpty() && piece.length() + paragraph.length() > PIECE) {
        pieces.add(piece.toString());
        piece.setLength(0);
      }
      piece.append(piece.isEmpty() ? "" : "\n\n").append(paragraph);
    }
    if (!piece.toString().isBlank()) {
      pieces.add(piece.toString());
    }
    return pieces;
  }
}
