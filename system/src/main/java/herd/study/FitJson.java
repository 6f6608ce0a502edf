package herd.study;

import herd.scaling.Interval;
import herd.scaling.IsoFlop;
import herd.scaling.LossLaw;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Fits of measured runs as JSON: what `herd scale fit --json` prints and `herd plan --law` reads.
public final class FitJson {
  private FitJson() {}

  /// @param window points on each side of the lowest that parabolas were fitted to
  /// @param at FLOPs to predict
  public static ObjectNode of(IsoFlop fit, LossLaw law, int window, double at) {
    var out = JsonNodeFactory.instance.objectNode();
    out.put("window", window);
    var minima = out.putArray("minima");
    for (var m : fit.minima()) {
      minima
          .addObject()
          .put("flops", m.flops())
          .put("tokens", m.tokens())
          .put("params", m.params())
          .put("loss", m.loss())
          .put("curvature", m.curvature())
          .put("points", m.points());
    }
    var skipped = out.putArray("skipped");
    fit.skipped().forEach(s -> skipped.addObject().put("flops", s.flops()).put("why", s.why()));
    out.put("alpha", fit.tokens().exponent());
    out.put("A", fit.tokens().factor());
    out.put("r2", fit.tokens().r2());
    put(out, "alphaInterval", fit.exponent());
    put(out, "AInterval", fit.factor());
    out.put("paramsExponent", fit.params().exponent());
    out.put("paramsFactor", fit.params().factor());
    double tokens = fit.tokens().at(at);
    var there = out.putObject("at").put("flops", at).put("tokens", tokens);
    put(there, "tokensInterval", fit.tokensAt(at));
    there.put("paramsBySix", at / (6 * tokens)).put("paramsByRuns", fit.params().at(at));
    out.set("chinchilla3", chinchilla(law, at));
    return out;
  }

  /// Of a study. Where its budgets have no minima, the law of tokens follows from that of losses.
  static ObjectNode of(StudyFit study) {
    double at = study.plan().largeBudget();
    var law = study.prediction().law();
    if (study.fit() != null) {
      return of(study.fit(), law, study.window(), at);
    }
    var out = JsonNodeFactory.instance.objectNode();
    out.put("window", study.window()).putArray("minima");
    out.put("alpha", study.tokens().exponent()).put("A", study.tokens().factor());
    out.putObject("at").put("flops", at).put("tokens", study.tokens().at(at));
    out.set("chinchilla3", chinchilla(law, at));
    return out;
  }

  private static ObjectNode chinchilla(LossLaw law, double at) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("E", law.floor())
        .put("A", law.a())
        .put("B", law.b())
        .put("alpha", law.alpha())
        .put("beta", law.beta())
        .put("huber", law.error())
        .put("tokens", law.tokens(at))
        .put("params", law.params(at))
        .put("tokensExponent", law.alpha() / (law.alpha() + law.beta()))
        .put("loss", law.at(law.params(at), law.tokens(at)));
  }

  private static void put(ObjectNode to, String key, Interval interval) {
    to.putArray(key).add(interval.low()).add(interval.middle()).add(interval.high());
  }
}
