package herd.train;

import herd.engine.UserError;
import herd.engine.model.Gradients;
import herd.engine.tensor.Kernels;
import herd.run.About;
import herd.run.Default;
import java.util.function.Consumer;

/// AdamW (Loshchilov and Hutter 2019) with clipping by the global norm. Weight decay is decoupled
/// and spares norms and the embedding; a tied head is the embedding, an untied one is decayed.
@About("the optimizer")
public record AdamW(
    @About("decay of the mean of gradients") @Default("0.9") double beta1,

    @About("decay of the mean of their squares") @Default("0.95")
    double beta2,

    @About("added to the root of the second mean") @Default("1e-8")
    double eps,

    @About("share of a weight lost per step, times the rate") @Default("0.1")
    double weightDecay,

    @About("global L2 norm above which gradients are scaled down") @Default("1")
    double clip) {
  private static final double CLIP_EPS = 1e-6;

  public AdamW {
    check("beta1", beta1, beta1 >= 0 && beta1 < 1, "0 to under 1");
    check("beta2", beta2, beta2 >= 0 && beta2 < 1, "0 to under 1");
    check("eps", eps, eps > 0, "a positive number");
    check("weightDecay", weightDecay, weightDecay >= 0, "0 or more");
    check("clip", clip, clip > 0, "a positive number");
  }

  private static void check(String name, double value, boolean ok, String allowed) {
    if (!ok || Double.isInfinite(value)) {
      throw new UserError(name, "" + value, allowed, "Correct the optimizer's settings.");
    }
  }

  /// The usual settings.
  public AdamW() {
    this(0.9, 0.95, 1e-8, 0.1, 1);
  }

  /// Changes the parameters of `state` and its two means; the step that it makes is
  /// `state.step() + 1`, the means' `state.warm()` more.
  /// @param norm of all gradients together, before clipping
  /// @param changing is told the name of each parameter before it and its means change
  public void step(
      Kernels kernels,
      TrainState state,
      Gradients gradients,
      double rate,
      double norm,
      Consumer<String> changing) {
    double scale = Math.min(1, clip / (norm + CLIP_EPS));
    state.parameters().forEach((name, parameter) -> {
      double decay = decays(name) ? weightDecay : 0;
      var step = new Kernels.AdamStep(
          rate, beta1, beta2, eps, decay, state.warm() + state.step() + 1, scale);
      var gradient = gradients.of(parameter);
      changing.accept(name);
      kernels.adamW(parameter, gradient, state.m().get(name), state.v().get(name), step);
    });
  }

  static boolean decays(String name) {
    return !name.endsWith("norm.weight") && !name.endsWith("embed_tokens.weight");
  }
}
