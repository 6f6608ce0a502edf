package herd.engine.score;

import java.io.IOException;

/// All predictions of a text, one after the other.
final class Rows {
  /// Numbers of log-probabilities that are in memory at a time.
  private static final int NUMBERS = 1 << 21;

  private Rows() {}

  /// Looks at one prediction.
  interface Look {
    /// @param target the token that came next
    void at(int chunk, int target, float[] logProbs) throws IOException;
  }

  /// How many predictions are worth asking for at a time.
  static int together(Predictions predictions) {
    return Math.clamp(NUMBERS / predictions.vocab(), 1, predictions.perChunk());
  }

  static void each(Predictions predictions, Look look) throws IOException {
    int context = predictions.context();
    int[] ids = predictions.ids();
    int last = predictions.first() + predictions.perChunk();
    for (int chunk = 0; chunk < ids.length / context; chunk++) {
      int some;
      for (int at = predictions.first(); at < last; at += some) {
        some = Math.min(together(predictions), last - at);
        var rows = new float[some][predictions.vocab()];
        predictions.logProbs(chunk, at, rows);
        for (int r = 0; r < some; r++) {
          look.at(chunk, ids[chunk * context + at + r + 1], rows[r]);
        }
      }
    }
  }
}
