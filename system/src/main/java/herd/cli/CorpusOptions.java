package herd.cli;

import herd.data.text.CorpusReader;
import herd.data.text.TextFiles;
import herd.engine.UserError;
import herd.engine.text.BpeTrainer;
import herd.run.Disk;
import herd.run.PeakMemory;
import herd.run.Progress;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.LongConsumer;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A corpus to learn a tokenizer from, and where the tokenizer goes.
final class CorpusOptions {
  @Option(
      names = "--in",
      paramLabel = "FILE",
      arity = "1..*",
      description = {
        "Texts: files, folders (all files below), or patterns in quotes. Plain text, .jsonl,",
        ".ndjson (all also .gz or .zst), and .parquet. Each file of text is a document."
      })
  private List<String> in = new ArrayList<>();

  @Option(
      names = "--text",
      paramLabel = "KEY",
      defaultValue = "text",
      description = "Key or column of the text in .jsonl and .parquet (${DEFAULT-VALUE}).")
  private String text;

  @Option(
      names = "--replace",
      description = "Read bytes that are not UTF-8 as U+FFFD; else they are an error.")
  private boolean replace;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads that count (all processors).")
  private Integer threads;

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      description = {
        "Memory for counting, such as 512m or 4g (a quarter of Java's heap); what is more",
        "goes to temporary files."
      })
  private String memory;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Folder to write tokenizer.json into, or a file that ends in .json.")
  private Path out;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  /// Makes a trainer.
  interface Maker {
    BpeTrainer make(int threads, long memory, Path folder);
  }

  /// Learns from what was counted.
  interface Learning {
    BpeTrainer.Result learn(BpeTrainer trainer, LongConsumer progress);
  }

  /// What a command says beyond what all say.
  record More(ObjectNode json, List<String> lines) {
    static final More NOTHING = new More(JsonNodeFactory.instance.objectNode(), List.of());
  }

  /// Names more files.
  void also(List<String> more) {
    in = new ArrayList<>(in);
    in.addAll(more);
  }

  /// Counts the corpus, learns, writes the tokenizer and says how it went.
  /// @param entries wanted, for progress
  /// @param more what else to say of the result
  void learn(
      Main herd,
      Maker maker,
      Learning learning,
      int entries,
      Function<BpeTrainer.Result, More> more) {
    if (in.isEmpty()) {
      throw new UserError("--in", "no texts", "files, folders or patterns", "Name the corpus.");
    }
    var file = TokenizerTrainCommand.file(out);
    var progress = Says.aside(herd, Stop.listen(herd.err()));
    long start = System.nanoTime();
    int workers = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
    if (workers < 1 || workers > 1024) {
      throw new UserError("--threads", "" + workers, "1 to 1024", "Leave it out for all.");
    }
    var files = TextFiles.of(in);
    Disk.directory(file.toAbsolutePath().getParent());
    try (var trainer = maker.make(workers, memory(), file.toAbsolutePath().getParent())) {
      var reader = new CorpusReader(files, text, replace, workers);
      var totals = reader.each(sink(trainer), progress);
      double counting = seconds(start);
      if (totals.bytes() == 0) {
        throw new UserError(
            String.join(" ", in), "no text in it", "at least one document", "Check the files.");
      }
      var result = learning.learn(trainer, done -> {
        progress.check();
        progress.at(done, entries, "entries");
      });
      result.tokenizer().save(file);
      double seconds = seconds(start);
      warn(result.tokenizer().vocab(), trainer.counted(), entries, progress);
      say(
          herd,
          object(file, seconds, counting, result, totals, trainer.counted()),
          more.apply(result));
    } catch (UncheckedIOException e) {
      throw Disk.trouble(e, file);
    }
  }

  private static CorpusReader.Sink sink(BpeTrainer trainer) {
    return new CorpusReader.Sink() {
      @Override
      public void take(byte[] utf8, int from, int to) {
        trainer.add(utf8, from, to);
      }

      @Override
      public int cut(byte[] utf8, int from, int to) {
        return trainer.cut(utf8, from, to);
      }
    };
  }

  private long memory() {
    if (memory == null) {
      return Runtime.getRuntime().maxMemory() / 4;
    }
    var form = memory.toLowerCase(Locale.ROOT);
    if (!form.matches("[1-9]\\d{0,9}[kmg]?")) {
      throw new UserError("--memory", memory, "a size such as 512m or 4g", "Correct it.");
    }
    char unit = form.charAt(form.length() - 1);
    long factor = unit == 'k' ? 1 << 10 : unit == 'm' ? 1 << 20 : unit == 'g' ? 1 << 30 : 1;
    return factor * Long.parseLong(form.replaceAll("\\D", ""));
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  private static void warn(int vocab, BpeTrainer.Counted counted, int wanted, Progress progress) {
    if (vocab < wanted) {
      progress.say(String.format(
          Locale.ROOT,
          "The corpus has no more pairs: %,d entries instead of %,d. Add texts for more.",
          vocab,
          wanted));
    }
    if (counted.cut() > 0) {
      progress.say(
          "Words of more than a mebibyte were cut: " + counted.cut() + ". Are these files text?");
    }
    if (counted.least() > 1) {
      progress.say(String.format(
          Locale.ROOT,
          "Not enough memory for all distinct words: %,d that came fewer than %,d times were left"
              + " out. Raise --memory for them.",
          counted.dropped(),
          counted.least()));
    }
  }

  private void say(Main herd, ObjectNode facts, More more) {
    if (json) {
      herd.out().println(facts.setAll(more.json()));
      return;
    }
    herd.out()
        .printf(
            Locale.ROOT,
            "%s: %,d entries in %.1f s, %.3f characters per token on %,d documents (%,d bytes)%n",
            facts.path("tokenizer").asString(),
            facts.path("vocab").asInt(),
            facts.path("seconds").asDouble(),
            facts.path("charactersPerToken").asDouble(),
            facts.path("documents").asLong(),
            facts.path("bytes").asLong());
    more.lines().forEach(herd.out()::println);
  }

  private static ObjectNode object(
      Path file,
      double seconds,
      double counting,
      BpeTrainer.Result result,
      CorpusReader.Totals totals,
      BpeTrainer.Counted counted) {
    long learned = totals.characters() - counted.droppedCharacters();
    double each = (double) learned / result.corpusTokens();
    return JsonNodeFactory.instance
        .objectNode()
        .put("tokenizer", file.toString())
        .put("vocab", result.tokenizer().vocab())
        .put("seconds", Math.round(seconds * 1000) / 1000.0)
        .put("countingSeconds", Math.round(counting * 1000) / 1000.0)
        .put("peakMemoryBytes", PeakMemory.bytes())
        .put("charactersPerToken", Math.round(each * 10_000) / 10_000.0)
        .put("documents", totals.documents())
        .put("bytes", totals.bytes())
        .put("characters", totals.characters())
        .put("tokens", result.corpusTokens())
        .put("replacedBytes", totals.replaced())
        .put("emptyDocuments", totals.without())
        .put("temporaryFiles", counted.runs())
        .put("cutWords", counted.cut())
        .put("leastCount", counted.least())
        .put("droppedWords", counted.dropped());
  }
}
