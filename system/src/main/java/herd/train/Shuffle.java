package herd.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;

/// Orders that follow from numbers alone: the same seed, source and epoch give the same order on
/// every machine and every version of Java.
final class Shuffle {
  private long state;

  private Shuffle(long... seeds) {
    for (long seed : seeds) {
      state = mix(state + seed + 0x9E3779B97F4A7C15L);
    }
  }

  /// The numbers `0 … n - 1` in an order that the seeds determine (Fisher and Yates, with
  /// SplitMix64).
  static int[] order(int n, long... seeds) {
    var shuffle = new Shuffle(seeds);
    var order = new int[n];
    for (int i = 0; i < n; i++) {
      int j = (int) Math.unsignedMultiplyHigh(shuffle.next(), i + 1L);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }

  /// Deals items of different lengths out to steps: in every epoch all items once in an order of
  /// its own, as many in a step as fit. An item that is longer than a step has a step of its own.
  /// @param items how many
  /// @param length tokens of an item
  /// @param tokensPerStep most tokens of a step
  /// @return the items of each step of all epochs
  static List<int[]> steps(
      int items, IntUnaryOperator length, int tokensPerStep, int epochs, long seed) {
    var steps = new ArrayList<int[]>();
    for (int epoch = 0; epoch < epochs; epoch++) {
      int[] order = order(items, seed, epoch);
      int from = 0;
      long tokens = 0;
      for (int i = 0; i < items; i++) {
        int more = length.applyAsInt(order[i]);
        if (i > from && tokens + more > tokensPerStep) {
          steps.add(Arrays.copyOfRange(order, from, i));
          from = i;
          tokens = 0;
        }
        tokens += more;
      }
      if (items > from) {
        steps.add(Arrays.copyOfRange(order, from, items));
      }
    }
    return List.copyOf(steps);
  }

  private long next() {
    state += 0x9E3779B97F4A7C15L;
    return mix(state);
  }

  private static long mix(long z) {
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }
}
