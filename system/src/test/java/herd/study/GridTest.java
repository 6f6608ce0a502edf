package herd.study;

import herd.engine.UserError;
import herd.scaling.LossLaw;
import herd.scaling.Run;
import herd.scaling.Shape;
import herd.scaling.TuningRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

class GridTest {
  private final Grid grid = new Grid(5, 2, 20, 256, new TuningRule(1, 1), 2048);
  private final Speeds speeds = Speeds.of(List.of(1e5, 1e10, 1e7, 4e10));

  private StudyPlan plan(List<Double> budgets) {
    return new StudyPlan(grid, budgets, 8, speeds, 2, speeds);
  }

  @Test
  void modelsOfABudgetAreNeighboursOfTheSameFlops() {
    var runs = grid.runs(List.of(1e13, 2e13, 4e13, 8e13));
    assertThat(runs).hasSize(20);
    for (var run : runs) {
      assertThat(run.flops()).isCloseTo(run.budget(), withinPercentage(1));
      assertThat(run.warmup()).isLessThanOrEqualTo(Math.max(2, run.steps() / 5));
      assertThat(run.schedule().at(run.steps() - 1)).isLessThan(run.rate() / 50);
      assertThat(run.config().vocab()).isEqualTo(2048);
    }
    assertThat(runs.stream().map(RunPlan::name).distinct()).hasSize(20);
    var sizes = runs.subList(15, 20).stream().map(run -> run.shape().params()).toList();
    assertThat(sizes).isSorted();
    assertThat(sizes.get(2)).isCloseTo(Math.sqrt(8e13 / 120), withinPercentage(25));
    assertThat(sizes.getLast() / sizes.getFirst()).isBetween(10.0, 22.0);
  }

  @Test
  void budgetsAreTheLargestThatTimeAndTextAllow() {
    var form = plan(List.of());
    var chosen = StudyPlan.within(form, 4, 2, 60, 50, 0);
    assertThat(chosen.seconds()).isLessThanOrEqualTo(3600);
    assertThat(chosen.largeSeconds()).isLessThanOrEqualTo(3000);
    assertThat(Math.max(chosen.seconds() / 3600, chosen.largeSeconds() / 3000)).isGreaterThan(0.85);
    var brief = StudyPlan.within(form, 4, 2, 60, 50, 10_000_000);
    assertThat(Grid.mostTokens(brief.runs())).isLessThanOrEqualTo(10_000_000);
    assertThat(brief.large().tokens()).isLessThanOrEqualTo(10_000_000);
    assertThatThrownBy(() -> StudyPlan.within(form, 4, 2, 1e-6, 50, 0))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("minutes");
    assertThat(StudyPlan.of(chosen.json()).json()).isEqualTo(chosen.json());
  }

  @Test
  void runsAreSharedOutTheLongestFirst() {
    var flat = new Speeds(new TreeMap<>(Map.of(1e6, 1e10)));
    var runs = grid.runs(List.of(1e12));
    assertThat(flat.seconds(runs, 1)).isCloseTo(500, withinPercentage(2));
    assertThat(flat.seconds(runs, 2)).isCloseTo(300, withinPercentage(2));
    assertThat(flat.seconds(runs, 5)).isCloseTo(100, withinPercentage(2));
    assertThat(speeds.at(1e6)).isCloseTo(2e10, withinPercentage(0.1));
    assertThat(speeds.at(1)).isEqualTo(1e10);
    assertThat(speeds.at(1e12)).isEqualTo(4e10);
  }

