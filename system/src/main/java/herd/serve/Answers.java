package herd.serve;

import herd.engine.infer.Busy;
import herd.engine.infer.Engine;
import herd.engine.infer.Listener;
import herd.engine.infer.Request;
import herd.engine.infer.Result;
import herd.engine.infer.Ticket;
import herd.engine.infer.Token;
import herd.serve.protocol.ApiError;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// The answers to one HTTP request, several at a time. The engine's thread puts tokens into a queue
/// and never waits: where too many pile up in a stream, since the client reads more slowly than the
/// model writes, all answers are cancelled. Closing it frees their places in the engine within a
/// step.
final class Answers implements AutoCloseable {
  private static final int MOST_WAITING = 1024;
  private static final int AT_A_TIME = 32;

  private final Engine engine;
  private final List<Request> requests;
  private final Metrics metrics;
  private final String model;
  private final int mostWaiting;
  private final List<Ticket> tickets = new ArrayList<>();
  private final LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private volatile boolean cancelled;
  private volatile boolean overflowed;
  private volatile boolean unwanted;
  private int ended;

  /// What happened to an answer: a token came, or it ended.
  /// @param token null at the end
  /// @param result null before the end
  record Event(int answer, Token token, Result result) {}

  /// Submits the first of `requests`; the others follow as these end.
  /// @param stream whether each token goes to the client as it comes
  /// @throws ApiError if the engine's queue is full (status 503)
  Answers(ServedModel model, List<Request> requests, boolean stream, Metrics metrics) {
    this.engine = model.engine();
    this.model = model.id();
    this.requests = requests;
    this.metrics = metrics;
    this.mostWaiting = stream ? MOST_WAITING : Integer.MAX_VALUE;
    try {
      while (tickets.size() < Math.min(AT_A_TIME, requests.size())) {
        submit();
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void submit() {
    int answer = tickets.size();
    try {
      var ticket = engine.submit(requests.get(answer), new Ear(answer));
      synchronized (tickets) { // the engine's thread cancels them all where tokens pile up
        tickets.add(ticket);
      }
    } catch (Busy e) {
      throw ApiError.unavailable("engine_overloaded", "Too many requests: " + e.getMessage(), 1);
    }
  }

  /// Hears one answer on the engine's thread.
  private final class Ear implements Listener {
    private final int answer;
    private long last = System.nanoTime();
    private boolean first = true;

    Ear(int answer) {
      this.answer = answer;
    }

    @Override
    public void token(Token token) {
      long now = System.nanoTime();
      metrics.token(model, first, now - last);
      first = false;
      last = now;
      if (cancelled) {
        return;
      }
      if (waiting.incrementAndGet() > mostWaiting) {
        overflowed = true;
        cancel();
        return;
      }
      events.add(new Event(answer, token, null));
    }

    @Override
    public void end(Result result) {
      metrics.ended(model, result);
      events.add(new Event(answer, null, result));
    }
  }

  /// Whether answers are still to come.
  boolean open() {
    return ended < requests.size();
  }

  /// What happens next.
  /// @return null if nothing does within `millis`
  /// @throws ApiError if the client reads too slowly and the answers were cancelled
  Event next(long millis) {
    try {
      return taken(events.poll(millis, TimeUnit.MILLISECONDS));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw ApiError.unavailable("shutting_down", "The server is shutting down.", 1);
    }
  }

  /// What has happened already, null if that was all.
  Event now() {
    return taken(events.poll());
  }

  private Event taken(Event event) {
    if (unwanted) {
      throw ApiError.unavailable("client_gone", "The client went away.", 1);
    }
    if (overflowed) {
      throw ApiError.unavailable("slow_reader", "The client reads too slowly.", 1);
    }
    if (event == null) {
      return null;
    }
    if (event.token != null) {
      waiting.decrementAndGet();
      return event;
    }
    ended++;
    if (tickets.size() < requests.size()) {
      submit();
    }
    return event;
  }

  /// Nothing more is wanted of one answer.
  void enough(int answer) {
    tickets.get(answer).cancel();
  }

  /// The client went away: its places are free within a step. For any thread.
  void abandon() {
    unwanted = true;
    cancel();
  }

  private void cancel() {
    cancelled = true;
    synchronized (tickets) {
      tickets.forEach(Ticket::cancel);
    }
  }

  /// Cancels what still runs.
  @Override
  public void close() {
    if (open()) {
      cancel();
    }
  }
}
