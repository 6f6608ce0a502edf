package herd.cli;

import herd.data.html.Extractor;
import herd.data.html.HtmlText;
import herd.engine.UserError;
import herd.engine.io.WholeFile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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
      "with \"url\" where it is known. Example: herd extract --in pages.jsonl --out texts.jsonl"
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

  @Mixin
  private Shown shown;

  private final ConcurrentLinkedQueue<Extractor> idle = new ConcurrentLinkedQueue<>();

  /// A page that a row asks for.
  /// @param file null where the page stands in the row
  private record Page(Path file, String html, String url) {}

  @Override
  public void run() {
    int workers = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
    if (workers < 1) {
      throw new UserError("--threads", "" + workers, "1 or more", "Leave it out for all.");
    }
    try (var pool = Executors.newFixedThreadPool(workers)) {
      if (out == null) {
        answer(herd.out(), pool);
        return;
      }
      try (var file = new PrintStream(
          new BufferedOutputStream(Files.newOutputStream(out), 1 << 16),
          false,
          StandardCharsets.UTF_8)) {
        answer(file, pool);
        if (file.checkError()) {
          throw new UserError(out.toString(), "cannot be written to its end", "Is the disk full?");
        }
      } catch (IOException e) {
        throw new UserError(out.toString(), "cannot be written: " + e, "Choose another place.");
      }
    }
  }

  private void answer(PrintStream to, ExecutorService pool) {
    JsonLines.batches(herd, in, to, BATCH, row -> row, rows -> {
      List<Future<ObjectNode>> texts =
          rows.stream().map(row -> pool.submit(() -> text(row))).toList();
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

  /// What one row's page says, or why it cannot be read.
  private ObjectNode text(ObjectNode row) {
    var object = JsonNodeFactory.instance.objectNode();
    var extractor = idle.poll();
    extractor = extractor == null ? new Extractor() : extractor;
    try {
      var page = page(row);
      var text = page.file == null
          ? extractor.read(page.html, page.url)
          : extractor.read(bytes(page.file), page.url);
      idle.add(extractor);
      return object
          .put("text", text.text())
          .put("title", text.title())
          .put("date", text.date())
          .put("author", text.author())
          .put("url", address(text, page))
          .put("language", text.language());
    } catch (UserError e) {
      return object.put("error", e.getMessage());
    }
  }

  private static String address(HtmlText text, Page page) {
    return text.canonicalUrl().isEmpty() ? page.url : text.canonicalUrl();
  }

  private Page page(ObjectNode row) {
    var url = row.path("url").isString() ? row.path("url").stringValue() : "";
    if (row.path("html").isMissingNode()) {
      return new Page(null, JsonLines.text(row, "html_text"), url);
    }
    var rows = in.equals("-") ? Path.of("rows") : Path.of(in).toAbsolutePath();
    return new Page(rows.resolveSibling(JsonLines.text(row, "html")), null, url);
  }

  private static byte[] bytes(Path file) {
    try (var stored = Files.newInputStream(file)) {
      if (!file.toString().endsWith(".gz")) {
        return stored.readAllBytes();
      }
      try (var page = new GZIPInputStream(stored, 1 << 16)) {
        return page.readAllBytes();
      }
    } catch (IOException e) {
      throw WholeFile.unreadable(file, e);
    }
  }
}