  /// The runs of a study of 9.5e11 to 7.6e12 FLOPs on Javadoc and Java sources, whose best loss
  /// fell by as much with each doubling. Three doublings on, a model was trained and had 2.7096;
  /// the law of sizes and tokens, which must flatten, says 3.29.
  @Test
  void lossesThatFallInALineArePredictedByIt() {
    var runs = new ArrayList<Run>();
    double[][] measured = {
      {9.5e11, 39504, 3325440, 4.445422},
      {9.5e11, 95392, 1418752, 4.169361},
      {9.5e11, 163056, 844800, 4.156830},
      {9.5e11, 244032, 572928, 4.266783},
      {9.5e11, 425520, 325632, 4.543776},
      {1.9e12, 39504, 6650112, 4.336587},
      {1.9e12, 95392, 2836992, 3.989027},
      {1.9e12, 163056, 1689600, 3.917139},
      {1.9e12, 425520, 651264, 4.113007},
      {1.9e12, 925680, 304896, 4.779833},
      {3.8e12, 95392, 5673984, 3.842509},
      {3.8e12, 163056, 3380224, 3.678137},
      {3.8e12, 244032, 2290688, 3.700116},
      {3.8e12, 584352, 963584, 3.868710},
      {3.8e12, 1164416, 489472, 4.269465},
      {7.6e12, 95392, 11348480, 3.718751},
      {7.6e12, 163056, 6759680, 3.451574},
      {7.6e12, 425520, 2604800, 3.517406},
      {7.6e12, 925680, 1218560, 3.741935},
      {7.6e12, 1575216, 720640, 4.052738},
    };
    for (var run : measured) {
      runs.add(new Run(run[0], run[1], run[2], run[3]));
    }
    var fit = StudyFit.of(plan(List.of(9.5e11, 1.9e12, 3.8e12, 7.6e12)), runs, 2, 30, 1);
    var large = fit.large(Long.MAX_VALUE);
    assertThat(fit.trend()).isNotNull();
    assertThat(fit.backtest()).isLessThan(0.01);
    assertThat(fit.loss(large)).isCloseTo(2.7096, withinPercentage(2));
    assertThat(fit.interval(large).low()).isLessThan(2.7096);
    assertThat(fit.interval(large).high()).isGreaterThan(2.7096).isLessThan(3);
    assertThat(fit.method()).contains("a line through", "each doubling");
  }

  /// A law of which the runs are known, with a little noise: it is found, and what it says of a
  /// model of eight times the FLOPs is right.
  @Test
  void aKnownLawIsPredictedFarBeyondItsRuns() {
    var law = new LossLaw(1.2, 60, 300, 0.33, 0.36, 0);
    var noise = new Random(3);
    var plan = plan(List.of(1e13, 2e13, 4e13, 8e13));
    var runs = new ArrayList<Run>();
    for (var run : plan.runs()) {
      double loss = law.at(run.shape().params(), run.tokens()) * (1 + 0.001 * noise.nextGaussian());
      runs.add(new Run(run.budget(), run.shape().params(), run.tokens(), loss));
    }
    var fit = StudyFit.of(plan, runs, 2, 30, 1);
    var large = fit.large(Long.MAX_VALUE);
    assertThat(large.flops()).isCloseTo(64e13, withinPercentage(1));
    double truth = law.at(large.shape().params(), large.tokens());
    assertThat(fit.loss(large)).isCloseTo(truth, withinPercentage(1));
    var interval = fit.interval(large);
    assertThat(interval.low()).isLessThan(fit.loss(large)).isGreaterThan(0.95 * truth);
    assertThat(interval.high()).isGreaterThan(fit.loss(large)).isLessThan(1.05 * truth);
    assertThat(fit.backtest()).isLessThan(0.01);
    // Where the text is too short a larger model is taken.
    var fewer = fit.large(large.tokens() / 2);
    assertThat(fewer.tokens()).isLessThanOrEqualTo(large.tokens() / 2);
    assertThat(fewer.shape().params()).isGreaterThan(large.shape().params());
  }

  @Test
  void rungsAndTheRuleAreWhatTheirSourcesSay() {
    var rung = Shape.rung(8, 2048);
    assertThat(List.of(rung.dim(), rung.layers(), rung.ffnDim())).containsExactly(128, 4, 416);
    assertThat(Shape.rungNear(rung.params() * 1.01, 2048)).isEqualTo(8);
    var rule = new TuningRule(1, 1);
    assertThat(rule.rateAt(1e20)).isCloseTo(0.3118 * Math.pow(10, -2.5), within(1e-9));
    assertThat(rule.tokensPerStep(1e20, 4096) / 4096.0)
        .isCloseTo(0.2920 * Math.pow(10, 6.542) / 4096, within(0.5));
  }
}
