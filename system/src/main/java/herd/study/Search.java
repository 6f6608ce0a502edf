package herd.study;

import herd.run.Progress;
import herd.scaling.IsoFlop;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Trains the models of a grid so that the best of each budget lies between others. The smallest
/// budget goes first and says about which size the larger ones look; where the lowest loss is at an
/// end, the next size beyond is trained, too. What is trained follows from the plan and the losses
/// alone, so that an interrupted search goes on with the same models.
/// @param available tokens of the text, each of which may be seen once
public record Search(StudyPlan plan, long available, SmallRuns runs, Progress progress) {
  private static final int WINDOW = 2;

  /// Models beyond those of the plan, for each budget.
  private static final int MORE = 4;

  /// All models, by budget.
  public List<Outcome> run() {
    var smallest = plan.budgets().getFirst();
    var found = budgets(plan, List.of(smallest));
    complete(found);
    double ratio = ratio(found.get(smallest));
    progress.say(String.format(
        Locale.ROOT,
        "the smallest budget is best at about %.0f tokens per parameter: about which the others"
            + " look",
        ratio));
    var rest = plan.budgets().subList(1, plan.budgets().size());
    found.putAll(budgets(plan.with(ratio), rest));
    complete(found);
    return found.values().stream().flatMap(List::stream).toList();
  }

  private Map<Double, List<Outcome>> budgets(StudyPlan form, List<Double> some) {
    var plans = new ArrayList<>(form.grid().runs(some));
    plans.removeIf(run -> run.tokens() > available);
    var found = new LinkedHashMap<Double, List<Outcome>>();
    some.forEach(budget -> found.put(budget, new ArrayList<>()));
    runs.run(plans).forEach(outcome -> found.get(outcome.plan().budget()).add(outcome));
    return found;
  }

  /// Adds models until the lowest loss of each budget lies between others, or cannot.
  private void complete(Map<Double, List<Outcome>> found) {
    for (int round = 0; round < MORE; round++) {
      var more = new ArrayList<RunPlan>();
      for (var outcomes : found.values()) {
        var next = beyond(outcomes);
        if (next != null && next.tokens() <= available) {
          more.add(next);
        }
      }
      if (more.isEmpty()) {
        return;
      }
      runs.run(more).forEach(outcome -> found.get(outcome.plan().budget()).add(outcome));
      found
          .values()
          .forEach(
              list -> list.sort(Comparator.comparingDouble(o -> o.plan().shape().params())));
    }
  }

  /// @return null if the lowest loss lies between others
  private RunPlan beyond(List<Outcome> outcomes) {
    int lowest = 0;
    for (int i = 1; i < outcomes.size(); i++) {
      lowest = outcomes.get(i).loss() < outcomes.get(lowest).loss() ? i : lowest;
    }
    boolean larger = lowest == outcomes.size() - 1;
    return outcomes.isEmpty() || lowest > 0 && !larger
        ? null
        : plan.grid().beyond(outcomes.stream().map(Outcome::plan).toList(), larger);
  }

  /// Tokens per parameter at the lowest point of a budget.
  private static double ratio(List<Outcome> outcomes) {
    var minimum = IsoFlop.minimum(outcomes.stream().map(Outcome::planned).toList(), WINDOW);
    if (minimum != null) {
      return minimum.tokens() / minimum.params();
    }
    var best = outcomes.stream().min(Comparator.comparingDouble(Outcome::loss)).orElseThrow();
    return best.plan().tokens() / best.plan().shape().params();
  }
}
