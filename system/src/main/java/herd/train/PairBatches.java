package herd.train;

import herd.engine.UserError;
import herd.engine.model.Eager;
import herd.engine.model.Llama;
import herd.engine.tensor.Kernels;
import java.util.ArrayList;
import java.util.List;

/// Batches of preferences for DPO: each pair two segments of one batch, with the reference model's
/// log-probabilities attached, as many whole pairs in a step as fit, shuffled anew for every epoch.
/// What a step sees follows from its number and the seed alone.
public final class PairBatches implements Batches {
  private final List<Preference> pairs;
  private final double[][] reference;
  private final List<int[]> steps;

  /// Two answers to one prompt.
  /// @param chosen with the better answer
  /// @param rejected with the worse one
  public record Preference(Example chosen, Example rejected) {
    int length() {
      return chosen.length() + rejected.length();
    }

    boolean usable() {
      return chosen.learntTokens() > 0 && rejected.learntTokens() > 0;
    }
  }

  private PairBatches(List<Preference> pairs, double[][] reference, List<int[]> steps) {
    this.pairs = pairs;
    this.reference = reference;
    this.steps = steps;
  }

  /// Runs the reference model once over all pairs.
  /// @param pairs those with an empty answer are left out
  /// @param tokensPerStep most tokens of a step; a longer pair has a step of its own
  /// @param epochs how often each pair is seen in [#steps] steps
  /// @param model that training starts from; it is done with when this returns
  /// @throws UserError if no pair is left
  public static PairBatches of(
      List<Preference> pairs,
      int tokensPerStep,
      int epochs,
      long seed,
      Llama model,
      Kernels kernels) {
    var usable = pairs.stream().filter(Preference::usable).toList();
    if (usable.isEmpty() || epochs < 1) {
      throw new UserError(
          "preference pairs",
          usable.isEmpty() ? "none with two answers" : epochs + " epochs",
          "Look at what the pairs are made from, and at the number of epochs.");
    }
    var once = Shuffle.steps(usable.size(), i -> usable.get(i).length(), tokensPerStep, 1, seed);
    var reference = new double[usable.size()][];
    try (var ops = new Eager(kernels)) {
      for (int[] step : once) {
        double[] sums = SegmentLogProbs.of(model, ops, ragged(usable, step));
        for (int i = 0; i < step.length; i++) {
          reference[step[i]] = new double[] {sums[2 * i], sums[2 * i + 1]};
        }
      }
    }
    return new PairBatches(
        usable,
        reference,
        Shuffle.steps(usable.size(), i -> usable.get(i).length(), tokensPerStep, epochs, seed));
  }

  /// Steps of all epochs together.
  public long steps() {
    return steps.size();
  }

  @Override
  public List<Batch> microBatches(long step) {
    int[] items = steps.get((int) (step % steps.size()));
    var batch = ragged(pairs, items);
    var compared = new ArrayList<Batch.Pair>();
    for (int i = 0; i < items.length; i++) {
      var sums = reference[items[i]];
      compared.add(new Batch.Pair(2 * i, 2 * i + 1, sums[0], sums[1]));
    }
    return List.of(
        new Batch(batch.tokens(), batch.segments(), batch.targets(), compared, List.of()));
  }

  /// Pairs one after the other: segment `2i` is the chosen answer of pair `i`, `2i + 1` the
  /// rejected one.
  private static Batch ragged(List<Preference> pairs, int[] items) {
    var examples = new ArrayList<Example>();
    for (int item : items) {
      examples.add(pairs.get(item).chosen());
      examples.add(pairs.get(item).rejected());
    }
    return DialogueBatches.ragged(examples);
  }
}
