package herd.train;

import herd.engine.UserError;
import herd.run.About;
import java.util.ArrayList;
import java.util.List;

/// Tokens of each step: some at first, more later (Llama 3 paper, section 3.4.1: 4M, 8M after 252M
/// tokens, 16M after 2.87T).
public final class BatchRamp {
  /// @param step from which on steps have `tokens`
  /// @param before tokens of all steps before it
  private record Phase(long step, long before, int tokens) {}

  private final List<Phase> phases = new ArrayList<>();

  /// Steps become larger.
  /// @param after tokens of training
  /// @param tokensPerStep from then on
  @About("steps become larger")
  public record Rise(
      @About("tokens of training after which it happens") long after,
      @About("tokens of an optimizer step from then on") int tokensPerStep) {}

  /// @param tokensPerStep of the first step
  /// @param rises by `after`, ascending
  /// @throws UserError if they are not, or a step has no token
  public BatchRamp(int tokensPerStep, List<Rise> rises) {
    phases.add(new Phase(0, 0, positive(tokensPerStep)));
    for (var rise : rises) {
      var last = phases.getLast();
      if (rise.after <= last.before) {
        throw new UserError(
            "ramp",
            "a rise after " + rise.after + " tokens",
            "more than " + last.before,
            "Give rises in order.");
      }
      long steps = Math.ceilDiv(rise.after - last.before, last.tokens);
      phases.add(new Phase(
          last.step + steps, last.before + steps * last.tokens, positive(rise.tokensPerStep)));
    }
  }

  private static int positive(int tokens) {
    if (tokens < 1) {
      throw new UserError("tokensPerStep", "" + tokens, "1 or more", "The usual is 1024.");
    }
    return tokens;
  }

  /// Every step has as many tokens.
  public static BatchRamp level(int tokensPerStep) {
    return new BatchRamp(tokensPerStep, List.of());
  }

  /// Tokens of `step`, counted from 0.
  public int at(long step) {
    return phase(step).tokens;
  }

  /// Tokens of all steps before `step`.
  public long before(long step) {
    var phase = phase(step);
    return Math.addExact(phase.before, Math.multiplyExact(step - phase.step, (long) phase.tokens));
  }

  /// Whole steps in `length` tokens.
  public long steps(long length) {
    var in = phases.getFirst();
    for (var phase : phases) {
      in = phase.before <= length ? phase : in;
    }
    return in.step + (length - in.before) / in.tokens;
  }

  /// The most tokens that a step ever has.
  public int most() {
    return phases.stream().mapToInt(Phase::tokens).max().orElseThrow();
  }

  private Phase phase(long step) {
    var in = phases.getFirst();
    for (var phase : phases) {
      in = phase.step <= step ? phase : in;
    }
    return in;
  }

  /// Each number of tokens that steps have.
  List<Integer> sizes() {
    return phases.stream().map(Phase::tokens).toList();
  }
}
