package herd.cli;

import herd.engine.UserError;
import herd.train.encoder.EncoderClassifier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

@Command(
    name = "predict",
    description = "Say which label fits texts best, by an encoder.",
    footer = {
      "",
      "Rows are {\"id\", \"text\"}; answers {\"id\", \"label\", \"probability\", \"probabilities\"}.",
      "Example: herd encoder predict --model quality --in texts.jsonl"
    })
final class EncoderPredictCommand implements Runnable {
  @ParentCommand
  private EncoderCommand parent;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "DIR",
      description = "config.json, model.safetensors and tokenizer.json of a classifier.")
  private Path model;

  @Option(
      names = "--batch",
      defaultValue = "16",
      paramLabel = "N",
      description = "Texts that are computed together (${DEFAULT-VALUE}).")
  private int batch;

  @Mixin
  private RowsIn rows;

  @Mixin
  private KernelOptions kernels;

  @Mixin
  private Shown shown;

  @Override
  public void run() {
    if (batch < 1) {
      throw new UserError("--batch", "" + batch, "1 or more", "");
    }
    try (var workers = kernels.workers();
        var classifier = new EncoderClassifier(model, null, 0, kernels.kernels(workers))) {
      JsonLines.batches(
          parent.herd(),
          rows.file,
          batch,
          row -> JsonLines.text(row, "text"),
          texts -> answers(classifier, texts));
    }
  }

  private static List<ObjectNode> answers(EncoderClassifier classifier, List<String> texts) {
    var answers = new ArrayList<ObjectNode>();
    for (double[] shares : classifier.classify(texts)) {
      int best = 0;
      for (int i = 1; i < shares.length; i++) {
        best = shares[i] > shares[best] ? i : best;
      }
      var answer = JsonNodeFactory.instance.objectNode();
      answer.put("label", classifier.labels().get(best)).put("probability", shares[best]);
      var all = answer.putObject("probabilities");
      for (int i = 0; i < shares.length; i++) {
        all.put(classifier.labels().get(i), shares[i]);
      }
      answers.add(answer);
    }
    return answers;
  }
}
