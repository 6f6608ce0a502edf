package herd.data.rate;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// How far two labellings of the same documents agree: their share of equal labels, and Cohen's
/// kappa, which counts what chance alone would give as nothing, with its 95% interval by resampling
/// documents.
/// @param documents compared
/// @param equal share of equal labels
/// @param commonest share that always saying the first labelling's commonest label would get
/// @param kappa 1 for the same, 0 for chance; NaN where one label is all there is
public record Agreement(
    int documents, double equal, double commonest, double kappa, double low, double high) {
  private static final int RESAMPLES = 2000;

  /// @param first numbers of labels, under `labels`
  /// @param second the same documents'
  public static Agreement of(int[] first, int[] second, int labels, long seed) {
    int n = first.length;
    var all = new int[n];
    Arrays.setAll(all, i -> i);
    int[] counts = new int[labels];
    int equal = 0;
    for (int i = 0; i < n; i++) {
      counts[first[i]]++;
      equal += first[i] == second[i] ? 1 : 0;
    }
    var random = new SplittableRandom(seed);
    var kappas = new double[RESAMPLES];
    var drawn = new int[n];
    for (int r = 0; r < RESAMPLES; r++) {
      for (int i = 0; i < n; i++) {
        drawn[i] = random.nextInt(n);
      }
      kappas[r] = kappa(first, second, drawn, labels);
    }
    // A resample of a single label says nothing.
    kappas = Arrays.stream(kappas).filter(Double::isFinite).sorted().toArray();
    double low = kappas.length == 0 ? Double.NaN : kappas[(int) (0.025 * kappas.length)];
    double high = kappas.length == 0
        ? Double.NaN
        : kappas[Math.min(kappas.length - 1, (int) (0.975 * kappas.length))];
    int most = Arrays.stream(counts).max().orElse(0);
    return new Agreement(
        n, (double) equal / n, (double) most / n, kappa(first, second, all, labels), low, high);
  }

  private static double kappa(int[] first, int[] second, int[] chosen, int labels) {
    var one = new double[labels];
    var other = new double[labels];
    double equal = 0;
    for (int i : chosen) {
      one[first[i]]++;
      other[second[i]]++;
      equal += first[i] == second[i] ? 1 : 0;
    }
    double n = chosen.length;
    double chance = 0;
    for (int label = 0; label < labels; label++) {
      chance += one[label] / n * (other[label] / n);
    }
    return chance == 1 ? Double.NaN : (equal / n - chance) / (1 - chance);
  }

  /// How often each label of the first labelling met each of the second: `[first][second]`.
  static int[][] table(int[] first, int[] second, List<String> labels) {
    var table = new int[labels.size()][labels.size()];
    for (int i = 0; i < first.length; i++) {
      table[first[i]][second[i]]++;
    }
    return table;
  }
}
