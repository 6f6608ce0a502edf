package herd.cli;

import herd.engine.UserError;
import herd.engine.io.WholeFile;
import herd.train.encoder.EncoderClassifier;
import herd.train.encoder.EncoderTuning;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

@Command(
    name = "train",
    description = "Fine-tune an encoder as a classifier of texts.",
    footer = {
      "",
      "Rows are {\"text\", \"label\"}; the head is new, with the labels that the rows name.",
      "Example: herd encoder train --model distilroberta --in labelled.jsonl --out quality"
    })
final class EncoderTrainCommand implements Runnable {
  @ParentCommand
  private EncoderCommand parent;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "DIR",
      description = "config.json, model.safetensors and tokenizer.json of a RoBERTa.")
  private Path model;

  @Option(names = "--in", required = true, paramLabel = "FILE", description = "JSON rows.")
  private Path in;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "The classifier.")
  private Path out;

  @Option(
      names = "--epochs",
      defaultValue = "3",
      paramLabel = "N",
      description = "How often each text is read (${DEFAULT-VALUE}).")
  private int epochs;

  @Option(
      names = "--batch",
      defaultValue = "16",
      paramLabel = "N",
      description = "Texts of a step (${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--rate",
      defaultValue = "2e-5",
      paramLabel = "R",
      description = "Rate of learning at its peak (${DEFAULT-VALUE}).")
  private double rate;

  @Option(
      names = "--seed",
      defaultValue = "0",
      paramLabel = "N",
      description = "Of the head and the texts' order (${DEFAULT-VALUE}).")
  private long seed;

  @Mixin
  private KernelOptions kernels;

  @Mixin
  private Shown shown;

  @Override
  public void run() {
    var herd = parent.herd();
    var tuning = new EncoderTuning(epochs, batch, rate, 0.06, 0.01, seed);
    var texts = new ArrayList<String>();
    var named = new ArrayList<String>();
    read(texts, named);
    var labels = List.copyOf(new TreeSet<>(named));
    if (labels.size() < 2) {
      throw new UserError(in.toString(), labels.size() + " labels", "2 or more", "Give more rows.");
    }
    var progress = Says.aside(herd, Stop.listen(herd.err()));
    try (var workers = kernels.workers();
        var classifier = new EncoderClassifier(model, labels, seed, kernels.kernels(workers))) {
      int[] right = named.stream().mapToInt(labels::indexOf).toArray();
      double loss = tuning.run(classifier, texts, right, progress);
      classifier.save(out);
      if (shown.asJson()) {
        herd.out()
            .println(JsonNodeFactory.instance
                .objectNode()
                .put("texts", texts.size())
                .put("labels", labels.size())
                .put("loss", loss));
      } else {
        herd.out()
            .printf(
                Locale.ROOT,
                "%s: %d texts, %d labels, loss %.4f in the last epoch%n",
                out,
                texts.size(),
                labels.size(),
                loss);
      }
    }
  }

  private void read(List<String> texts, List<String> labels) {
    var json = new JsonMapper();
    int number = 0;
    try (var rows = Files.newBufferedReader(in)) {
      for (String line = rows.readLine(); line != null; line = rows.readLine()) {
        number++;
        if (line.isBlank()) {
          continue;
        }
        var row = json.readTree(line);
        if (!row.path("text").isString() || !row.path("label").isString()) {
          throw new UserError(
              in + ":" + number, "no text or no label", "{\"text\": …, \"label\": …}", "");
        }
        texts.add(row.get("text").stringValue());
        labels.add(row.get("label").stringValue());
      }
    } catch (JacksonException e) {
      throw new UserError(
          in + ":" + number, "not JSON: " + e.getOriginalMessage(), "One object a line.");
    } catch (IOException e) {
      throw WholeFile.unreadable(in, e);
    }
  }
}
