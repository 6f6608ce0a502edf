package herd.cli;

import herd.engine.UserError;
import herd.scaling.Downstream;
import herd.scaling.IsoFlop;
import herd.scaling.LossLaw;
import herd.scaling.Run;
import herd.scaling.Table;
import herd.study.FitJson;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

@Command(
    name = "fit",
    description = "Fit scaling laws to measured runs.",
    footer = {
      "",
      "A table with flops, params, tokens and loss gives the best run of each budget (IsoFLOP), a",
      "power law through these with 95%% intervals, and Chinchilla's third approach beside it.",
      "A table with an accuracy gives likelihood by FLOPs, and accuracy by likelihood.",
      "Example: herd scale fit runs.csv --group experiment --at 3.8e25 --json"
    })
final class ScaleFitCommand implements Runnable {
  @ParentCommand
  private ScaleCommand parent;

  @Parameters(paramLabel = "FILE.csv", description = "Runs, one a line, under a line of names.")
  private Path file;

  @Option(
      names = "--group",
      paramLabel = "COLUMN",
      description = "Fit each value of this column by itself (experiment, if there is one).")
  private String group;

  @Option(
      names = "--window",
      paramLabel = "N",
      defaultValue = "2",
      description = {
        "Points on each side of the lowest that a parabola is fitted to (${DEFAULT-VALUE}; 0 for",
        "all): points far away bend it."
      })
  private int window;

  @Option(
      names = "--at",
      paramLabel = "FLOPS",
      defaultValue = "3.8e25",
      description = "Budget to predict (${DEFAULT-VALUE}).")
  private double at;

  @Option(
      names = "--flops",
      paramLabel = "COLUMN",
      defaultValue = "flops",
      description = "Column of FLOPs.")
  private String flops;

  @Option(
      names = "--loss",
      paramLabel = "COLUMN",
      description = "Column of the loss (loss), or of the likelihood (nll_per_char).")
  private String loss;

  @Option(
      names = "--accuracy",
      paramLabel = "COLUMN",
      description = "Column of an accuracy (accuracy, if there is one): fits the second stage.")
  private String accuracy;

  @Option(
      names = "--chance",
      paramLabel = "X",
      defaultValue = "0.25",
      description = "Accuracy of guessing (${DEFAULT-VALUE}).")
  private double chance;

  @Option(
      names = "--optimal",
      paramLabel = "COLUMN=VALUE",
      description = "Which rows are compute-optimal, for the second stage (all).")
  private String optimal;

  @Option(names = "--seed", defaultValue = "1", description = "Of the resamples.")
  private long seed;

  @Mixin
  private Shown shown;

  @Override
  public void run() {
    if (window < 0) {
      throw new UserError("--window", "" + window, "0 or more", "The usual is 2.");
    }
    if (!(at > 0)) {
      throw new UserError("--at", "" + at, "FLOPs above 0", "Such as 1e22.");
    }
    if (!(chance >= 0 && chance < 0.99)) {
      throw new UserError("--chance", "" + chance, "0 to 0.99", "1 over the choices, say.");
    }
    var table = Table.read(file);
    boolean second = accuracy != null || table.has("accuracy");
    var object = JsonNodeFactory.instance.objectNode();
    object.put("file", file.toString()).put("stage", second ? 2 : 1);
    var fits = object.putObject("fits");
    var rows = groups(table);
    rows.forEach((name, chosen) -> {
      try {
        var fit = second ? downstream(table, chosen) : isoFlop(table, chosen);
        fits.set(name, fit);
      } catch (UserError e) {
        throw rows.size() == 1 ? e : e.in(name);
      }
    });
    if (shown.asJson()) {
      parent.herd().out().println(object);
    } else {
      fits.properties().forEach(fit -> say(fit.getKey(), fit.getValue(), second));
    }
  }

  /// Rows of each group, in the order in which groups come up.
  private Map<String, List<Integer>> groups(Table table) {
    String column = group == null && table.has("experiment") ? "experiment" : group;
    var out = new LinkedHashMap<String, List<Integer>>();
    if (column == null) {
      var all = new ArrayList<Integer>();
      for (int i = 0; i < table.rows().size(); i++) {
        all.add(i);
      }
      out.put("all", all);
      return out;
    }
    var names = table.texts(column);
    for (String name : new LinkedHashSet<>(names)) {
      out.put(name, new ArrayList<>());
    }
    for (int i = 0; i < names.size(); i++) {
      out.get(names.get(i)).add(i);
    }
    return out;
  }

  private ObjectNode isoFlop(Table table, List<Integer> rows) {
    double[] c = table.numbers(flops, true);
    double[] n = table.numbers("params", true);
    double[] d = table.numbers("tokens", true);
    double[] l = table.numbers(loss == null ? "loss" : loss, true);
    var runs = new ArrayList<Run>();
    rows.forEach(i -> runs.add(new Run(c[i], n[i], d[i], l[i])));
    return FitJson.of(IsoFlop.fit(runs, window, seed), LossLaw.fit(runs), window, at);
  }

