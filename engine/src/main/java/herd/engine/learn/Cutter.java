package herd.engine.learn;

/// Cuts text into the pieces inside which tokens are merged.
public interface Cutter {
  /// The end of the piece that starts at `at` in valid UTF-8; `at < to`.
  int end(byte[] utf8, int at, int to);
}
