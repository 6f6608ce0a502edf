package herd.engine.infer;

/// The engine's queue is full: try again later.
public final class Busy extends RuntimeException {
  private static final long serialVersionUID = 1L;

  Busy(int queued) {
    super(queued + " requests are waiting; try again later", null, false, false);
  }
}
