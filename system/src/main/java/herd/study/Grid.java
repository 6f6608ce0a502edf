package herd.study;

import herd.engine.UserError;
import herd.scaling.Shape;
import herd.scaling.TuningRule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.DoublePredicate;

/// The runs of an IsoFLOP study (Llama 3 paper, section 3.2.1): for each budget rungs of the ladder
/// of shapes about the size that a rule of thumb calls best.
/// @param sizes models of each budget
/// @param spread how many times the one before each of them is, about
/// @param tokensPerParameter where the middle of them is; 20 is Chinchilla's (arXiv 2203.15556)
/// @param sequence tokens of a row
public record Grid(
    int sizes, double spread, double tokensPerParameter, int sequence, TuningRule rule, int vocab) {
  public Grid {
    if (!(spread > 1 && spread <= 10)) {
      throw new UserError("spread", "" + spread, "over 1, up to 10", "2 is usual.");
    }
    if (sizes < 3 || sizes > 15) {
      throw new UserError("sizes", "" + sizes, "3 to 15", "5 are usual.");
    }
    if (!(tokensPerParameter >= 1 && tokensPerParameter <= 1000)) {
      throw new UserError(
          "tokensPerParameter", "" + tokensPerParameter, "1 to 1000", "20 is usual.");
    }
  }

  /// All runs, the smallest budget first.
  /// @throws UserError if a budget is too small
  public List<RunPlan> runs(List<Double> budgets) {
    var runs = new ArrayList<RunPlan>();
    for (double budget : budgets) {
      int last = 0;
      for (int k = 0; k < sizes; k++) {
        double params = middle(budget) * Math.pow(spread, k - (sizes - 1) / 2.0);
        last = Math.max(last + 1, Shape.rungNear(params, vocab));
        runs.add(RunPlan.of("", budget, Shape.rung(last, vocab), sequence, rule));
      }
    }
    return runs;
  }

  /// The next smaller or larger model of a budget, where it is large enough for one.
  /// @param budget's runs
  /// @return null if there is none
  RunPlan beyond(List<RunPlan> budget, boolean larger) {
    var params = budget.stream().mapToDouble(run -> run.shape().params());
    double end = larger ? params.max().orElseThrow() : params.min().orElseThrow();
    int rung = Shape.rungNear(end, vocab);
    int next = Shape.rungNear(larger ? end * spread : end / spread, vocab);
    int number = larger ? Math.max(next, rung + 1) : Math.min(next, rung - 1);
    try {
      double flops = budget.getFirst().budget();
      return number < 1 ? null : RunPlan.of("", flops, Shape.rung(number, vocab), sequence, rule);
    } catch (UserError e) { // fewer than a few steps
      return null;
    }
  }

  /// The same about another size.
  Grid with(double otherTokensPerParameter) {
    return new Grid(
        sizes, spread, Math.clamp(otherTokensPerParameter, 1, 1000), sequence, rule, vocab);
  }

  /// Parameters of the size that the rule of thumb calls best.
  private double middle(double budget) {
    return Math.sqrt(budget / 6 / tokensPerParameter);
  }

  /// A model of about the size that the rule of thumb calls best.
  public RunPlan best(double budget) {
    var shape = Shape.rung(Shape.rungNear(middle(budget), vocab), vocab);
    return RunPlan.of("", budget, shape, sequence, rule);
  }

  /// Budgets, each `apart` times the one before.
  /// @param count how many
  public static List<Double> budgets(double largest, int count, double apart) {
    var budgets = new ArrayList<Double>();
    for (int i = count - 1; i >= 0; i--) {
      budgets.add(largest / Math.pow(apart, i));
    }
    return budgets;
  }

  /// The largest budget that `fits`, to two digits.
  /// @throws UserError if not even runs of a few steps do
  public static double largest(DoublePredicate fits) {
    double low = 8;
    double high = 24; // powers of ten
    for (int i = 0; i < 50; i++) {
      double middle = (low + high) / 2;
      boolean yes;
      try {
        yes = fits.test(Math.pow(10, middle));
      } catch (UserError e) { // too few steps
        yes = true;
      }
      low = yes ? middle : low;
      high = yes ? high : middle;
    }
    double ten = Math.pow(10, Math.floor(low) - 1);
    double largest = Math.floor(Math.pow(10, low) / ten) * ten;
    try {
      fits.test(largest);
    } catch (UserError e) {
      throw new UserError(
          "minutes", "time for less than a few steps of the smallest model", "Give more minutes.");
    }
    return largest;
  }

  /// The most tokens that one run learns from.
  public static long mostTokens(List<RunPlan> runs) {
    return runs.stream().mapToLong(RunPlan::tokens).max().orElse(0);
  }

  /// @param available tokens of the text, each of which may be seen once
  /// @throws UserError if a run would need more, with the figures
  public static void checkText(List<RunPlan> runs, long available) {
    var most = runs.stream().max(Comparator.comparingLong(RunPlan::tokens)).orElseThrow();
    if (most.tokens() > available) {
      throw new UserError(
          "budgets",
          String.format(
              Locale.ROOT,
              "%s needs %,d tokens, more than once the text",
              most.name(),
              most.tokens()),
          String.format(Locale.ROOT, "up to %,d tokens, each seen once", available),
          "Name more sources, or lower budgets or minutes.");
    }
  }
}
