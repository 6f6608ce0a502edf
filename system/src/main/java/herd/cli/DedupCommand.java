package herd.cli;

import herd.data.dedup.Groups;
import herd.data.dedup.MinHash;
import herd.data.dedup.NearPairs;
import herd.data.source.Loaded;
import herd.data.source.Ordered;
import herd.data.source.Reading;
import herd.data.text.TextFiles;
import herd.engine.UserError;
import herd.run.Disk;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

@Command(
    name = "dedup",
    description = "Say which documents are nearly the same, by MinHash over word 5-grams.",
    footer = {
      "",
      "A row for each document, in order: {\"id\", \"cluster\": id of its first document, \"keep\"}.",
      "With --pairs: {\"a\", \"b\", \"estimated\", \"jaccard\", \"bands\"} for each pair that shares a",
      "band, then {\"cluster\": ids, \"kept\"} for each group. The first of a group is kept; the step",
      "near-duplicates of herd curate knows quality and dates, and earlier corpora.",
      "Example: herd dedup --in docs.jsonl --pairs --out pairs.jsonl"
    })
final class DedupCommand implements Runnable {
  private static final long LONGEST = 64 << 20;

  @ParentCommand
  private Main herd;

  @Option(
      names = "--in",
      required = true,
      arity = "1..*",
      paramLabel = "FILE",
      description = "Files, folders or patterns: .jsonl, .parquet, texts, also .gz and .zst.")
  private List<String> in;

  @Option(
      names = "--text",
      defaultValue = "text",
      paramLabel = "KEY",
      description = "Where the text stands in a row. Default: ${DEFAULT-VALUE}")
  private String key;

  @Option(names = "--pairs", description = "Show pairs and clusters, not documents.")
  private boolean pairs;

  @Option(
      names = "--shingle",
      defaultValue = "5",
      paramLabel = "N",
      description = "Words of a shingle. Default: ${DEFAULT-VALUE}")
  private int shingle;

  @Option(
      names = "--bands",
      defaultValue = "14",
      paramLabel = "N",
      description = "Bands, any of which betrays a pair. Default: ${DEFAULT-VALUE}")
  private int bands;

  @Option(
      names = "--rows",
      defaultValue = "8",
      paramLabel = "N",
      description = "Hashes of a band, all of which must agree. Default: ${DEFAULT-VALUE}")
  private int rows;

  @Option(
      names = "--verify",
      defaultValue = "0",
      paramLabel = "J",
      description = "Only pairs of at least this exact Jaccard similarity. Default: all.")
  private double verify;

  @Option(names = "--out", paramLabel = "FILE", description = "Else standard output.")
  private Path out;

  @Option(names = "--threads", paramLabel = "N", description = "Default: all processors.")
  private Integer threads;

  @Mixin
  private Shown shown;

  /// A document, or why there is none.
  private record Read(String id, NearPairs.Note note, String error) {}

  /// @param errors by the document's number
  private record Docs(List<String> ids, TreeMap<Integer, String> errors) {}

  @Override
  public void run() {
    int workers = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
    check("--threads", workers, Integer.MAX_VALUE);
    check("--shingle", shingle, 100);
    check("--bands", bands, 4096);
    check("--rows", rows, 4096 / bands);
    var files = TextFiles.of(in);
    Path scratch = null;
    try {
      scratch = Files.createTempDirectory("herd-dedup");
      var minHash = MinHash.of(shingle, bands, rows, 1);
      try (var near = new NearPairs(minHash, scratch);
          var to = open()) {
        write(near, read(near, files, workers), to);
        if (to.checkError() && out != null) {
          throw new UserError(out.toString(), "cannot be written to its end", "Is the disk full?");
        }
      }
    } catch (IOException e) {
      throw new UserError("" + (out == null ? scratch : out), "" + e, "Choose another place.");
    } finally {
      if (scratch != null) {
        Disk.delete(scratch);
      }
    }
  }

  private static void check(String name, int value, int most) {
    if (value < 1 || value > most) {
      throw new UserError(name, "" + value, "1 to " + most, "Leave it out for what is usual.");
    }
  }

  private PrintStream open() throws IOException {
    if (out == null) {
      return new PrintStream(herd.out(), false, StandardCharsets.UTF_8) {
        @Override
        public void close() {
          flush();
        }
      };
    }
    return new PrintStream(
        new BufferedOutputStream(Files.newOutputStream(out), 1 << 16),
        false,
        StandardCharsets.UTF_8);
  }

  private Docs read(NearPairs near, List<Path> files, int workers) {
    var docs = new Docs(new ArrayList<>(), new TreeMap<>());
    var nothing = near.note("");
    var progress = Says.aside(herd, Stop.listen(herd.err()));
    new Ordered(files, new Reading(LONGEST, key, List.of()), workers)
        .each(
            (id, loaded) -> switch (loaded) {
              case Loaded.Document document -> new Read(id, near.note(document.text()), null);
              case Loaded.Unreadable(String reason) -> new Read(id, nothing, reason);
            },
            read -> {
              if (read.error() != null) {
                docs.errors().put(docs.ids().size(), read.error());
              }
              docs.ids().add(read.id());
              near.add(read.note());
            },
            progress);
    return docs;
  }

  private void write(NearPairs near, Docs docs, PrintStream to) {
    var groups = near.join(verify, pair -> {
      if (pairs) {
        var row = object()
            .put("a", docs.ids().get(pair.one()))
            .put("b", docs.ids().get(pair.other()))
            .put("estimated", pair.estimated())
            .put("jaccard", pair.jaccard());
        pair.bands().forEach(row.withArray("bands")::add);
        to.println(row);
      }
    });
    if (pairs) {
      clusters(groups, docs, to);
    } else {
      documents(groups, docs, to);
    }
    to.flush();
  }

  private static void clusters(Groups groups, Docs docs, PrintStream to) {
    var members = new TreeMap<Integer, List<String>>();
    for (int i = 0; i < groups.size(); i++) {
      int root = groups.root(i);
      if (root != i) {
        members
            .computeIfAbsent(root, _ -> new ArrayList<>(List.of(docs.ids().get(root))))
            .add(docs.ids().get(i));
      }
    }
    members.values().forEach(ids -> {
      var row = object();
      ids.forEach(row.withArray("cluster")::add);
      to.println(row.put("kept", ids.getFirst()));
    });
  }

  private static void documents(Groups groups, Docs docs, PrintStream to) {
    for (int i = 0; i < groups.size(); i++) {
      var row = object().put("id", docs.ids().get(i));
      var error = docs.errors().get(i);
      to.println(
          error != null
              ? row.put("error", error)
              : row.put("cluster", docs.ids().get(groups.root(i)))
                  .put("keep", groups.root(i) == i));
    }
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }
}
