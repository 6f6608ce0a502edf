package herd.serve;

import herd.serve.http.Call;
import herd.serve.http.EventStream;
import herd.serve.protocol.ApiError;
import java.io.IOException;
import java.util.function.Consumer;

/// Answers as an event stream: what has come goes out together, `[DONE]` is the last event, and a
/// fault after the beginning is an event with an error object. Every second without an event a
/// comment goes out, so that proxies do not give up while a request waits.
final class Streaming {
  static final long BEAT_MILLIS = 1000;

  private Streaming() {}

  /// @param begin adds the first events
  /// @param take turns what happened into events
  /// @param end adds the last events before `[DONE]`
  static void run(
      Call call,
      Answers answers,
      Consumer<EventStream> begin,
      Consumer<Answers.Event> take,
      Consumer<EventStream> end)
      throws IOException {
    var events = call.events();
    try {
      begin.accept(events);
      events.flush();
      while (answers.open()) {
        var event = answers.next(BEAT_MILLIS);
        if (event == null) {
          events.beat();
        }
        for (; event != null; event = answers.now()) {
          take.accept(event);
        }
        events.flush();
      }
      end.accept(events);
      events.add("[DONE]");
      events.flush();
    } catch (ApiError e) {
      fail(events, e);
      throw e;
    } catch (IllegalStateException e) {
      fail(events, new ApiError(500, "server_error", null, null, "The server had an error."));
      throw e;
    }
    events.close();
  }

  /// Takes all that happens until the last answer has ended, for a whole reply.
  static void await(Answers answers, Consumer<Answers.Event> take) {
    while (answers.open()) {
      var event = answers.next(BEAT_MILLIS);
      if (event != null) {
        take.accept(event);
      }
    }
  }

  private static void fail(EventStream events, ApiError error) throws IOException {
    events.add(error.json());
    events.flush();
    events.close();
  }
}
