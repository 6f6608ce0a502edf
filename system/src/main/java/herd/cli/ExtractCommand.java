package herd.cli;

import herd.data.html.Extractor;
import herd.data.html.HtmlText;
import herd.engine.UserError;
import herd.engine.io.WholeFile;
import herd.run.TimeLimit;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.zip.GZIPInputStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

@Command(
    name = "extract",
    description = "Take the text of web pages out of their HTML.",
    footer = {
      "",
      "Rows are {\"id\", \"html\": a file beside the rows, .gz too} or {\"id\", \"html_text\"},",
      "with \"url\" where it is known. A page that yields no text because it takes too long or is",
      "too large says so under \"reason\". Example: herd extract --in pages.jsonl --out texts.jsonl"
    })
final class ExtractCommand implements Runnable {
  /// Pages that are read before the first is written.
  private static final int BATCH = 256;

  @ParentCommand
  private Main herd;

  @Option(
      names = "--in",
      required = true,
      paramLabel = "FILE",
      description = "JSON objects, one a line; - for standard input.")
  private String in;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Where the texts go, one object a line; else standard output.")
  private Path out;

  @Option(names = "--threads", paramLabel = "N", description = "Default: all processors.")
  private Integer threads;

  @Option(
      names = "--seconds-per-document",
      defaultValue = "30",
      paramLabel = "S",
      description =
          "Processor time for a page; one that takes more has no text (${DEFAULT-VALUE}).")
  private double seconds;

  @Mixin
  private Shown shown;

  @Override
  public void run() {
    int workers = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
    if (workers < 1) {
      throw new UserError("--threads", "" + workers, "1 or more", "Leave it out for all.");
    }
    if (!(seconds > 0)) {
      throw new UserError(
          "--seconds-per-document", "" + seconds, "more than 0", "The usual is 30.");
    }
    var pages = new Pages(in, new TimeLimit(seconds));
    try (var pool = Executors.newFixedThreadPool(workers)) {
      if (out == null) {
        answer(herd.out(), pool, pages);
      } else {
        answer(pool, pages);
      }
    }
    if (shown.asJson()) {
      (out == null ? herd.err() : herd.out()).println(pages.counts());
    } else if (!pages.reasons.isEmpty()) {
      herd.err().println("Pages without text, by reason: " + pages.reasons);
    }
  }

  private void answer(ExecutorService pool, Pages pages) {
    try (var file = new PrintStream(
        new BufferedOutputStream(Files.newOutputStream(out), 1 << 16),
        false,
        StandardCharsets.UTF_8)) {
      answer(file, pool, pages);
      if (file.checkError()) {
        throw new UserError(out.toString(), "cannot be written to its end", "Is the disk full?");
      }
    } catch (IOException e) {
      throw new UserError(out.toString(), "cannot be written: " + e, "Choose another place.");
    }
  }

  private void answer(PrintStream to, ExecutorService pool, Pages pages) {
    JsonLines.batches(herd, in, to, BATCH, row -> row, rows -> {
      List<Future<ObjectNode>> texts =
          rows.stream().map(row -> pool.submit(() -> pages.answer(row))).toList();
      return texts.stream().map(ExtractCommand::done).toList();
    });
  }

  private static ObjectNode done(Future<ObjectNode> text) {
    try {
      return text.get();
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while pages are read", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("a page could not be read", e.getCause());
    }
  }

  /// Reads pages, each for a bounded time, on any threads.
  static final class Pages {
    /// Bytes of a page, unpacked.
    private static final int MOST = 128 << 20;

    private final String rows;
    private final TimeLimit limit;
    private final ConcurrentLinkedQueue<Extractor> idle = new ConcurrentLinkedQueue<>();
    private final LongAdder read = new LongAdder();
    private final ConcurrentSkipListMap<String, LongAdder> reasons = new ConcurrentSkipListMap<>();

    /// @param rows where they stand: pages in files stand beside them
    Pages(String rows, TimeLimit limit) {
      this.rows = rows;
      this.limit = limit;
    }

    /// A page's address, and how it is read.
    record Page(String url, Function<Extractor, HtmlText> text) {}

    /// What was read, and what has no text for which reason.
    ObjectNode counts() {
      var counts = JsonNodeFactory.instance.objectNode().put("pages", read.sum());
      var why = counts.putObject("withoutText");
      reasons.forEach((reason, pages) -> why.put(reason, pages.sum()));
      return counts;
    }

    /// What one row's page says, or why it cannot be read.
    ObjectNode answer(ObjectNode row) {
      try {
        return answer(page(row));
      } catch (UserError e) {
        return JsonNodeFactory.instance.objectNode().put("error", e.getMessage());
      }
    }

    /// @throws UserError if the page cannot be read
    ObjectNode answer(Page page) {
      var extractor = idle.poll();
      extractor = extractor == null ? new Extractor() : extractor;
      HtmlText text;
      try (var watch = limit.watch()) {
        watch.begin();
        try {
          text = page.text.apply(extractor);
        } catch (TimeLimit.Passed e) {
          if (!watch.end()) {
            throw e;
          }
          return without(page, "time-limit"); // the extractor was stopped halfway, and goes
        }
      }
      if (!extractor.isLarge()) {
        idle.add(extractor);
      }
      if (text == null) {
        return without(page, "page-too-large");
      }
      return text == HtmlText.TOO_MANY_ELEMENTS
          ? without(page, "too-many-elements")
          : said(page, text);
    }

    private ObjectNode without(Page page, String reason) {
      reasons.computeIfAbsent(reason, _ -> new LongAdder()).increment();
      return said(page, HtmlText.TOO_MANY_ELEMENTS).put("reason", reason);
    }

    private ObjectNode said(Page page, HtmlText text) {
      read.increment();
      return JsonNodeFactory.instance
          .objectNode()
          .put("text", text.text())
          .put("title", text.title())
          .put("date", text.date())
          .put("author", text.author())
          .put("url", text.canonicalUrl().isEmpty() ? page.url : text.canonicalUrl())
          .put("language", text.language());
    }

    private Page page(ObjectNode row) {
      var url = row.path("url").isString() ? row.path("url").stringValue() : "";
      if (row.path("html").isMissingNode()) {
        var html = JsonLines.text(row, "html_text");
        return new Page(url, extractor -> extractor.read(html, url));
      }
      var beside = rows.equals("-") ? Path.of("rows") : Path.of(rows).toAbsolutePath();
      var file = beside.resolveSibling(JsonLines.text(row, "html"));
      return new Page(url, extractor -> {
        var page = bytes(file);
        return page.length > MOST ? null : extractor.read(page, url);
      });
    }

    private static byte[] bytes(Path file) {
      try (var stored = Files.newInputStream(file)) {
        if (!file.toString().endsWith(".gz")) {
          return stored.readNBytes(MOST + 1);
        }
        try (var page = new GZIPInputStream(stored, 1 << 16)) {
          return page.readNBytes(MOST + 1);
        }
      } catch (IOException e) {
        TimeLimit.heed(); // an interruption closes the file
        throw WholeFile.unreadable(file, e);
      }
    }
  }
}
