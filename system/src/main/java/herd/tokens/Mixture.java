package herd.tokens;

import herd.engine.UserError;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Sources of a training by weight, each perhaps with a limit on how often it is shown (Llama 3
/// paper, section 3.1.2). The one definition of a mix: [herd.train.PackedBatches] goes by the
/// weights that [#plan] makes of it, and `herd data mix` shows them.
/// @param parts in the order of the sources
/// @param whenOut what happens when a source has been shown as often as it may be
public record Mixture(List<Part> parts, WhenOut whenOut) {
  /// The paper's final mix, in percent of the tokens.
  public static final Map<String, Double> LLAMA3 = llama3();

  /// What happens when a source has been shown as often as it may be.
  public enum WhenOut {
    /// The others share its part, by their weights, over the whole training: shares do not change
    /// on the way.
    REDISTRIBUTE,
    /// The mix ends there: it has no more tokens to give.
    STOP
  }

  /// A source.
  /// @param weight in any unit, the same for all; 0 leaves it out
  /// @param tokens that it holds, begin and end tokens included
  /// @param maxEpochs how often its tokens may be shown; infinite for no limit, also below 1
  public record Part(String name, double weight, long tokens, double maxEpochs) {
    public Part {
      check(name, "weight", weight, weight >= 0 && weight < 1e18, "0 or more");
      check(name, "tokens", tokens, tokens >= 0, "0 or more");
      check(name, "maxEpochs", maxEpochs, maxEpochs > 0, "over 0");
    }

    private static void check(String name, String what, double found, boolean ok, String allowed) {
      if (!ok) {
        throw new UserError("source '" + name + "'", what + " " + found, allowed, "Correct it.");
      }
    }

    /// Tokens that may be shown of it.
    double most() {
      return tokens == 0 ? 0 : tokens * maxEpochs;
    }
  }

  private static Map<String, Double> llama3() {
    var mix = new LinkedHashMap<String, Double>();
    mix.put("general", 50.0);
    mix.put("maths", 25.0);
    mix.put("code", 17.0);
    mix.put("multilingual", 8.0);
    return Collections.unmodifiableMap(mix);
  }

  public Mixture {
    parts = List.copyOf(parts);
    var names = new HashSet<String>();
    for (var part : parts) {
      if (!names.add(part.name)) {
        throw new UserError(
            "mix", "source '" + part.name + "' twice", "each once", "Name it once.");
      }
    }
  }

  /// Weights for sources of which nothing is said: the paper's, where all are named as some of its
  /// four kinds are, or else none, which means that each counts as much as it holds.
  public static Map<String, Double> usual(Collection<String> names) {
    if (!LLAMA3.keySet().containsAll(names)) {
      return Map.of();
    }
    var some = new LinkedHashMap<>(LLAMA3);
    some.keySet().retainAll(names);
    return some;
  }

  /// A mixture of sources by name.
  /// @param tokens of each source
  /// @param weights of the sources; a source that is not named has none and is left out; empty
  /// for
  ///     as much as each holds
  /// @param maxEpochs of the sources; no limit where nothing is said
  /// @throws UserError for a name that is none of the sources
  public static Mixture of(
      Map<String, Long> tokens,
      Map<String, Double> weights,
      Map<String, Double> maxEpochs,
      WhenOut whenOut) {
    checkNames("weights", weights.keySet(), tokens.keySet());
    checkNames("maxEpochs", maxEpochs.keySet(), tokens.keySet());
    var parts = new ArrayList<Part>();
    tokens.forEach((name, count) -> parts.add(new Part(
        name,
        weights.isEmpty() ? count : weights.getOrDefault(name, 0.0),
        count,
        maxEpochs.getOrDefault(name, Double.POSITIVE_INFINITY))));
    return new Mixture(parts, whenOut);
  }

  /// @throws UserError for a name that is none of the sources
  public static void checkNames(String where, Set<String> some, Set<String> sources) {
    for (var name : some) {
      if (!sources.contains(name)) {
        throw new UserError(
            where, "no source '" + name + "'", String.join(", ", sources), "Choose one of these.");
      }
    }
  }

  /// What a mix gives.
  /// @param wanted tokens
  /// @param shown tokens of each source, in the order of the parts; they add up to [#tokens()]
  /// @param out whether each source is shown as often as it may be
  public record Plan(long wanted, List<Long> shown, List<Boolean> out) {
    public Plan {
      shown = List.copyOf(shown);
      out = List.copyOf(out);
    }

    /// Tokens in all: those that were wanted, or fewer where sources run out.
    public long tokens() {
      return shown.stream().mapToLong(Long::longValue).sum();
    }

    /// Whether the mix gives what was wanted.
    public boolean enough() {
      return tokens() == wanted;
    }

    /// A source's share of the tokens.
    public double share(int index) {
      return (double) shown.get(index) / Math.max(1, tokens());
    }

    /// How often each source is shown, given what it holds.
    public double epochs(Part part, int index) {
      return part.tokens == 0 ? 0 : (double) shown.get(index) / part.tokens;
    }
  }

  /// A source's share of all weights.
  public double share(Part part) {
    return part.weight / parts.stream().mapToDouble(Part::weight).sum();
  }

  /// What a training of `wanted` tokens sees of each source.
  public Plan plan(long wanted) {
    return plan(wanted, weights(), new long[parts.size()]);
  }

  private double[] weights() {
    return parts.stream().mapToDouble(Part::weight).toArray();
  }

  /// As [#plan(long)], with other weights, and after some of the sources have been shown.
  /// @param weights in the order of the parts
  /// @param before tokens of each source that were shown already
  public Plan plan(long wanted, double[] weights, long[] before) {
    if (wanted < 1) {
      throw new UserError("tokens", "" + wanted, "1 or more", "Say how many are wanted.");
    }
    int n = parts.size();
    var most = new double[n];
    double all = 0;
    for (int s = 0; s < n; s++) {
      boolean shown = weights[s] > 0;
      most[s] = shown ? Math.max(0, Math.floor(parts.get(s).most() - before[s])) : 0;
      all += shown ? weights[s] : 0;
    }
    if (!(all > 0)) {
      throw new UserError("mix", "no source with a weight", "at least one", "Name one.");
    }
    double[] exact = whenOut == WhenOut.STOP
        ? untilOneIsOut(wanted, weights, all, most)
        : redistributed(wanted, weights, most);
    return rounded(wanted, weights, exact, most);
  }

  private static double[] untilOneIsOut(long wanted, double[] weights, double all, double[] most) {
    double tokens = wanted;
    for (int s = 0; s < most.length; s++) {
      if (weights[s] > 0) {
        tokens = Math.min(tokens, most[s] * all / weights[s]);
      }
    }
    var exact = new double[most.length];
    for (int s = 0; s < exact.length; s++) {
      exact[s] = Math.min(most[s], tokens * weights[s] / all);
    }
    return exact;
  }

  /// Sources beyond their limit are held there, and the others share the rest by their weights,
  /// until all that are left keep theirs.
  private static double[] redistributed(long wanted, double[] weights, double[] most) {
    var exact = new double[most.length];
    var held = new boolean[most.length];
    for (boolean more = true; more; ) {
      double left = wanted;
      double all = 0;
      for (int s = 0; s < most.length; s++) {
        left -= held[s] ? most[s] : 0;
        all += held[s] ? 0 : weights[s];
      }
      more = false;
      for (int s = 0; s < most.length; s++) {
        exact[s] = held[s] ? most[s] : weights[s] == 0 ? 0 : left * weights[s] / all;
        if (exact[s] > most[s]) {
          held[s] = true;
          more = true;
        }
      }
    }
    return exact;
  }

  /// Whole tokens that add up: each source's part rounded down, and what is missing one by one to
  /// those that lost most, in the order of the sources among equals.
  private static Plan rounded(long wanted, double[] weights, double[] exact, double[] most) {
    int n = exact.length;
    var shown = new long[n];
    double sum = 0;
    long whole = 0;
    for (int s = 0; s < n; s++) {
      shown[s] = (long) Math.min(exact[s], most[s]);
      sum += exact[s];
      whole += shown[s];
    }
    long missing = (sum > wanted - 0.5 ? wanted : (long) Math.floor(sum + 1e-6)) - whole;
    for (; missing > 0; missing--) {
      int best = -1;
      for (int s = 0; s < n; s++) {
        boolean room = shown[s] + 1 <= most[s] && exact[s] > 0;
        if (room && (best < 0 || exact[s] - shown[s] > exact[best] - shown[best])) {
          best = s;
        }
      }
      if (best < 0) {
        break;
      }
      shown[best]++;
    }
    var list = new ArrayList<Long>();
    var out = new ArrayList<Boolean>();
    for (int s = 0; s < n; s++) {
      list.add(shown[s]);
      out.add(weights[s] > 0 && shown[s] + 1 > most[s]);
    }
    return new Plan(wanted, list, out);
  }
}
