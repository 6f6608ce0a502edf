package herd.train;

import herd.engine.UserError;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// From which source each row comes: the one that is farthest behind its share, so that shares are
/// kept as evenly as whole rows allow. Shares change at given rows. The order is a function of the
/// weights alone.
final class Mixing {
  /// @param row from which on the shares hold
  /// @param wanted rows of each source before it, by the shares until then
  private record Phase(long row, double[] shares, double[] wanted) {}

  private final List<Phase> phases = new ArrayList<>();
  private final long[] taken;
  private long next;
  private int phase;

  /// @param weights of the sources from the first row on
  Mixing(double[] weights) {
    taken = new long[weights.length];
    phases.add(new Phase(0, shares(weights), new double[weights.length]));
  }

  /// From `row` on sources have other weights.
  void change(long row, double[] weights) {
    var last = phases.getLast();
    if (row <= last.row && phases.size() > 1 || row < 1 || weights.length != taken.length) {
      throw new UserError(
          "mixes",
          "a change at row " + row + " with " + weights.length + " weights",
          "more than row " + last.row + ", " + taken.length + " weights",
          "Give changes in order, at least a row apart.");
    }
    var wanted = last.wanted.clone();
    for (int s = 0; s < wanted.length; s++) {
      wanted[s] += (row - last.row) * last.shares[s];
    }
    phases.add(new Phase(row, shares(weights), wanted));
  }

  private static double[] shares(double[] weights) {
    double sum = Arrays.stream(weights).sum();
    if (!(sum > 0)) {
      throw new UserError("sources", "no tokens to train on", "Name a source with a weight.");
    }
    return Arrays.stream(weights).map(weight -> weight / sum).toArray();
  }

  /// Counts what each source has given before row `row` of the run.
  void goTo(long row) {
    if (row < next) {
      next = 0;
      phase = 0;
      Arrays.fill(taken, 0);
    }
    while (next < row) {
      take();
    }
  }

  /// The source of the next row, which is [#taken] minus 1 of it.
  int take() {
    while (phase + 1 < phases.size() && phases.get(phase + 1).row <= next) {
      phase++;
    }
    var now = phases.get(phase);
    int best = 0;
    double behind = Double.NEGATIVE_INFINITY;
    for (int s = 0; s < taken.length; s++) {
      double lack = now.wanted[s] + (next + 1 - now.row) * now.shares[s] - taken[s];
      if (now.shares[s] > 0 && lack > behind) {
        behind = lack;
        best = s;
      }
    }
    taken[best]++;
    next++;
    return best;
  }

  /// Rows that a source has given so far.
  long taken(int source) {
    return taken[source];
  }
}
