package herd.data.fasttext;

import herd.engine.UserError;

/// How a classifier is trained; fastText's names for them in brackets.
/// @param dim numbers in a vector
/// @param epochs how often each line is read (epoch)
/// @param rate of learning at the start; it falls to 0 (lr)
/// @param minCount rarer words are no features of their own
/// @param minLabels rarer labels are left out (minCountLabel)
/// @param wordNgrams longest run of words that is a feature
/// @param minn shortest run of characters in a word that is a feature
/// @param maxn longest, 0 for none
/// @param bucket rows that hashed features share
/// @param loss how scores become probabilities
/// @param negatives labels drawn for each line with negative sampling (neg)
/// @param threads more than one make the result depend on their timing
/// @param seed of all that is random
public record TrainSettings(
    int dim,
    int epochs,
    double rate,
    int minCount,
    int minLabels,
    int wordNgrams,
    int minn,
    int maxn,
    int bucket,
    Loss loss,
    int negatives,
    int threads,
    long seed) {
  /// fastText's defaults for classifiers, on one thread.
  public static final TrainSettings DEFAULT =
      new TrainSettings(100, 5, 0.1, 1, 0, 1, 0, 0, 2_000_000, Loss.SOFTMAX, 5, 1, 0);

  public TrainSettings {
    within("dim", dim, 1, 4096);
    within("epochs", epochs, 1, 100_000);
    within("minCount", minCount, 0, Integer.MAX_VALUE);
    within("minLabels", minLabels, 0, Integer.MAX_VALUE);
    within("wordNgrams", wordNgrams, 1, 100);
    within("minn", minn, 0, 100);
    within("maxn", maxn, 0, 100);
    within("bucket", bucket, 0, 1 << 30);
    within("negatives", negatives, 0, 1000);
    within("threads", threads, 1, 1024);
    if (!(rate > 0 && rate <= 100)) {
      throw new UserError("rate", "" + rate, "above 0, up to 100", "The usual is 0.1 to 1.");
    }
    if (maxn > 0 && minn > maxn) {
      throw new UserError("minn", "" + minn, "up to maxn, " + maxn, "");
    }
    if (wordNgrams <= 1 && maxn == 0) {
      bucket = 0;
    } else if (bucket == 0) {
      throw new UserError("bucket", "0", "1 or more with runs of words or characters", "");
    }
  }

  private static void within(String where, int value, int least, int most) {
    if (value < least || value > most) {
      throw new UserError(where, "" + value, least + " to " + most, "");
    }
  }
}
