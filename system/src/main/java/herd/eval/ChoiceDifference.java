package herd.eval;

import herd.engine.infer.Scorer;
import herd.engine.text.Tokenizer;
import java.util.Arrays;
import java.util.List;

/// How two models differ in the share of multiple-choice questions that they answer rightly, with a
/// 95% interval over questions.
/// @param control share of the first model
/// @param candidate of the second
/// @param difference second minus first: above 0 it is better
/// @param low end of the interval of the difference
/// @param high its other end
/// @param questions how many
public record ChoiceDifference(
    double control, double candidate, double difference, double low, double high, int questions) {
  /// @param items at least one
  public static ChoiceDifference of(
      Tokenizer tokenizer,
      Scorer control,
      Scorer candidate,
      List<Exam.ChoiceItem> items,
      long seed) {
    var questions = new Questions(tokenizer);
    var first = credits(questions.choices(control, items), items);
    var second = credits(questions.choices(candidate, items), items);
    var interval = new Bootstrap(10_000, seed).difference(first, second);
    return new ChoiceDifference(
        first.value(),
        second.value(),
        interval.value(),
        interval.low(),
        interval.high(),
        interval.items());
  }

  private static ItemScores credits(double[][] scores, List<Exam.ChoiceItem> items) {
    var credits = new double[scores.length];
    Arrays.setAll(credits, i -> Questions.credit(scores[i], items.get(i).answer()));
    return ItemScores.mean(credits);
  }

  /// Whether the interval leaves out 0.
  public boolean outside() {
    return low > 0 || high < 0;
  }
}
