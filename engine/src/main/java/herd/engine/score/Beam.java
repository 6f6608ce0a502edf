package herd.engine.score;

import herd.engine.UserError;
import herd.engine.infer.Engine;
import herd.engine.infer.Listener;
import herd.engine.infer.Request;
import herd.engine.infer.Result;
import herd.engine.infer.Token;
import herd.engine.sample.Sampling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/// Beam search, for evaluation: the likeliest answers as a whole rather than token by token. Each
/// round asks the engine for one token after every open answer; their common beginnings are shared
/// where the engine shares prefixes.
/// @param width answers kept from round to round
/// @param maxTokens longest answer
/// @param stopIds tokens that end an answer; they count for its likelihood and are not part of it
/// @param lengthPenalty answers are compared by log-probability over length to this power: 0 by
///     likelihood alone, 1 by the mean of their tokens
public record Beam(int width, int maxTokens, Set<Integer> stopIds, double lengthPenalty) {
  public Beam {
    if (width < 1 || maxTokens < 1) {
      throw new UserError("beam", width + " by " + maxTokens, "1 or more", "Correct it.");
    }
    stopIds = Set.copyOf(stopIds);
  }

  /// An answer.
  /// @param logProb natural logarithm of its probability, with its stop token if `ended`
  /// @param ended whether a stop token ended it
  public record Hypothesis(int[] ids, double logProb, boolean ended) {
    private double score(double lengthPenalty) {
      return logProb / Math.pow(ids.length + (ended ? 1 : 0), lengthPenalty);
    }

    private Hypothesis with(int id, double more) {
      var longer = Arrays.copyOf(ids, ids.length + 1);
      longer[ids.length] = id;
      return new Hypothesis(longer, logProb + more, false);
    }
  }

  /// The `width` best answers to `prompt`, best first.
  /// @throws UserError if the engine refuses the prompt
  public List<Hypothesis> search(Engine engine, int[] prompt) {
    var best = Comparator.comparingDouble((Hypothesis h) -> -h.score(lengthPenalty));
    var done = new ArrayList<Hypothesis>();
    var open = List.of(new Hypothesis(new int[0], 0, false));
    for (int n = 0; n < maxTokens && !open.isEmpty() && prompt.length + n < engine.context(); n++) {
      var next = new ArrayList<Hypothesis>();
      var tickets = open.stream()
          .map(h -> engine.submit(request(prompt, h), Listener.NONE))
          .toList();
      for (int i = 0; i < tickets.size(); i++) {
        var from = open.get(i);
        for (var likely : first(tickets.get(i).join()).top()) {
          if (stopIds.contains(likely.id())) {
            done.add(new Hypothesis(from.ids(), from.logProb() + likely.logProb(), true));
          } else {
            next.add(from.with(likely.id(), likely.logProb()));
          }
        }
      }
      next.sort(best);
      done.sort(best);
      done.subList(Math.min(width, done.size()), done.size()).clear();
      open = List.copyOf(next.subList(0, Math.min(width, next.size())));
      if (lengthPenalty == 0 && done.size() == width && !open.isEmpty()) {
        double hope = open.getFirst().logProb(); // only falls from here on
        open = hope > done.getLast().logProb() ? open : List.of();
      }
    }
    done.addAll(open);
    done.sort(best);
    return List.copyOf(done.subList(0, Math.min(width, done.size())));
  }

  private Request request(int[] prompt, Hypothesis hypothesis) {
    var all = Arrays.copyOf(prompt, prompt.length + hypothesis.ids.length);
    System.arraycopy(hypothesis.ids, 0, all, prompt.length, hypothesis.ids.length);
    return Request.of(all, Sampling.greedy(), 1).withLogProbs(width + stopIds.size(), false);
  }

  private static Token first(Result result) {
    if (result.tokens().isEmpty()) {
      throw new IllegalStateException("no answer: " + result.finish(), result.failure());
    }
    return result.tokens().getFirst();
  }
}
