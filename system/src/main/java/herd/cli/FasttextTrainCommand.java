package herd.cli;

import herd.data.fasttext.FastText;
import herd.data.fasttext.Trainer;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.JsonNodeFactory;

@Command(
    name = "train",
    description = "Train a classifier of texts; fastText opens the result.",
    footer = {
      "",
      "Lines are '__label__good the text', with one label or several; a .jsonl file has",
      "{\"text\", \"label\"} a line. With one thread, the same lines give the same model.",
      "Example: herd fasttext train --in labelled.txt --word-ngrams 2 --out quality.bin"
    })
final class FasttextTrainCommand implements Runnable {
  @ParentCommand
  private FasttextCommand parent;

  @Option(names = "--in", required = true, paramLabel = "FILE", description = "Labelled lines.")
  private Path in;

  @Option(names = "--out", required = true, paramLabel = "FILE", description = "The model, .bin.")
  private Path out;

  @Option(
      names = "--test",
      paramLabel = "FILE",
      description = "Labelled lines to judge the model by.")
  private Path test;

  @Mixin
  private FasttextCommand.Training training;

  @Mixin
  private Shown shown;

  @Override
  public void run() {
    var herd = parent.herd();
    var settings = training.settings();
    var progress = Says.aside(herd, Stop.listen(herd.err()));
    long start = System.nanoTime();
    var model = new FastText[1];
    FasttextCommand.Training.withLines(
        in, lines -> model[0] = Trainer.train(lines, settings, progress));
    model[0].write(out);
    double seconds = (System.nanoTime() - start) / 1e9;
    var facts = JsonNodeFactory.instance.objectNode();
    facts.put("labels", model[0].labels().size());
    facts.put("seconds", Math.round(seconds * 100) / 100.0);
    if (test != null) {
      FasttextCommand.Training.withLines(test, lines -> {
        var judged = Trainer.test(lines, model[0]);
        facts.put("testLines", judged.lines()).put("testRight", judged.right());
      });
    }
    if (shown.asJson()) {
      herd.out().println(facts);
      return;
    }
    herd.out()
        .printf(Locale.ROOT, "%s: %d labels, %.1f s%n", out, model[0].labels().size(), seconds);
    if (test != null) {
      herd.out()
          .printf(
              Locale.ROOT,
              "%.4f of %d test lines right%n",
              facts.get("testRight").doubleValue(),
              facts.get("testLines").longValue());
    }
  }
}
