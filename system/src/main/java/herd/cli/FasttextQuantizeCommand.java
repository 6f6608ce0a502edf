package herd.cli;

import herd.data.fasttext.FastText;
import herd.data.fasttext.Quantiser;
import herd.engine.io.WholeFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.JsonNodeFactory;

@Command(
    name = "quantize",
    description = "Make a classifier in fastText's form small; fastText opens the result.",
    footer = {
      "",
      "Example: herd fasttext quantize --in quality.bin --cutoff 100000 --qnorm --out quality.ftz"
    })
final class FasttextQuantizeCommand implements Runnable {
  @ParentCommand
  private FasttextCommand parent;

  @Option(names = "--in", required = true, paramLabel = "FILE", description = "A .bin model.")
  private Path in;

  @Option(names = "--out", required = true, paramLabel = "FILE", description = "The .ftz model.")
  private Path out;

  @Option(
      names = "--cutoff",
      defaultValue = "0",
      paramLabel = "N",
      description = "Features that are kept, those with the longest vectors; 0 for all.")
  private int cutoff;

  @Option(
      names = "--dsub",
      defaultValue = "2",
      paramLabel = "N",
      description = "Numbers behind one code (${DEFAULT-VALUE}).")
  private int partDim;

  @Option(names = "--qnorm", description = "Lengths of vectors have codes of their own.")
  private boolean lengths;

  @Option(names = "--qout", description = "The labels' vectors become codes too.")
  private boolean labels;

  @Option(
      names = "--retrain",
      paramLabel = "FILE",
      description = "Labelled lines to train what is left on, with the options below.")
  private Path retrain;

  @Mixin
  private FasttextCommand.Training training;

  @Mixin
  private Shown shown;

  @Override
  public void run() {
    var herd = parent.herd();
    var settings = training.settings();
    var progress = Says.aside(herd, Stop.listen(herd.err()));
    var quantiser = new Quantiser(cutoff, partDim, lengths, labels, 0);
    var model = FastText.read(in);
    if (retrain == null) {
      quantiser.quantise(model, null, null, progress).write(out);
    } else {
      FasttextCommand.Training.withLines(
          retrain, lines -> quantiser.quantise(model, lines, settings, progress).write(out));
    }
    long before = size(in);
    long after = size(out);
    if (shown.asJson()) {
      herd.out()
          .println(
              JsonNodeFactory.instance.objectNode().put("bytesBefore", before).put("bytes", after));
    } else {
      herd.out().printf(Locale.ROOT, "%s: %,d bytes of %,d%n", out, after, before);
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw WholeFile.unreadable(file, e);
    }
  }
}
