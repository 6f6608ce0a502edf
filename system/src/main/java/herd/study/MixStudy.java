package herd.study;

import herd.run.Disk;
import herd.run.Workspace;
import herd.scaling.MixLaw;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Mixes compared by what small models trained on them say of larger ones.
/// @param mixes their names
/// @param plans small models of each mix
/// @param target how much the loss of each kind of held-out text counts
public record MixStudy(
    List<String> mixes, Map<String, List<RunPlan>> plans, Map<String, Double> target) {
  /// Trains the small models, predicts, trains the large ones, and leaves what that came to in
  /// `workspace`.
  /// @param large one model of each mix
  public void run(SmallRuns runs, Map<String, List<RunPlan>> large, Workspace workspace) {
    var all = new ArrayList<RunPlan>();
    mixes.forEach(mix -> all.addAll(plans.get(mix)));
    var small = runs.run(all);
    var laws = laws(small);
    double flops = large.get(mixes.getFirst()).getFirst().flops();
    var predicted = new double[mixes.size()];
    for (int m = 0; m < predicted.length; m++) {
      predicted[m] = at(laws, m, flops);
    }
    int best = least(predicted);
    note(
        workspace,
        "Predicted at %.3g FLOPs: %s is best with a loss of %.4f.",
        flops,
        mixes.get(best),
        predicted[best]);
    var bigger = runs.run(mixes.stream().map(mix -> large.get(mix).getFirst()).toList());
    var measured = bigger.stream().mapToDouble(this::loss).toArray();
    report(workspace, laws, small, bigger, predicted, measured);
    var everything = new ArrayList<>(small);
    everything.addAll(bigger);
    Findings.write(workspace, everything);
  }

  /// The loss that counts.
  private double loss(Outcome outcome) {
    double sum = 0;
    double weights = 0;
    for (var kind : target.keySet()) {
      sum += target.get(kind) * outcome.kinds().get(kind);
      weights += target.get(kind);
    }
    return sum / weights;
  }

  private Map<String, MixLaw> laws(List<Outcome> small) {
    var laws = new LinkedHashMap<String, MixLaw>();
    for (var kind : target.keySet()) {
      var points = new ArrayList<MixLaw.Point>();
      for (var outcome : small) {
        int mix = mix(outcome);
        points.add(new MixLaw.Point(mix, outcome.plan().flops(), outcome.kinds().get(kind)));
      }
      laws.put(kind, MixLaw.fit(points, mixes.size()));
    }
    return laws;
  }

  private int mix(Outcome outcome) {
    for (int m = 0; m < mixes.size(); m++) {
      if (plans.get(mixes.get(m)).contains(outcome.plan())) {
        return m;
      }
    }
    throw new IllegalArgumentException(outcome.plan().name());
  }

  private double at(Map<String, MixLaw> laws, int mix, double flops) {
    double sum = 0;
    double weights = 0;
    for (var kind : target.keySet()) {
      sum += target.get(kind) * laws.get(kind).at(mix, flops);
      weights += target.get(kind);
    }
    return sum / weights;
  }

  private static int least(double[] values) {
    int least = 0;
    for (int i = 1; i < values.length; i++) {
      least = values[i] < values[least] ? i : least;
    }
    return least;
  }

  private void report(
      Workspace workspace,
      Map<String, MixLaw> laws,
      List<Outcome> small,
      List<Outcome> bigger,
      double[] predicted,
      double[] measured) {
    var rows = new ArrayList<List<String>>();
    var json = JsonNodeFactory.instance.objectNode();
    json.put("predictedBest", mixes.get(least(predicted)));
    json.put("measuredBest", mixes.get(least(measured)));
    var list = json.putArray("mixes");
    for (int m = 0; m < mixes.size(); m++) {
      double error = predicted[m] / measured[m] - 1;
      var one = list.addObject()
          .put("name", mixes.get(m))
          .put("predicted", predicted[m])
          .put("measured", measured[m])
          .put("error", error);
      var each = new ArrayList<String>();
      for (var kind : target.keySet()) {
        double there = laws.get(kind).at(m, bigger.get(m).plan().flops());
        double found = bigger.get(m).kinds().get(kind);
        one.withObjectProperty("kinds")
            .putObject(kind)
            .put("predicted", there)
            .put("measured", found);
        each.add(form("%s %.4f", kind, found));
      }
      rows.add(List.of(
          mixes.get(m),
          form("%.4f", predicted[m]),
          form("%.4f", measured[m]),
          form("%+.2f%%", 100 * error),
          String.join(", ", each)));
    }
    Disk.write(workspace.result().resolve("mixes.json"), json.toPrettyString() + "\n");
    workspace.facts().set("mixes", json);
    var names = List.of("mix", "predicted loss", "measured loss", "error", "measured by kind");
    Plot.table(workspace.facts(), "Mixes", names, rows);
    plot(workspace.facts(), laws, small, bigger, measured);
    note(
        workspace,
        "Measured: %s is best; the prediction chose %s.",
        mixes.get(least(measured)),
        mixes.get(least(predicted)));
  }

  private void plot(
      ObjectNode facts,
      Map<String, MixLaw> laws,
      List<Outcome> small,
      List<Outcome> bigger,
      double[] measured) {
    var plot = new Plot(
        "Loss of mixes by FLOPs",
        new Plot.Axis("FLOPs", true),
        new Plot.Axis("hold-out loss, nats per token", false));
    double low = small.stream().mapToDouble(o -> o.plan().flops()).min().orElseThrow();
    for (int m = 0; m < mixes.size(); m++) {
      int mix = m;
      double high = bigger.get(m).plan().flops();
      var line = new ArrayList<double[]>();
      for (int i = 0; i <= 24; i++) {
        double flops = low * Math.pow(high / low, i / 24.0);
        line.add(new double[] {flops, at(laws, m, flops)});
      }
      plot.add(mixes.get(m), Plot.Form.LINE, line);
      plot.add(
          mixes.get(m),
          Plot.Form.POINTS,
          small.stream()
              .filter(o -> mix(o) == mix)
              .map(o -> new double[] {o.plan().flops(), loss(o)})
              .toList());
      plot.add(mixes.get(m), Plot.Form.MARK, List.<double[]>of(new double[] {high, measured[m]}));
    }
    plot.to(facts);
  }

  private static void note(Workspace workspace, String form, Object... values) {
    var line = form(form, values);
    workspace.facts().withArrayProperty("notes").add(line);
    workspace.progress().say(line);
  }

  private static String form(String form, Object... values) {
    return String.format(Locale.ROOT, form, values);
  }
}
