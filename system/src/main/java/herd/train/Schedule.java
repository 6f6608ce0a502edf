package herd.train;

import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;

/// The learning rate of each step.
public sealed interface Schedule {
  /// The rate of `step`, counted from 0.
  double at(long step);

  /// Linear warm-up from `peak / warmup` to `peak`, then half a cosine down (Llama 3 paper, section
  /// 3.4.1: 8,000 steps up, over 1,200,000 down to a hundredth).
  @About("warm-up, then half a cosine down")
  record WarmupCosine(
      @About("highest learning rate") double peak,
      @About("steps of the linear warm-up") @Default("0") long warmup,
      @About("step at which the floor is reached") long steps,

      @About("share of the peak that is left at the end") @Default("0.01")
      double floor)
      implements Schedule {
    public WarmupCosine {
      checkWarmup(peak, warmup, steps);
      if (!(floor >= 0 && floor <= 1)) {
        throw new UserError("floor", "" + floor, "0 to 1", "It is a share of the peak.");
      }
    }

    @Override
    public double at(long step) {
      if (step < warmup) {
        return peak * (step + 1) / warmup;
      }
      double done = Math.min(1, (double) (step - warmup) / (steps - warmup));
      return peak * (floor + (1 - floor) * (1 + Math.cos(Math.PI * done)) / 2);
    }
  }

  /// Linear warm-up, then linearly to 0.
  @About("warm-up, then linearly to 0")
  record WarmupLinear(
      @About("highest learning rate") double peak,
      @About("steps of the linear warm-up") @Default("0") long warmup,
      @About("step at which 0 is reached") long steps)
      implements Schedule {
    public WarmupLinear {
      checkWarmup(peak, warmup, steps);
    }

    @Override
    public double at(long step) {
      return step < warmup
          ? peak * (step + 1) / warmup
          : peak * Math.max(0, steps - step) / (steps - warmup);
    }
  }

  /// Linear warm-up, the peak, then linearly to a floor over the last steps: training can go on
  /// from before the descent (warm-up, stable, decay).
  @About("warm-up, the peak, then linearly down over the last steps")
  record WarmupCooldown(
      @About("highest learning rate") double peak,
      @About("steps of the linear warm-up") @Default("0") long warmup,
      @About("step at which the floor is reached") long steps,
      @About("steps of the descent") long cooldown,

      @About("share of the peak that is left at the end") @Default("0")
      double floor)
      implements Schedule {
    public WarmupCooldown {
      checkWarmup(peak, warmup, steps);
      if (cooldown < 1 || cooldown > steps - warmup) {
        throw new UserError(
            "cooldown",
            cooldown + " steps",
            "1 to the " + (steps - warmup) + " after the warm-up",
            "A fifth of all steps is usual.");
      }
      if (!(floor >= 0 && floor <= 1)) {
        throw new UserError("floor", "" + floor, "0 to 1", "It is a share of the peak.");
      }
    }

    @Override
    public double at(long step) {
      if (step < warmup) {
        return peak * (step + 1) / warmup;
      }
      double left = Math.clamp((double) (steps - step) / cooldown, 0, 1);
      return peak * (floor + (1 - floor) * left);
    }
  }

  /// Linearly from `start` to 0: annealing (Llama 3 paper, section 3.4.3).
  @About("linearly to 0: annealing")
  record LinearToZero(
      @About("learning rate of the first step") double start,
      @About("step at which 0 is reached") long steps)
      implements Schedule {
    public LinearToZero {
      checkWarmup(start, 0, steps);
    }

    @Override
    public double at(long step) {
      return start * Math.max(0, steps - step) / steps;
    }
  }

  /// The same rate always.
  @About("the same rate always")
  record Constant(@About("learning rate") double rate) implements Schedule {
    public Constant {
      checkRate("rate", rate);
    }

    @Override
    public double at(long step) {
      return rate;
    }
  }

  private static void checkWarmup(double peak, long warmup, long steps) {
    checkRate("peak", peak);
    if (warmup < 0 || steps <= warmup) {
      throw new UserError(
          "steps",
          "" + steps,
          "more than the warm-up (" + warmup + ")",
          "Raise steps or lower warmup.");
    }
  }

  private static void checkRate(String name, double rate) {
    if (!(rate > 0) || Double.isInfinite(rate)) {
      throw new UserError(name, "" + rate, "a positive number", "Give a rate such as 2e-3.");
    }
  }
}
