package herd.engine.infer;

/// What a model wrote after a prompt.
/// @param ids generated tokens, the ending one left out
/// @param finish why it ended
public record Answer(int[] ids, Finish finish) {
  /// Why an answer ended.
  public enum Finish {
    /// A stop token came.
    STOP,
    /// The allowed number of tokens, or the model's context, was full.
    LENGTH,
    /// The listener said so.
    CANCELLED
  }
}
