package herd.study;

import herd.engine.UserError;
import herd.engine.model.LlamaConfig;
import herd.scaling.Shape;
import herd.scaling.TuningRule;
import herd.train.Schedule;
import java.util.Locale;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// One model to train. Its learning rate rises over as many tokens as it has parameters (Porian
/// et al., arXiv 2406.19146; at most a fifth of its steps) and falls in a straight line to 0, so
/// that small runs are as well tuned as large ones.
/// @param name of its files
/// @param budget FLOPs that it was planned for; [#flops] are those of its whole steps
/// @param sequence tokens of a row
/// @param rate highest learning rate
/// @param warmup steps
public record RunPlan(
    String name,
    double budget,
    Shape shape,
    int sequence,
    int tokensPerStep,
    long steps,
    double rate,
    long warmup) {
  private static final int LEAST_STEPS = 20;

  /// @param prefix of the name
  /// @throws UserError if the budget is too small for this shape
  public static RunPlan of(
      String prefix, double budget, Shape shape, int sequence, TuningRule rule) {
    int tokensPerStep = rule.tokensPerStep(budget, sequence);
    double each = shape.flopsPerToken(sequence) * tokensPerStep;
    long steps = Math.round(budget / each);
    if (steps < LEAST_STEPS) {
      throw new UserError(
          "budgets",
          String.format(
              Locale.ROOT,
              "%.3g FLOPs, %d steps of a model of %.3g",
              budget,
              steps,
              shape.params()),
          LEAST_STEPS + " steps or more",
          String.format(Locale.ROOT, "Give at least %.2g FLOPs.", LEAST_STEPS * each));
    }
    long warmup = Math.clamp(Math.round(shape.params() / tokensPerStep), 2, Math.max(2, steps / 5));
    var name = String.format(Locale.ROOT, "%s%.3g-dim%d", prefix, budget, shape.dim());
    return new RunPlan(
        name.replace("+", ""),
        budget,
        shape,
        sequence,
        tokensPerStep,
        steps,
        rule.rateAt(budget),
        warmup);
  }

  /// Tokens of all steps.
  public long tokens() {
    return steps * tokensPerStep;
  }

  /// FLOPs of all steps.
  public double flops() {
    return tokens() * shape.flopsPerToken(sequence);
  }

  /// The learning rate of each step.
  public Schedule schedule() {
    return new Schedule.WarmupLinear(rate, warmup, steps);
  }

  /// The model.
  public LlamaConfig config() {
    return new LlamaConfig(
        shape.vocab(),
        shape.dim(),
        shape.layers(),
        shape.heads(),
        shape.kvHeads(),
        shape.headDim(),
        shape.ffnDim(),
        500_000,
        null,
        1e-5,
        shape.tied(),
        sequence);
  }

  /// As it is printed and kept.
  public ObjectNode json() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("name", name)
        .put("budget", budget)
        .put("layers", shape.layers())
        .put("dim", shape.dim())
        .put("heads", shape.heads())
        .put("params", shape.params())
        .put("tokens", tokens())
        .put("flops", flops())
        .put("tokensPerStep", tokensPerStep)
        .put("steps", steps)
        .put("rate", rate)
        .put("warmup", warmup);
  }
}
