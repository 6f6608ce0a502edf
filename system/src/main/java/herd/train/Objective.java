package herd.train;

import herd.engine.model.Llama;
import herd.engine.model.Recorded;
import herd.engine.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;

/// What a model is trained for: value and derivative in one method. A loss is a mean over equal
/// parts (targets, pairs, examples) of all micro-batches of a step together; the training loop
/// counts the parts and passes one weight for each, so that micro-batches of unequal size are not
/// averaged twice.
public sealed interface Objective {
  /// Parts of `batch` that the mean is taken over.
  long parts(Batch batch);

  /// Runs `model` forward and backward on `batch`: adds to the gradients of `ops`.
  /// @param weight of each part: 1 over the parts of the whole step
  /// @return `weight` times the sum over the parts
  double forwardBackward(Llama model, Recorded ops, Batch batch, double weight);

  /// Next-token prediction: cross-entropy, mean over the kept targets. With prompts masked it is
  /// supervised fine-tuning (Llama 3 paper, section 4.1.3).
  /// @param zLoss weight of the penalty on the softmax's denominator (PaLM, section 5; 1e-4 is
  ///     usual), 0 for none; it is not part of the loss that is told
  /// @param losses hears of every target's loss; null if nobody asks
  record LanguageModel(double zLoss, SourceLosses losses) implements Objective {
    /// Cross-entropy alone.
    public LanguageModel() {
      this(0, null);
    }

    @Override
    public long parts(Batch batch) {
      return batch.kept();
    }

    @Override
    public double forwardBackward(Llama model, Recorded ops, Batch batch, double weight) {
      ops.reset();
      var hidden = model.forward(ops, batch.tokens(), batch.segments());
      var logProbs = logProbs(model, ops, hidden, batch, weight);
      double sum = 0;
      for (double logProb : logProbs) {
        sum += logProb;
      }
      ops.backward();
      if (losses != null) {
        losses.add(batch, logProbs);
      }
      return -weight * sum;
    }

    private double[] logProbs(
        Llama model, Recorded ops, Tensor hidden, Batch batch, double weight) {
      if (zLoss > 0) {
        return new ZLoss(zLoss)
            .forwardBackward(ops, hidden, model.head(), batch.targets(), weight)
            .logProbs();
      }
      var coefficients = new double[batch.targets().length];
      Arrays.fill(coefficients, -weight);
      var column = ops.logProbs(hidden, model.head(), batch.targets(), coefficients);
      Arrays.setAll(coefficients, i -> column.get(i, 0));
      return coefficients;
    }
  }

  /// Direct preference optimisation, mean over pairs, plus the chosen answer's negative
  /// log-likelihood per kept target (Llama 3 paper, section 4.1.4: beta 0.1, weight 0.2; header
  /// and termination tokens masked in both answers).
  /// @param beta strength of the pull towards the reference
  /// @param nllWeight of the chosen answer's likelihood
  record Dpo(double beta, double nllWeight) implements Objective {
    @Override
    public long parts(Batch batch) {
      return batch.pairs().size();
    }

    @Override
    public double forwardBackward(Llama model, Recorded ops, Batch batch, double weight) {
      ops.reset();
      var hidden = model.forward(ops, batch.tokens(), batch.segments());
      var logProbs = ops.logProbs(hidden, model.head(), batch.targets());
      var sums = SegmentLogProbs.sums(logProbs, batch.segments());
      var slopes = new double[sums.length];
      double loss = 0;
      for (var pair : batch.pairs()) {
        int targets = batch.kept(pair.chosen());
        if (targets == 0) {
          throw new IllegalArgumentException("a chosen answer without a target: " + pair);
        }
        double chosen = sums[pair.chosen()] - pair.referenceChosen();
        double rejected = sums[pair.rejected()] - pair.referenceRejected();
        var at = new PairLoss.Dpo(beta).at(chosen - rejected);
        loss += weight * (at.value() - nllWeight * sums[pair.chosen()] / targets);
        slopes[pair.chosen()] += weight * (at.slope() - nllWeight / targets);
        slopes[pair.rejected()] -= weight * at.slope();
      }
      var gradient = ops.gradient(logProbs);
      for (int s = 0; s < slopes.length; s++) {
        int start = batch.segments().start()[s];
        for (int i = start; i < start + batch.segments().length()[s]; i++) {
          gradient.set(i, 0, slopes[s]);
        }
      }
      ops.backward();
      return loss;
    }
  }

