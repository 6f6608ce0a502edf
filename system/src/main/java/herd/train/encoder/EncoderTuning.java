package herd.train.encoder;

import herd.engine.UserError;
import herd.engine.encoder.EncoderPass;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Tensor;
import herd.run.Progress;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// Fine-tunes an encoder on labelled texts: cross-entropy, AdamW, a rate that rises and falls along
/// lines. The same texts and settings give the same numbers.
/// @param epochs how often each text is read
/// @param batch texts of a step
/// @param rate of learning at its peak
/// @param warmup share of the steps until then
/// @param decay of weights; biases and norms are spared
/// @param seed of the texts' order
public record EncoderTuning(
    int epochs, int batch, double rate, double warmup, double decay, long seed) {
  private static final double CLIP = 1;

  public EncoderTuning {
    check("epochs", epochs, epochs >= 1 && epochs <= 10_000, "1 to 10000");
    check("batch", batch, batch >= 1 && batch <= 4096, "1 to 4096");
    check("rate", rate, rate > 0 && rate <= 1, "above 0, up to 1; the usual is 2e-5");
    check("warmup", warmup, warmup >= 0 && warmup < 1, "0 to under 1");
    check("decay", decay, decay >= 0 && decay <= 1, "0 to 1");
  }

  private static void check(String name, double value, boolean ok, String allowed) {
    if (!ok) {
      throw new UserError(name, "" + value, allowed, "");
    }
  }

  /// @param texts to learn from
  /// @param labels number of each text's label
  /// @return the mean loss of the last epoch
  /// @throws UserError if the loss is no number any more
  public double run(
      EncoderClassifier classifier, List<String> texts, int[] labels, Progress progress) {
    var ids = texts.stream().map(classifier::tokens).toArray(int[][]::new);
    long steps = (long) epochs * ((ids.length + batch - 1) / batch);
    long step = 0;
    double loss = 0;
    try (var arena = Arena.ofShared()) {
      var encoder = classifier.encoder();
      var gradients = encoder.zeros(arena);
      var means = encoder.zeros(arena);
      var squares = encoder.zeros(arena);
      for (int epoch = 0; epoch < epochs; epoch++) {
        var order = order(ids.length, epoch);
        loss = 0;
        for (int from = 0; from < order.length; from += batch) {
          progress.check();
          int count = Math.min(batch, order.length - from);
          var chosen = new int[count][];
          var right = new int[count];
          for (int i = 0; i < count; i++) {
            chosen[i] = ids[order[from + i]];
            right[i] = labels[order[from + i]];
          }
          gradients.values().forEach(gradient -> gradient.fill(0));
          try (var pass = new EncoderPass(encoder, classifier.kernels(), chosen)) {
            double one = pass.backward(right, gradients);
            loss += one * count / order.length;
          }
          step++;
          update(classifier, gradients, means, squares, step, steps);
          progress.at(step, steps, "steps", Map.of("loss", loss));
        }
      }
    }
    return loss;
  }

  private int[] order(int count, int epoch) {
    var random = new SplittableRandom(seed + epoch);
    var order = new int[count];
    for (int i = 0; i < count; i++) {
      int other = random.nextInt(i + 1);
      order[i] = order[other];
      order[other] = i;
    }
    return order;
  }

  private void update(
      EncoderClassifier classifier,
      Map<String, Tensor> gradients,
      Map<String, Tensor> means,
      Map<String, Tensor> squares,
      long step,
      long steps) {
    var kernels = classifier.kernels();
    double sum = 0;
    for (var gradient : gradients.values()) {
      sum += kernels.sumOfSquares(gradient);
    }
    double norm = Math.sqrt(sum);
    if (!Double.isFinite(norm)) {
      throw new UserError("rate", rate + " lets the numbers grow beyond all bounds", "Lower it.");
    }
    double rising = Math.max(1, warmup * steps);
    double now = rate * Math.min(step / rising, (steps - step + 1) / Math.max(1, steps - rising));
    double scale = Math.min(1, CLIP / (norm + 1e-6));
    classifier.encoder().parameters().forEach((name, parameter) -> {
      boolean spared = name.endsWith(".bias") || name.contains("LayerNorm");
      var settings = new Kernels.AdamStep(now, 0.9, 0.999, 1e-8, spared ? 0 : decay, step, scale);
      kernels.adamW(parameter, gradients.get(name), means.get(name), squares.get(name), settings);
    });
  }
}
