package herd.engine.infer;

/// Hears an answer as it is written. Called on the engine's own thread, which all answers wait for:
/// it must not block and must not call back to wait. An exception ends this answer alone.
public interface Listener {
  /// Hears nothing: for who awaits the result.
  Listener NONE = new Listener() {};

  /// The next token.
  default void token(Token token) {}

  /// Whether the answer shall go on, asked after each token.
  default boolean goOn() {
    return true;
  }

  /// The end, called exactly once.
  default void end(Result result) {}
}