  /// A reward model (Llama 3 paper, section 4.1.2): the reward of an answer is `head` times the
  /// hidden state at its last token; edited over chosen over rejected, mean over examples,
  /// without a margin term.
  /// @param head `[1, dim]`, trained if it is among the trained parameters
  record RewardRanking(Tensor head) implements Objective {
    /// The name of [#head] among the parameters.
    public static final String HEAD = "reward_head.weight";

    @Override
    public long parts(Batch batch) {
      return batch.rankings().size();
    }

    @Override
    public double forwardBackward(Llama model, Recorded ops, Batch batch, double weight) {
      ops.reset();
      var segments = batch.segments();
      var last = IntStream.range(0, segments.count())
          .map(s -> segments.start()[s] + segments.length()[s] - 1)
          .toArray();
      var hidden = model.forward(ops, batch.tokens(), segments);
      var rewards = ops.linear(ops.embedding(hidden, last), head); // [segments, 1]
      var gradient = ops.gradient(rewards);
      double loss = 0;
      for (var ranking : batch.rankings()) {
        loss += ahead(rewards, gradient, ranking.chosen(), ranking.rejected(), weight);
        if (ranking.edited() >= 0) {
          loss += ahead(rewards, gradient, ranking.edited(), ranking.chosen(), weight);
          loss += ahead(rewards, gradient, ranking.edited(), ranking.rejected(), weight);
        }
      }
      ops.backward();
      return loss;
    }

    private static double ahead(
        Tensor rewards, Tensor gradient, int better, int worse, double weight) {
      var at = new PairLoss.Ranking().at(rewards.get(better, 0) - rewards.get(worse, 0));
      gradient.set(better, 0, gradient.get(better, 0) + weight * at.slope());
      gradient.set(worse, 0, gradient.get(worse, 0) - weight * at.slope());
      return weight * at.value();
    }
  }

  /// Distillation: forward Kullback-Leibler divergence from teacher to student of the softmaxes at
  /// `temperature`, times its square, mean over the kept targets (Hinton et al. 2015).
  /// @param teacher with the student's vocabulary
  record Distillation(Llama teacher, double temperature) implements Objective {
    @Override
    public long parts(Batch batch) {
      return batch.kept();
    }

    @Override
    public double forwardBackward(Llama model, Recorded ops, Batch batch, double weight) {
      ops.reset();
      var rows = IntStream.range(0, batch.targets().length)
          .filter(i -> batch.targets()[i] >= 0)
          .toArray();
      var eager = ops.eager();
      eager.reset();
      var guide = teacher.forward(eager, batch.tokens(), batch.segments());
      var guides = eager.keep(eager.embedding(guide, rows));
      var losses = new double[rows.length];
      var hidden = model.forward(ops, batch.tokens(), batch.segments());
      ops.overLogits(hidden, model.head(), rows, (logits, from, to) -> {
        eager.keep(guides); // the last chunk's logits make room
        var wanted = eager.linear(guides.rows(from, to), teacher.head());
        ops.kernels()
            .workers()
            .run(to - from, row -> losses[from + row] = soften(logits, wanted, row, weight));
      });
      ops.backward();
      return Arrays.stream(losses).sum();
    }

    /// The weighted divergence of one row; the student's logits become its gradient.
    private double soften(Tensor student, Tensor wanted, int row, double weight) {
      var p = logSoftmax(wanted, row);
      var q = logSoftmax(student, row);
      double divergence = 0;
      for (int c = 0; c < p.length; c++) {
        double probability = Math.exp(p[c]);
        divergence += probability * (p[c] - q[c]);
        student.set(row, c, weight * temperature * (Math.exp(q[c]) - probability));
      }
      return weight * temperature * temperature * divergence;
    }

    private double[] logSoftmax(Tensor logits, int row) {
      var z = new double[logits.cols()];
      double max = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < z.length; c++) {
        z[c] = logits.get(row, c) / temperature;
        max = Math.max(max, z[c]);
      }
      double sum = 0;
      for (double value : z) {
        sum += Math.exp(value - max);
      }
      double logSum = max + Math.log(sum);
      for (int c = 0; c < z.length; c++) {
        z[c] -= logSum;
      }
      return z;
    }
  }
}
