package herd.train;

import herd.engine.UserError;
import herd.engine.tensor.Segments;
import java.util.Arrays;
import java.util.List;

/// Batches of dialogues for supervised fine-tuning: each a segment, as many whole ones in a step as
/// fit, shuffled anew for every epoch. What a step sees follows from its number and the seed alone.
public final class DialogueBatches implements Batches {
  private final List<Example> examples;
  private final List<int[]> steps;

  /// @param examples those in which nothing is learnt are left out
  /// @param tokensPerStep most tokens of a step; a longer dialogue has a step of its own
  /// @param epochs how often each dialogue is seen in [#steps] steps
  /// @throws UserError if no dialogue is left
  public DialogueBatches(List<Example> examples, int tokensPerStep, int epochs, long seed) {
    this.examples = examples.stream().filter(e -> e.learntTokens() > 0).toList();
    if (this.examples.isEmpty() || epochs < 1) {
      throw new UserError(
          "dialogues",
          this.examples.isEmpty() ? "none in which anything is learnt" : epochs + " epochs",
          "Look at what the dialogues are made from, and at the number of epochs.");
    }
    this.steps = Shuffle.steps(
        this.examples.size(), i -> this.examples.get(i).length(), tokensPerStep, epochs, seed);
  }

  /// Steps of all epochs together.
  public long steps() {
    return steps.size();
  }

  @Override
  public List<Batch> microBatches(long step) {
    var chosen = Arrays.stream(steps.get((int) (step % steps.size())))
        .mapToObj(examples::get)
        .toList();
    return List.of(ragged(chosen));
  }

  /// Examples one after the other, each a segment.
  static Batch ragged(List<Example> examples) {
    int[] lengths = examples.stream().mapToInt(Example::length).toArray();
    int total = Arrays.stream(lengths).sum();
    var tokens = new int[total];
    var targets = new int[total];
    int at = 0;
    for (var example : examples) {
      example.put(tokens, targets, at);
      at += example.length();
    }
    return new Batch(tokens, Segments.packed(lengths), targets);
  }
}
