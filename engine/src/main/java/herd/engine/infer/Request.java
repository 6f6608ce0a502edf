package herd.engine.infer;

import herd.engine.UserError;
import herd.engine.model.Adapter;
import herd.engine.sample.Sampling;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/// What is asked of an engine. Several answers to one prompt are several requests with their own
/// seeds: they share the prompt's keys and values.
/// @param prompt token ids, at least one
/// @param sampling how tokens are chosen
/// @param maxTokens tokens of the answer at most
/// @param stopIds tokens that end the answer; they are not part of it
/// @param stops texts that end the answer, wherever tokens begin and end; not part of its text
/// @param constraint what the answer may look like, null for anything
/// @param logProbs how many of the likeliest tokens are named at each place; 0 for the chosen
///     token's log-probability alone, -1 for nothing
/// @param promptLogProbs from which place of the prompt on the same is asked for its tokens, -1 for
///     none of them
/// @param cacheSalt requests of different salts never share keys and values, null for none
/// @param client who asks: where requests wait, places go to those who have the fewest
/// @param adapter what is added to the model for this request, null for nothing
/// @param pooling asks for a vector of the prompt instead of an answer, null for none
public record Request(
    int[] prompt,
    Sampling sampling,
    int maxTokens,
    Set<Integer> stopIds,
    List<String> stops,
    Constraint constraint,
    int logProbs,
    int promptLogProbs,
    String cacheSalt,
    String client,
    Adapter adapter,
    Pooling pooling) {
  /// How the hidden states of a text become one vector.
  public enum Pooling {
    /// Their mean.
    MEAN,
    /// The last token's, which alone has seen the whole text.
    LAST
  }

  private static final int MOST_STOPS = 128;
  private static final int LONGEST_STOP = 1000;
  private static final int MOST_LOG_PROBS = 1000;

  public Request {
    prompt = prompt.clone();
    stopIds = Set.copyOf(stopIds);
    stops = List.copyOf(stops);
    if (maxTokens < 0 || pooling != null && maxTokens > 0) {
      throw new UserError(
          "maxTokens", "" + maxTokens, pooling == null ? "0 or more" : "0", "Correct it.");
    }
    if (logProbs < -1 || logProbs > MOST_LOG_PROBS) {
      throw new UserError(
          "logProbs", "" + logProbs, "-1 (none) to " + MOST_LOG_PROBS, "Correct it.");
    }
    if (promptLogProbs < -1 || promptLogProbs > prompt.length) {
      throw new UserError(
          "promptLogProbs", "" + promptLogProbs, "-1 (none) to " + prompt.length, "Correct it.");
    }
    if (stops.size() > MOST_STOPS) {
      throw new UserError("stops", stops.size() + " texts", "at most " + MOST_STOPS, "Drop some.");
    }
    for (var stop : stops) {
      if (stop.isEmpty() || stop.length() > LONGEST_STOP) {
        throw new UserError(
            "stops",
            "a text of " + stop.length() + " characters",
            "1 to " + LONGEST_STOP,
            "Correct it.");
      }
    }
  }

  /// An answer without stops, constraint, log-probabilities or adapter.
  public static Request of(int[] prompt, Sampling sampling, int maxTokens) {
    return new Request(
        prompt, sampling, maxTokens, Set.of(), List.of(), null, -1, -1, null, "", null, null);
  }

  /// The log-probabilities of the prompt's tokens from place `from` on, with the likeliest token at
  /// each, and no answer.
  public static Request score(int[] prompt, int from) {
    return of(prompt, Sampling.greedy(), 0).with(r -> {
      r.logProbs = 1;
      r.promptLogProbs = from;
    });
  }

  /// A vector `[dim]` of the text, of length 1.
  public static Request embedding(int[] text, Pooling pooling) {
    return of(text, Sampling.greedy(), 0).with(r -> r.pooling = pooling);
  }

  public Request withStopIds(Set<Integer> ids) {
    return with(r -> r.stopIds = ids);
  }

  public Request withStops(List<String> texts) {
    return with(r -> r.stops = texts);
  }

  public Request withConstraint(Constraint value) {
    return with(r -> r.constraint = value);
  }

  /// @param top likeliest tokens named at each place of the answer
  /// @param ofPrompt whether also at each place of the prompt
  public Request withLogProbs(int top, boolean ofPrompt) {
    return with(r -> {
      r.logProbs = top;
      r.promptLogProbs = ofPrompt ? 0 : -1;
    });
  }

  public Request withCacheSalt(String salt) {
    return with(r -> r.cacheSalt = salt);
  }

  public Request withClient(String name) {
    return with(r -> r.client = name);
  }

  /// Answered by the model with this adapter.
  public Request withAdapter(Adapter value) {
    return with(r -> r.adapter = value);
  }

  private Request with(Consumer<Change> change) {
    var next = new Change(this);
    change.accept(next);
    return next.request();
  }

  /// A request whose parts can be set, for as long as one change takes.
  private static final class Change {
    private final Request from;
    private Set<Integer> stopIds;
    private List<String> stops;
    private Constraint constraint;
    private int logProbs;
    private int promptLogProbs;
    private String cacheSalt;
    private String client;
    private Adapter adapter;
    private Pooling pooling;

    Change(Request from) {
      this.from = from;
      stopIds = from.stopIds;
      stops = from.stops;
      constraint = from.constraint;
      logProbs = from.logProbs;
      promptLogProbs = from.promptLogProbs;
      cacheSalt = from.cacheSalt;
      client = from.client;
      adapter = from.adapter;
      pooling = from.pooling;
    }

    Request request() {
      return new Request(
          from.prompt,
          from.sampling,
          from.maxTokens,
          stopIds,
          stops,
          constraint,
          logProbs,
          promptLogProbs,
          cacheSalt,
          client,
          adapter,
          pooling);
    }
  }
}
