package herd.engine.infer;

import herd.engine.UserError;
import herd.engine.model.Adapter;
import herd.engine.sample.Sampling;
import java.util.List;
import java.util.Set;

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
/// @param promptLogProbs whether the same is asked for the prompt's tokens
/// @param cacheSalt requests of different salts never share keys and values, null for none
/// @param adapter what is added to the model for this request, null for nothing
public record Request(
    int[] prompt,
    Sampling sampling,
    int maxTokens,
    Set<Integer> stopIds,
    List<String> stops,
    Constraint constraint,
    int logProbs,
    boolean promptLogProbs,
    String cacheSalt,
    Adapter adapter) {
  private static final int MOST_STOPS = 128;
  private static final int LONGEST_STOP = 1000;
  private static final int MOST_LOG_PROBS = 1000;

  public Request {
    prompt = prompt.clone();
    stopIds = Set.copyOf(stopIds);
    stops = List.copyOf(stops);
    if (maxTokens < 0) {
      throw new UserError("maxTokens", "" + maxTokens, "0 or more", "Correct it.");
    }
    if (logProbs < -1 || logProbs > MOST_LOG_PROBS) {
      throw new UserError(
          "logProbs", "" + logProbs, "-1 (none) to " + MOST_LOG_PROBS, "Correct it.");
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

  /// An answer of the model itself, without an adapter.
  public Request(
      int[] prompt,
      Sampling sampling,
      int maxTokens,
      Set<Integer> stopIds,
      List<String> stops,
      Constraint constraint,
      int logProbs,
      boolean promptLogProbs,
      String cacheSalt) {
    this(
        prompt,
        sampling,
        maxTokens,
        stopIds,
        stops,
        constraint,
        logProbs,
        promptLogProbs,
        cacheSalt,
        null);
  }

  /// An answer without stops, constraint, log-probabilities or adapter.
  public static Request of(int[] prompt, Sampling sampling, int maxTokens) {
    return new Request(prompt, sampling, maxTokens, Set.of(), List.of(), null, -1, false, null);
  }

  public Request withStopIds(Set<Integer> ids) {
    return new Request(
        prompt,
        sampling,
        maxTokens,
        ids,
        stops,
        constraint,
        logProbs,
        promptLogProbs,
        cacheSalt,
        adapter);
  }

  public Request withStops(List<String> texts) {
    return new Request(
        prompt,
        sampling,
        maxTokens,
        stopIds,
        texts,
        constraint,
        logProbs,
        promptLogProbs,
        cacheSalt,
        adapter);
  }

  public Request withConstraint(Constraint value) {
    return new Request(
        prompt,
        sampling,
        maxTokens,
        stopIds,
        stops,
        value,
        logProbs,
        promptLogProbs,
        cacheSalt,
        adapter);
  }

  /// @param top likeliest tokens named at each place of the answer
  /// @param ofPrompt whether also at each place of the prompt
  public Request withLogProbs(int top, boolean ofPrompt) {
    return new Request(
        prompt, sampling, maxTokens, stopIds, stops, constraint, top, ofPrompt, cacheSalt, adapter);
  }

  public Request withCacheSalt(String salt) {
    return new Request(
        prompt,
        sampling,
        maxTokens,
        stopIds,
        stops,
        constraint,
        logProbs,
        promptLogProbs,
        salt,
        adapter);
  }

  /// Answered by the model with this adapter.
  public Request withAdapter(Adapter value) {
    return new Request(
        prompt,
        sampling,
        maxTokens,
        stopIds,
        stops,
        constraint,
        logProbs,
        promptLogProbs,
        cacheSalt,
        value);
  }
}
