package herd.scaling;

import herd.engine.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class ScalingTest {
  private static Path shared(String name) {
    String set = System.getProperty("herd.shared");
    var path = Path.of(set == null ? "../../shared" : set).resolve("scaling").resolve(name);
    assumeTrue(Files.exists(path), () -> path + " is absent; -Dherd.shared=FOLDER names it");
    return path;
  }

  private static JsonNode golden(String name) throws IOException {
    return JsonMapper.builder().build().readTree(Files.readString(shared(name)));
  }

  private static List<Run> runs(Table table, String experiment) {
    var names = table.texts("experiment");
    double[] c = table.numbers("flops", true);
    double[] n = table.numbers("params", true);
    double[] d = table.numbers("tokens", true);
    double[] l = table.numbers("loss", true);
    var runs = new ArrayList<Run>();
    for (int i = 0; i < c.length; i++) {
      if (names.get(i).equals(experiment)) {
        runs.add(new Run(c[i], n[i], d[i], l[i]));
      }
    }
    return runs;
  }

  /// Every published set of points, and made ones, with and without a window.
  @Test
  @Tag("golden")
  void budgetsHaveTheGoldenMinimaAndLaws() throws IOException {
    var tables = List.of(
        Table.read(shared("porian_isoflop.csv")), Table.read(shared("synthetic_isoflop.csv")));
    for (var entry : golden("golden_isoflop.json").path("fits").properties()) {
      String name = entry.getKey().replaceFirst("/.*", "");
      int window = Integer.parseInt(entry.getKey().replaceFirst(".*/window", ""));
      var expected = entry.getValue();
      var table = tables.stream()
          .filter(t -> t.texts("experiment").contains(name))
          .findFirst()
          .get();
      var fit = IsoFlop.fit(runs(table, name), window, 1);
      compare(entry.getKey(), fit, expected);
    }
  }

  private static void compare(String name, IsoFlop fit, JsonNode expected) {
    assertThat(fit.minima()).as(name).hasSize(expected.path("minima").size());
    for (int i = 0; i < fit.minima().size(); i++) {
      var minimum = fit.minima().get(i);
      var golden = expected.path("minima").path(i);
      assertThat(minimum.flops()).isEqualTo(golden.path("flops").asDouble());
      assertThat(minimum.points()).as(name).isEqualTo(golden.path("points").asInt());
      near(name, minimum.tokens(), golden.path("tokens_opt"), 1e-5);
      near(name, minimum.loss(), golden.path("loss_min"), 1e-7);
      near(name, minimum.curvature(), golden.path("curvature"), 1e-5);
    }
    for (int i = 0; i < expected.path("skipped").size(); i++) {
      var golden = expected.path("skipped").path(i);
      assertThat(fit.skipped().get(i).flops()).isEqualTo(golden.path(0).asDouble());
      assertThat(fit.skipped().get(i).why()).isEqualTo(golden.path(1).asString());
    }
    near(name, fit.tokens().exponent(), expected.path("alpha"), 1e-5);
    near(name, fit.tokens().factor(), expected.path("A"), 1e-4);
    near(name, fit.tokens().r2(), expected.path("r2"), 1e-5);
    interval(name, fit.exponent(), expected.path("alpha_ci95"));
    var at = expected.path("at_3_8e25");
    near(name, fit.tokens().at(3.8e25), at.path("tokens"), 1e-4);
    near(name, 3.8e25 / (6 * fit.tokens().at(3.8e25)), at.path("params_6ND"), 1e-4);
  }

  private static void near(String name, double value, JsonNode golden, double relative) {
    assertThat(value).as(name).isCloseTo(golden.asDouble(), withinPercentage(100 * relative));
  }

  /// Another generator lands within a few per cent of the interval's width.
  private static void interval(String name, Interval found, JsonNode golden) {
    double width = golden.path(2).asDouble() - golden.path(0).asDouble();
    var limit = within(0.06 * width + 1e-9);
    assertThat(found.low()).as(name).isCloseTo(golden.path(0).asDouble(), limit);
    assertThat(found.middle()).as(name).isCloseTo(golden.path(1).asDouble(), limit);
    assertThat(found.high()).as(name).isCloseTo(golden.path(2).asDouble(), limit);
  }

  @Test
  @Tag("golden")
  void accuracyFollowsTheGoldenLinesAndSigmoids() throws IOException {
    var table = Table.read(shared("gadre_points.csv"));
    var sets = table.texts("dataset");
    double[] multiplier = table.numbers("chinchilla_multiplier", true);
    double[] flops = table.numbers("flops_6ND", true);
    double[] loss = table.numbers("openlm_val_loss", true);
    for (var entry : golden("golden_downstream.json").path("fits").properties()) {
      String set = entry.getKey().replaceFirst("/.*", "");
      double[] accuracy = table.numbers("acc_" + entry.getKey().replaceFirst(".*/", ""), false);
      var golden = entry.getValue();
      var points = new ArrayList<Downstream.Point>();
      for (int i = 0; i < flops.length; i++) {
        if (sets.get(i).equals(set)) {
          points.add(new Downstream.Point(flops[i], loss[i], accuracy[i], multiplier[i] == 1));
        }
      }
      String name = entry.getKey();
      var fit = Downstream.fit(points, golden.at("/sigmoid/chance").asDouble());
      near(name, fit.likelihood().slope(), golden.at("/linear/slope_per_decade"), 1e-8);
      near(name, fit.likelihood().intercept(), golden.at("/linear/intercept"), 1e-8);
      assertThat(fit.linePoints()).isEqualTo(golden.at("/linear/points").asInt());
      near(name, fit.accuracy().k(), golden.at("/sigmoid/k"), 1e-3);
      near(name, fit.accuracy().x0(), golden.at("/sigmoid/x0"), 1e-3);
      near(name, fit.accuracy().top(), golden.at("/sigmoid/top"), 1e-3);
      near(name, fit.accuracy().error(), golden.at("/sigmoid/rmse"), 1e-5);
      near(name, fit.accuracyAt(1e22), golden.path("predicted_acc_at_1e22"), 1e-3);
    }
    var made = Table.read(shared("synthetic_downstream.csv"));
    double[] c = made.numbers("flops", true);
    double[] l = made.numbers("nll_per_char", false);
    double[] a = made.numbers("accuracy", false);
    var points = new ArrayList<Downstream.Point>();
    for (int i = 0; i < c.length; i++) {
      points.add(new Downstream.Point(c[i], l[i], a[i], true));
    }
    var fit = Downstream.fit(points, 0.25);
    var truth = golden("golden_downstream.json").path("synthetic");
    near("made", fit.accuracyAt(3.8e25), truth.path("accuracy_at_3_8e25"), 1e-4);
    near("made", fit.accuracy().k(), truth.path("k"), 1e-3);
  }

  @Test
  @Tag("golden")
  void thirdApproachFindsTheLawThatMadeThePoints() throws IOException {
    var truth = golden("golden_isoflop.json").path("synthetic_truth");
    var table = Table.read(shared("synthetic_isoflop.csv"));
    var law = LossLaw.fit(runs(table, "synthetic-exact"));
    near("E", law.floor(), truth.path("E"), 1e-3);
    near("a", law.alpha(), truth.path("a"), 5e-3);
    near("b", law.beta(), truth.path("b"), 5e-3);
    near(
        "tokens",
        law.tokens(1e22) / Math.pow(1e22, truth.path("alpha_tokens").asDouble()),
        truth.path("A_tokens"),
        1e-2);
  }

  @Test
  @Tag("golden")
  @Tag("slow")
  void thirdApproachIsNearWhereLossesAreNoisy() throws IOException {
    var truth = golden("golden_isoflop.json").path("synthetic_truth");
    var table = Table.read(shared("synthetic_isoflop.csv"));
    var noisy = LossLaw.fit(runs(table, "synthetic-noisy"));
    near("E", noisy.floor(), truth.path("E"), 0.05);
  }

  @Test
  void theFlagshipIsReproduced() {
    var plan = Plan.of(3.8e25, PowerLaw.LLAMA3);
    assertThat(plan.tokens()).isCloseTo(16.55e12, withinPercentage(1));
    assertThat(plan.bySix()).isCloseTo(383e9, withinPercentage(1));
    assertThat(plan.byPaper()).isCloseTo(402e9, withinPercentage(1));
    assertThat(Shape.LLAMA3_405B.params()).isCloseTo(405.85e9, withinPercentage(0.1));
    var near = Shape.near(402e9, 128_256);
    assertThat(near.params()).isCloseTo(402e9, withinPercentage(4));
    assertThat(near.kvHeads()).isEqualTo(8);
    for (double params = 1.7e7; params < 1e13; params *= 1.7) {
      var shape = Shape.near(params, 4096);
      assertThat(shape.heads() % shape.kvHeads()).isZero();
      assertThat(shape.params()).isBetween(params / 1.5, params * 1.5);
    }
  }

  @Test
  void servingMakesSmallerModelsCheaper() {
    var law = LossLaw.CHINCHILLA;
    var alone = Plan.cheapest(1e22, law, 0);
    assertThat(alone.size()).isCloseTo(1, within(0.02));
    double last = 1;
    for (double served : new double[] {1e11, 1e12, 1e13}) {
      var best = Plan.cheapest(1e22, law, served);
      assertThat(best.size()).isLessThan(last);
      assertThat(best.total()).isLessThanOrEqualTo(1e22 + 2 * law.params(1e22) * served);
      assertThat(law.at(best.params(), best.tokens()))
          .isCloseTo(law.at(law.params(1e22), law.tokens(1e22)), within(1e-9));
      for (var choice : Plan.choices(1e22, law, served)) {
        assertThat(choice.total()).isGreaterThanOrEqualTo(best.total() * (1 - 1e-9));
      }
      last = best.size();
    }
  }

  @Test
  void aBudgetWithoutAMinimumSaysWhy() {
    var runs = new ArrayList<Run>();
    for (int i = 1; i < 6; i++) {
      runs.add(new Run(1e18, 1e6 * i, 1e9 / i, 3 + i));
    }
    assertThatThrownBy(() -> IsoFlop.fit(runs, 2, 1))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("lowest point is at an end");
    assertThatThrownBy(() -> LossLaw.fit(runs))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("6 or more");
    assertThatThrownBy(() -> Plan.of(-1, PowerLaw.LLAMA3)).isInstanceOf(UserError.class);
  }

  @Test
  void parabolasGoThroughTheirPoints() {
    var random = new Random(5);
    for (int trial = 0; trial < 100; trial++) {
      double a = 0.01 + random.nextDouble();
      double vertex = 20 + 5 * random.nextDouble();
      double[] x = {vertex - 2, vertex - 1.1, vertex + 0.4, vertex + 2};
      double[] y = new double[4];
      for (int i = 0; i < 4; i++) {
        y[i] = 3 + a * (x[i] - vertex) * (x[i] - vertex);
      }
      var fit = Parabola.fit(x, y);
      assertThat(fit.vertex()).isCloseTo(vertex, within(1e-8));
      assertThat(fit.least()).isCloseTo(3, within(1e-9));
      assertThat(fit.a()).isCloseTo(a, within(1e-9));
    }
  }

  @Test
  void brokenTablesAreNamed(@TempDir Path folder) throws IOException {
    for (String broken : List.of(
        "",
        "\n",
        "flops,params\n1",
        "flops,params\n1,x",
        "flops,params\n1,-2",
        "flops,params\n1,")) {
      var file = Files.writeString(folder.resolve("runs.csv"), broken);
      assertThatThrownBy(() -> Table.read(file).numbers("params", true))
          .as(broken)
          .isInstanceOf(UserError.class)
          .hasMessageContaining("runs.csv");
    }
    assertThatThrownBy(() -> Table.read(folder.resolve("no"))).isInstanceOf(UserError.class);
  }
}
