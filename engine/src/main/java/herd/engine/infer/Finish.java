package herd.engine.infer;

/// Why an answer ended.
public enum Finish {
  /// A stop token or a stop string came, or its constraint was satisfied and left no more to say.
  STOP,
  /// The allowed number of tokens, or the context, was full.
  LENGTH,
  /// Its ticket or listener said so, or the engine was closed.
  CANCELLED,
  /// The engine could not go on with it; [Result#failure] says why.
  FAILED
}
