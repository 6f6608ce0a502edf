package herd.tokens;

import herd.engine.UserError;
import herd.engine.text.Tokenizer;
import herd.run.Disk;
import herd.run.Fingerprint;
import herd.run.Interrupted;
import herd.run.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.node.JsonNodeFactory;

/// Makes token shards of files of documents (Llama 3 paper, section 3.1.2 and 3.4.1: what
/// pre-training reads). The shards are the same byte for byte whatever the number of threads and
/// processes, and however often the work was killed.
/// @param files rows and texts, in order
/// @param textKey key or column of the text in rows
/// @param tokenizer of the model that will read the tokens
/// @param sorting of documents into sources
/// @param shardTokens tokens after which all open shards are completed
public record Tokenizing(
    List<Path> files, String textKey, Tokenizer tokenizer, Sorting sorting, long shardTokens) {
  static final String PARTS = ".parts";

  /// Bytes of a document; longer ones are dropped.
  static final long LONGEST = 64 << 20;

  private static final int THREADS_OF_A_LANE = 4;
  private static final List<String> RAW = List.of(
      ".html", ".htm", ".xhtml", ".warc", ".wet", ".zip", ".jar", ".tar", ".tgz", ".pdf", ".doc",
      ".docx", ".ppt", ".pptx", ".xls", ".xlsx");

  public Tokenizing {
    files = List.copyOf(files);
    if (shardTokens < 1) {
      throw new UserError("--shard-tokens", "" + shardTokens, "1 or more", "The usual is 64M.");
    }
    for (var file : files) {
      var name = file.toString().toLowerCase(Locale.ROOT).replaceFirst("\\.(gz|zst)$", "");
      if (RAW.stream().anyMatch(name::endsWith)) {
        throw new UserError(
            file.toString(),
            "a raw file",
            "documents: .parquet, .jsonl, .txt, .md, source code",
            "Run herd curate on it first.");
      }
    }
  }

  /// How a run ended.
  /// @param folder all that is there now; null while portions of other ranks are missing
  /// @param missing portions that are not done
  /// @param documents that this run made tokens of
  /// @param dropped documents of this run that gave none
  /// @param bytes of their text
  /// @param seconds of this run
  public record Outcome(
      TokenFolder folder,
      int missing,
      long documents,
      long dropped,
      long tokens,
      long bytes,
      double seconds) {}

  /// Makes the shards of one of `ranks` processes, and the index if no others are missing. Goes on
  /// where an earlier run was stopped; what is done already is left as it is.
  /// @throws UserError if the folder holds tokens of other files or settings
  /// @throws Interrupted if the user asked to stop
  public Outcome run(Path out, int rank, int ranks, int threads, Progress progress) {
    return run(out, rank, ranks, threads, Portion.LEAST, progress);
  }

  /// @param portionBytes of files that make a portion
  Outcome run(Path out, int rank, int ranks, int threads, long portionBytes, Progress progress) {
    if (ranks < 1 || rank < 0 || rank >= ranks) {
      throw new UserError(
          "--rank", rank + " of " + ranks, "0 to one less than --ranks", "The first is 0.");
    }
    Disk.directory(out.resolve(PARTS));
    var print = claim(out, portionBytes);
    var target = new PortionWork.Target(out, print);
    var portions = Portion.of(files, portionBytes);
    var mine = Portion.ofRank(portions, rank, ranks);
    var meter = new Meter(mine.stream().mapToLong(Portion::bytes).sum(), progress);
    var failed = new AtomicBoolean();
    BooleanSupplier stop = () -> failed.get() || progress.interrupted();
    int lanes = Math.clamp(threads / THREADS_OF_A_LANE, 1, Math.max(1, mine.size()));
    int ahead = 2 * Math.ceilDiv(threads, lanes) + 2;
    try (var workers = Executors.newFixedThreadPool(threads);
        var readers = Executors.newFixedThreadPool(lanes)) {
      var running = new ArrayList<Future<?>>();
      for (var portion : mine) {
        running.add(readers.submit(() -> {
          if (stop.getAsBoolean()) {
            throw new Interrupted();
          }
          try (var work = new PortionWork(this, portion, target, meter)) {
            work.run(workers, ahead, stop);
          } catch (Throwable e) {
            failed.set(true);
            throw e;
          }
        }));
      }
      await(running);
    }
    return index(target, portions.size(), meter);
  }

  /// Waits for all, and throws what went wrong first; that others stopped for it is not news.
  private static void await(List<Future<?>> running) {
    Throwable trouble = null;
    for (var future : running) {
      try {
        future.get();
      } catch (ExecutionException e) {
        trouble = trouble == null || trouble instanceof Interrupted ? e.getCause() : trouble;
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        throw new Interrupted();
      }
    }
    switch (trouble) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException(trouble);
    }
  }

  /// Makes the folder one of this task's tokens, or finds that it is.
  /// @return the tokenizer's fingerprint
  private String claim(Path out, long portionBytes) {
    var mine = out.resolve(PARTS).resolve("tokenizer-" + ProcessHandle.current().pid() + ".json");
    try {
      tokenizer.save(mine);
      var print = Fingerprint.of(mine);
      var plan = out.resolve(PARTS).resolve("plan.json");
      var wanted = plan(print, portionBytes);
      if (!Files.exists(plan)) {
        Disk.write(plan, wanted);
      } else if (!Files.readString(plan).equals(wanted)) {
        throw new UserError(
            out.toString(),
            "tokens of other files, or made with other settings",
            "the same --in, --tokenizer, --by, --holdout and --shard-tokens as before",
            "Give another --out, or delete the folder; a mix takes several folders.");
      }
      Files.move(
          mine,
          out.resolve(TokenFolder.TOKENIZER),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
      return print;
    } catch (IOException e) {
      throw Disk.trouble(e, out);
    } finally {
      Disk.delete(mine);
    }
  }

  private String plan(String print, long portionBytes) throws IOException {
    var json = JsonNodeFactory.instance
        .objectNode()
        .put("tokenizer", print)
        .put("text", textKey)
        .put("name", sorting.name())
        .put("by", sorting.by())
        .put("holdout", sorting.heldOut())
        .put("shardTokens", shardTokens)
        .put("portionBytes", portionBytes);
    var list = json.putArray("files");
    for (var file : files) {
      list.add("%s %d %d"
          .formatted(file, Files.size(file), Files.getLastModifiedTime(file).toMillis()));
    }
    return json.toPrettyString() + "\n";
  }

  private Outcome index(PortionWork.Target target, int portions, Meter meter) {
    var shards = new ArrayList<Shard>();
    var dropped = new HashMap<String, Long>();
    int missing = 0;
    for (int p = 0; p < portions; p++) {
      var note = Note.read(target.note(p));
      missing += note.done() ? 0 : 1;
      shards.addAll(note.shards());
      note.dropped().forEach((reason, count) -> dropped.merge(reason, count, Long::sum));
    }
    TokenFolder folder = null;
    if (missing == 0) {
      if (shards.stream().allMatch(Shard::held)) {
        throw new UserError(
            files.getFirst() + (files.size() > 1 ? " and others" : ""),
            "no document with tokens" + (dropped.isEmpty() ? "" : "; " + new TreeMap<>(dropped)),
            "at least one",
            "Look at the files, and at --text.");
      }
      folder = new TokenFolder(target.out(), tokenizer.vocab(), target.print(), shards, dropped);
      folder.write();
    }
    return new Outcome(
        folder,
        missing,
        meter.documents(),
        meter.droppedDocuments(),
        meter.tokens(),
        meter.bytes(),
        meter.seconds());
  }
}
