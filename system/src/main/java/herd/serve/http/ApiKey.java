package herd.serve.http;

import herd.serve.protocol.ApiError;
import java.util.Map;
import java.util.TreeMap;

/// Who calls: a key's name, and what it may still use this minute. Thread-safe.
public final class ApiKey {
  /// The caller of a server without keys.
  public static final String NOBODY = "-";

  private final String name;
  private final boolean admin;
  private final Allowance requests;
  private final Allowance tokens;

  /// @param requestsPerMinute 0 for no limit
  /// @param tokensPerMinute prompt and answer together, 0 for no limit
  ApiKey(String name, boolean admin, double requestsPerMinute, double tokensPerMinute) {
    this.name = name;
    this.admin = admin;
    this.requests = new Allowance(requestsPerMinute, System.nanoTime());
    this.tokens = new Allowance(tokensPerMinute, System.nanoTime());
  }

  static ApiKey nobody() {
    return new ApiKey(NOBODY, false, 0, 0);
  }

  /// The name in the file of keys, which logs may show.
  public String name() {
    return name;
  }

  boolean admin() {
    return admin;
  }

  void countRequest() {
    long now = System.nanoTime();
    if (!requests.take(1, now)) {
      throw ApiError.tooMany(
          "requests",
          "Rate limit reached for requests per minute: limit %d.".formatted(requests.limit()),
          requests.secondsUntil(1, now));
    }
  }

  /// Takes the tokens of a prompt that is about to run.
  /// @throws ApiError if the key has not as many left now (status 429)
  public void countPrompt(long promptTokens) {
    long now = System.nanoTime();
    if (!tokens.take(promptTokens, now)) {
      throw ApiError.tooMany(
          "tokens",
          "Rate limit reached for tokens per minute: limit %d, requested %d."
              .formatted(tokens.limit(), promptTokens),
          tokens.secondsUntil(Math.min(promptTokens, tokens.limit()), now));
    }
  }

  /// Takes the tokens of an answer; an answer is never cut for them, the next request waits.
  public void countAnswer(long answerTokens) {
    tokens.charge(answerTokens, System.nanoTime());
  }

  /// What is left, under the header names of OpenAI's servers.
  Map<String, String> headers() {
    var out = new TreeMap<String, String>();
    long now = System.nanoTime();
    headers(out, "requests", requests, now);
    headers(out, "tokens", tokens, now);
    return out;
  }

  private static void headers(Map<String, String> out, String of, Allowance allowance, long now) {
    if (allowance.limited()) {
      out.put("x-ratelimit-limit-" + of, "" + allowance.limit());
      out.put("x-ratelimit-remaining-" + of, "" + allowance.left(now));
      out.put("x-ratelimit-reset-" + of, allowance.secondsUntil(allowance.limit(), now) + "s");
    }
  }
}