  private ObjectNode downstream(Table table, List<Integer> rows) {
    double[] c = table.numbers(flops, true);
    double[] l = table.numbers(loss == null ? "nll_per_char" : loss, false);
    double[] a = table.numbers(accuracy == null ? "accuracy" : accuracy, false);
    var points = new ArrayList<Downstream.Point>();
    var best = optimal(table);
    rows.forEach(i -> points.add(new Downstream.Point(c[i], l[i], a[i], best.contains(i))));
    var fit = Downstream.fit(points, chance);
    var out = JsonNodeFactory.instance.objectNode();
    out.putObject("linear")
        .put("slopePerDecade", fit.likelihood().slope())
        .put("intercept", fit.likelihood().intercept())
        .put("r2", fit.likelihood().r2())
        .put("points", fit.linePoints());
    out.putObject("sigmoid")
        .put("chance", chance)
        .put("k", fit.accuracy().k())
        .put("x0", fit.accuracy().x0())
        .put("top", fit.accuracy().top())
        .put("rmse", fit.accuracy().error())
        .put("points", fit.sigmoidPoints());
    out.putObject("at")
        .put("flops", at)
        .put("likelihood", fit.lossAt(at))
        .put("accuracy", fit.accuracyAt(at));
    return out;
  }

  private LinkedHashSet<Integer> optimal(Table table) {
    var out = new LinkedHashSet<Integer>();
    int cut = optimal == null ? 0 : optimal.indexOf('=');
    if (cut < 0) {
      throw new UserError("--optimal", optimal, "COLUMN=VALUE", "Such as multiplier=1.");
    }
    var values = cut == 0 ? null : table.texts(optimal.substring(0, cut));
    for (int i = 0; i < table.rows().size(); i++) {
      if (values == null || same(values.get(i), optimal.substring(cut + 1))) {
        out.add(i);
      }
    }
    return out;
  }

  private static boolean same(String value, String wanted) {
    try {
      return Double.parseDouble(value) == Double.parseDouble(wanted);
    } catch (NumberFormatException e) {
      return value.equals(wanted);
    }
  }

  private void say(String name, JsonNode fit, boolean second) {
    var out = parent.herd().out();
    out.println(name);
    if (second) {
      sayDownstream(out, fit);
    } else {
      sayIsoFlop(out, fit);
    }
  }

  private void sayDownstream(PrintStream out, JsonNode fit) {
    line(
        out,
        "  likelihood  %.4f %+.4f per decade of FLOPs (%d runs)",
        fit.at("/linear/intercept").asDouble(),
        fit.at("/linear/slopePerDecade").asDouble(),
        fit.at("/linear/points").asInt());
    line(
        out,
        "  accuracy    %.3f to %.3f, steepness %.3f about %.3f, residual %.4f (%d runs)",
        chance,
        fit.at("/sigmoid/top").asDouble(),
        fit.at("/sigmoid/k").asDouble(),
        fit.at("/sigmoid/x0").asDouble(),
        fit.at("/sigmoid/rmse").asDouble(),
        fit.at("/sigmoid/points").asInt());
    line(
        out,
        "  at %.3g FLOPs: likelihood %.4f, accuracy %.3f",
        at,
        fit.at("/at/likelihood").asDouble(),
        fit.at("/at/accuracy").asDouble());
  }

  private void sayIsoFlop(PrintStream out, JsonNode fit) {
    for (var m : fit.path("minima")) {
      line(
          out,
          "  %9.3g FLOPs: best at %.3g tokens, %.3g parameters, loss %.4f (%d points)",
          m.path("flops").asDouble(),
          m.path("tokens").asDouble(),
          m.path("params").asDouble(),
          m.path("loss").asDouble(),
          m.path("points").asInt());
    }
    for (var s : fit.path("skipped")) {
      line(
          out,
          "  %9.3g FLOPs: skipped, %s",
          s.path("flops").asDouble(),
          s.path("why").asString());
    }
    line(
        out,
        "  tokens = %.4g * FLOPs^%.4f   95%%: exponent %.4f to %.4f, factor %.3g to %.3g",
        fit.path("A").asDouble(),
        fit.path("alpha").asDouble(),
        fit.at("/alphaInterval/0").asDouble(),
        fit.at("/alphaInterval/2").asDouble(),
        fit.at("/AInterval/0").asDouble(),
        fit.at("/AInterval/2").asDouble());
    line(
        out,
        "  at %.3g FLOPs: %.4g tokens (95%%: %.3g to %.3g), %.4g parameters by 6ND",
        at,
        fit.at("/at/tokens").asDouble(),
        fit.at("/at/tokensInterval/0").asDouble(),
        fit.at("/at/tokensInterval/2").asDouble(),
        fit.at("/at/paramsBySix").asDouble());
    var law = fit.path("chinchilla3");
    line(
        out,
        "  loss = %.4f + %.4g / N^%.4f + %.4g / D^%.4f   there %.4g tokens, loss %.4f",
        law.path("E").asDouble(),
        law.path("A").asDouble(),
        law.path("alpha").asDouble(),
        law.path("B").asDouble(),
        law.path("beta").asDouble(),
        law.path("tokens").asDouble(),
        law.path("loss").asDouble());
  }

  private static void line(PrintStream out, String form, Object... values) {
    out.println(String.format(Locale.ROOT, form, values));
  }
}
