package herd.engine.sample;

import herd.engine.UserError;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// How the next token is chosen from the logits: steps that change logits or drop tokens, in the
/// order given, then a draw by the softmax of what is left.
/// @param steps none: a draw from the model's own distribution. The usual order is penalties,
///     temperature, top-k, top-p, min-p
/// @param seed of the draws; the same request with the same seed draws the same
public record Sampling(List<Step> steps, long seed) {
  public Sampling {
    steps = List.copyOf(steps);
  }

  /// The most likely token, always.
  public static Sampling greedy() {
    return new Sampling(List.of(new Temperature(0)), 0);
  }

  /// These steps in this order.
  public static Sampling of(long seed, Step... steps) {
    return new Sampling(Arrays.asList(steps), seed);
  }

  /// Temperature, then top-k, then top-p.
  /// @param temperature 0 takes the most likely token
  /// @param topK 0 keeps all
  /// @param topP 1 keeps all
  public static Sampling of(long seed, double temperature, int topK, double topP) {
    return of(seed, new Temperature(temperature), new TopK(topK), new TopP(topP));
  }

  /// The same steps with another seed.
  public Sampling withSeed(long value) {
    return new Sampling(steps, value);
  }

  /// One step of the chain. Each kind has a value that changes nothing.
  public sealed interface Step {}

  /// Logits of tokens seen in prompt or answer are divided by `penalty` where positive, multiplied
  /// where negative (CTRL, section 4.1); 1 changes nothing.
  /// @param last how many tokens back are looked at, 0 for all
  public record Repetition(double penalty, int last) implements Step {
    public Repetition {
      check("repetition penalty", penalty, penalty > 0 && penalty <= 100, "more than 0 to 100");
      check("repetition window", last, last >= 0, "0 (all) or more");
    }

    public Repetition(double penalty) {
      this(penalty, 0);
    }
  }

  /// Taken once from the logits of tokens that stand in the answer; 0 changes nothing.
  public record Presence(double penalty) implements Step {
    public Presence {
      check("presence penalty", penalty, Math.abs(penalty) <= 100, "-100 to 100");
    }
  }

  /// Taken from the logits of tokens for each time they stand in the answer; 0 changes nothing.
  public record Frequency(double penalty) implements Step {
    public Frequency {
      check("frequency penalty", penalty, Math.abs(penalty) <= 100, "-100 to 100");
    }
  }

  /// Added to the logits of these tokens.
  public record Bias(Map<Integer, Double> ids) implements Step {
    public Bias {
      ids = Map.copyOf(ids);
      ids.forEach((id, bias) -> check("bias of token " + id, bias, !bias.isNaN(), "a number"));
    }
  }

  /// Against repeated phrases (DRY): a token that would make the end of the text repeat an
  /// earlier passage of `n >= allowed` tokens loses `multiplier * base^(n - allowed)`;
  /// multiplier 0 changes nothing.
  /// @param last how many tokens back are looked at, 0 for all
  /// @param breakers tokens that no repeated passage reaches over
  public record Dry(double multiplier, double base, int allowed, int last, List<Integer> breakers)
      implements Step {
    public Dry {
      check("DRY multiplier", multiplier, multiplier >= 0 && multiplier <= 100, "0 to 100");
      check("DRY base", base, base >= 1 && base <= 100, "1 to 100");
      check("DRY length", allowed, allowed >= 1, "1 or more");
      check("DRY window", last, last >= 0, "0 (all) or more");
      breakers = List.copyOf(breakers);
    }
  }

  /// Divides the logits; 0 keeps the most likely token alone, 1 changes nothing.
  public record Temperature(double value) implements Step {
    public Temperature {
      check("temperature", value, value >= 0 && value <= 100, "0 to 100");
    }
  }

  /// Keeps the `k` most likely tokens and all as likely as the last of them; 0 keeps all.
  public record TopK(int k) implements Step {
    public TopK {
      check("top-k", k, k >= 0, "0 (all) or more");
    }
  }

  /// Keeps the fewest tokens that together reach probability `p`; 1 keeps all.
  public record TopP(double p) implements Step {
    public TopP {
      check("top-p", p, p >= 0 && p <= 1, "0 to 1");
    }
  }

  /// Keeps tokens at least `p` times as likely as the likeliest; 0 keeps all.
  public record MinP(double p) implements Step {
    public MinP {
      check("min-p", p, p >= 0 && p <= 1, "0 to 1");
    }
  }

  /// Keeps the tokens whose surprise is nearest to the expected one and that together reach
  /// probability `p` (locally typical sampling); 1 keeps all.
  public record Typical(double p) implements Step {
    public Typical {
      check("typical p", p, p > 0 && p <= 1, "more than 0, at most 1");
    }
  }

  private static void check(String name, double value, boolean allowed, String range) {
    if (!allowed) {
      throw new UserError(name, "" + value, range, "Correct it.");
    }
  }
}
