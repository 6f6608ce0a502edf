package herd.serve;

import herd.engine.infer.Finish;
import herd.engine.infer.Result;
import herd.serve.http.Call;
import herd.serve.protocol.ApiError;
import herd.serve.protocol.Usage;
import java.util.Locale;

/// Counts the tokens of one HTTP request's answers. Several answers to one prompt count it once.
final class Tally {
  private Usage usage = new Usage(0, 0, 0);
  private String finish = "";
  private int answer;
  private long tokens; // that came, of answers that have not ended too
  private boolean noted;
  private final int each;

  Tally() {
    this(Integer.MAX_VALUE);
  }

  /// @param each answers to one prompt
  Tally(int each) {
    this.each = each;
  }

  /// A token of an answer came.
  void token() {
    tokens++;
  }

  /// @param cut whether the answer was cancelled on purpose, since nothing more was wanted of it
  /// @throws ApiError if the engine could not finish it
  void add(Result result, boolean cut) {
    boolean again = answer++ % each != 0;
    usage = usage.plus(new Usage(
        again ? 0 : result.promptTokens(), result.ids().length, again ? 0 : result.cachedTokens()));
    finish = result.finish().name().toLowerCase(Locale.ROOT);
    if (result.finish() == Finish.FAILED) {
      throw new IllegalStateException("the engine failed", result.failure());
    }
    if (result.finish() == Finish.CANCELLED && !cut) {
      throw ApiError.unavailable("cancelled", "The answer was cancelled by the server.", 1);
    }
  }

  /// Charges the key and tells the log, the first time: what was written for a client that went
  /// away is charged too.
  void note(Call call) {
    if (noted) {
      return;
    }
    noted = true;
    call.key().countAnswer(Math.max(tokens, usage.completion()));
    call.note("promptTokens", usage.prompt());
    call.note("cachedTokens", usage.cached());
    call.note("completionTokens", Math.max(tokens, usage.completion()));
    call.note("finish", finish);
  }

  Usage usage() {
    return usage;
  }
}
