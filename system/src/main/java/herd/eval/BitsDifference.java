package herd.eval;

import herd.engine.infer.Scorer;
import java.util.List;

/// How two models differ in bits per byte on the same texts, with a 95% interval over documents.
/// @param control bits per byte of the first model
/// @param candidate of the second
/// @param difference second minus first: below 0 it is better
/// @param low end of the interval of the difference
/// @param high its other end
/// @param documents how many texts
public record BitsDifference(
    double control, double candidate, double difference, double low, double high, int documents) {
  /// @param texts none of them empty
  public static BitsDifference of(
      Texts texts, Scorer control, Scorer candidate, List<String> some, long seed) {
    var first = texts.score(control, some);
    var second = texts.score(candidate, some);
    var interval = new Bootstrap(10_000, seed).difference(first, second);
    return new BitsDifference(
        first.value(),
        second.value(),
        interval.value(),
        interval.low(),
        interval.high(),
        interval.items());
  }

  /// Whether the interval leaves out 0.
  public boolean outside() {
    return low > 0 || high < 0;
  }
}
