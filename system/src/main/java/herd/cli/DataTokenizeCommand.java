package herd.cli;

import herd.data.text.TextFiles;
import herd.engine.UserError;
import herd.engine.text.Tokenizer;
import herd.run.PeakMemory;
import herd.tokens.Shard;
import herd.tokens.Sorting;
import herd.tokens.Tokenizing;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

@Command(
    name = "tokenize",
    description = "Make token shards of documents, for the stage token-folders of a recipe.",
    footer = {
      "",
      "Shards are the same whatever the number of threads and processes. Ctrl-C or a kill loses",
      "little: the same command goes on. Several processes share the work with --rank and --ranks",
      "and one --out; the last to end writes tokens.json, which says what is there.",
      "Example: herd data tokenize --in clean --tokenizer my-model --out tokens/general"
    })
final class DataTokenizeCommand implements Runnable {
  @ParentCommand
  private DataCommand parent;

  @Option(
      names = "--in",
      required = true,
      arity = "1..*",
      paramLabel = "FILE",
      description = {
        "Documents: files, folders or patterns of .parquet, .jsonl (also .gz, .zst), texts and",
        "code; or folders that herd curate made."
      })
  private List<String> in;

  @Option(
      names = "--tokenizer",
      required = true,
      paramLabel = "T",
      description = "A model, its folder, a tokenizer.json, a tokenizer.model or a GGUF file.")
  private String tokenizer;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where it goes.")
  private Path out;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "Source of the documents in a mix. Default: the name of DIR.")
  private String name;

  @Option(
      names = "--by",
      paramLabel = "FIELD",
      defaultValue = "",
      description = {
        "A source for each value of a field instead: kind, source, language, or a name in the",
        "metadata such as category. Each gets a folder in DIR."
      })
  private String by;

  @Option(
      names = "--holdout",
      paramLabel = "SHARE",
      defaultValue = "0.001",
      description = "Share of documents that no training sees (${DEFAULT-VALUE}; 0 for none).")
  private double heldOut;

  @Option(
      names = "--text",
      paramLabel = "KEY",
      defaultValue = "text",
      description = "Key or column of the text in rows (${DEFAULT-VALUE}).")
  private String key;

  @Option(
      names = "--shard-tokens",
      paramLabel = "N",
      defaultValue = "64M",
      converter = DataCommand.Amount.class,
      description = "Tokens of a shard at most, unless a document is longer (${DEFAULT-VALUE}).")
  private long shardTokens;

  @Option(names = "--threads", paramLabel = "N", description = "Default: all processors.")
  private Integer threads;

  @Option(
      names = "--rank",
      paramLabel = "R",
      defaultValue = "0",
      description = "Which of several processes this is, from 0.")
  private int rank;

  @Option(
      names = "--ranks",
      paramLabel = "N",
      defaultValue = "1",
      description = "How many processes share the work.")
  private int ranks;

  @Mixin
  private Shown shown;

  @Override
  public void run() {
    var herd = parent.herd();
    int workers = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
    if (workers < 1 || workers > 1024) {
      throw new UserError("--threads", "" + workers, "1 to 1024", "Leave it out for all.");
    }
    var mine = out.toAbsolutePath().normalize();
    var files = new ArrayList<>(TextFiles.of(documents(in)));
    files.removeIf(file -> file.toAbsolutePath().normalize().startsWith(mine)); // of an earlier run
    if (files.isEmpty()) {
      throw new UserError("--in", "no file that is not in --out", "documents", "Name others.");
    }
    var source = name == null ? Sorting.folder(mine.getFileName() + "") : name;
    var task =
        new Tokenizing(files, key, tokenizer(), new Sorting(source, by, heldOut), shardTokens);
    var progress = Says.aside(herd, Stop.listen(herd.err()));
    var outcome = task.run(out, rank, ranks, workers, progress);
    if (shown.asJson()) {
      herd.out().println(json(outcome, task.tokenizer().vocab(), workers));
    } else {
      say(herd, outcome);
    }
  }

  private Tokenizer tokenizer() {
    return Files.exists(Path.of(tokenizer).resolve("tokenizer.json"))
        ? Tokenizer.load(Path.of(tokenizer))
        : TokenizeCommand.tokenizer(tokenizer, parent.herd());
  }

  /// Folders that `herd curate` made stand for the documents in them.
  static List<String> documents(List<String> named) {
    var all = new ArrayList<String>();
    for (var name : named) {
      var curated = Path.of(name).resolve("curate").resolve("documents");
      var inside = Path.of(name).resolve("documents");
      all.add(
          Files.isDirectory(curated)
              ? curated.toString()
              : Files.isDirectory(inside) && Files.exists(Path.of(name).resolve("stage.json"))
                  ? inside.toString()
                  : name);
    }
    return all;
  }

  private void say(Main herd, Tokenizing.Outcome outcome) {
    if (outcome.documents() + outcome.dropped() == 0) {
      herd.out().println("All was done already.");
    } else {
      rate(herd, outcome);
    }
    left(herd, outcome);
  }

  private static void rate(Main herd, Tokenizing.Outcome outcome) {
    herd.out()
        .printf(
            Locale.ROOT,
            "%,d tokens of %,d documents (%,d bytes) in %.1f s: %,.0f tokens/s, %.1f MB/s%n",
            outcome.tokens(),
            outcome.documents(),
            outcome.bytes(),
            outcome.seconds(),
            outcome.tokens() / outcome.seconds(),
            outcome.bytes() / outcome.seconds() / 1e6);
  }

  private void left(Main herd, Tokenizing.Outcome outcome) {
    var folder = outcome.folder();
    if (folder == null) {
      herd.out()
          .printf(
              "rank %d of %d is done; %d portions of other ranks are missing in %s%n",
              rank, ranks, outcome.missing(), out);
      return;
    }
    var form = "%-32s %16s %14s %8s%n";
    herd.out().printf(form, "source", "tokens", "documents", "shards");
    folder.sources().forEach((each, shards) -> herd.out()
        .printf(
            form,
            each,
            "%,d".formatted(shards.stream().mapToLong(Shard::tokens).sum()),
            "%,d".formatted(shards.stream().mapToLong(Shard::documents).sum()),
            shards.size()));
    herd.out()
        .printf(
            form,
            "(held out)",
            "%,d".formatted(folder.sum(Shard::held, Shard::tokens)),
            "%,d".formatted(folder.sum(Shard::held, Shard::documents)),
            folder.shards().stream().filter(Shard::held).count());
    folder.dropped().forEach((reason, count) -> herd.out()
        .printf(form, "(left out: " + reason + ")", "", "%,d".formatted(count), ""));
    herd.out().println("shards in " + out);
  }

  private ObjectNode json(Tokenizing.Outcome outcome, int vocab, int workers) {
    var object = JsonNodeFactory.instance
        .objectNode()
        .put("out", out.toString())
        .put("complete", outcome.folder() != null)
        .put("missing", outcome.missing())
        .put("vocab", vocab)
        .put("documents", outcome.documents())
        .put("leftOut", outcome.dropped())
        .put("tokens", outcome.tokens())
        .put("bytes", outcome.bytes())
        .put("seconds", Math.round(outcome.seconds() * 1000) / 1000.0)
        .put("tokensPerSecond", Math.round(outcome.tokens() / outcome.seconds()))
        .put("processorSeconds", processorSeconds())
        .put("threads", workers)
        .put("peakMemoryBytes", PeakMemory.bytes());
    if (outcome.folder() != null) {
      var sources = object.putObject("sources");
      outcome
          .folder()
          .sources()
          .forEach((each, shards) ->
              sources.put(each, shards.stream().mapToLong(Shard::tokens).sum()));
      object.put("heldOut", outcome.folder().sum(Shard::held, Shard::tokens));
      var reasons = object.putObject("dropped");
      outcome.folder().dropped().forEach(reasons::put);
    }
    return object;
  }

  /// Of this whole process.
  private static double processorSeconds() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean bean
        ? Math.round(bean.getProcessCpuTime() / 1e6) / 1e3
        : 0;
  }
}
