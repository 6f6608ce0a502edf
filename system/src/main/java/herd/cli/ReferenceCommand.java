package herd.cli;

import herd.data.source.Loaded;
import herd.data.source.Ordered;
import herd.data.source.Reading;
import herd.data.text.TextFiles;
import herd.data.words.Reference;
import herd.data.words.TextStats;
import herd.data.words.WordRule;
import herd.engine.UserError;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.JsonNodeFactory;

@Command(
    name = "reference",
    description = "Count the words of good texts, for the rule that drops unlikely ones.",
    footer = {
      "",
      "The rule 'divergence' of the step 'heuristics' reads the file. Count with the words rule of",
      "that step. Example: herd reference --in wikipedia.jsonl.zst --out words.ref"
    })
final class ReferenceCommand implements Runnable {
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

  @Option(names = "--out", required = true, paramLabel = "FILE", description = "Where it goes.")
  private Path out;

  @Option(
      names = "--text",
      defaultValue = "text",
      paramLabel = "KEY",
      description = "Where the text stands in a row. Default: ${DEFAULT-VALUE}")
  private String key;

  @Option(
      names = "--words",
      defaultValue = "scripts",
      paramLabel = "RULE",
      description = "How words are found: scripts (default) or plain.")
  private WordRule words;

  @Option(names = "--threads", paramLabel = "N", description = "Default: all processors.")
  private Integer threads;

  @Mixin
  private Shown shown;

  @Override
  public void run() {
    int workers = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
    if (workers < 1) {
      throw new UserError("--threads", "" + workers, "1 or more", "Leave it out for all.");
    }
    var reference = Reference.empty(words);
    var documents = new long[1];
    new Ordered(TextFiles.of(in), new Reading(LONGEST, key, List.of()), workers)
        .each(
            (_, loaded) -> loaded instanceof Loaded.Document document
                    && document.text().length() <= TextStats.LONGEST
                ? count(reference, document.text())
                : 0,
            counted -> documents[0] += counted,
            Says.aside(herd, Stop.listen(herd.err())));
    if (reference.total() == 0) {
      throw new UserError("--in", "no text in " + String.join(", ", in), "Name other files.");
    }
    reference.write(out);
    if (shown.asJson()) {
      herd.out()
          .println(JsonNodeFactory.instance
              .objectNode()
              .put("documents", documents[0])
              .put("words", reference.total())
              .put("different", reference.types()));
    } else {
      herd.out()
          .printf(
              "%,d words, %,d different ones, of %,d documents in %s%n",
              reference.total(), reference.types(), documents[0], out);
    }
  }

  private static int count(Reference reference, String text) {
    reference.add(text);
    return 1;
  }
}
