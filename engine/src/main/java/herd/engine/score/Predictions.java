package herd.engine.score;

/// What somebody says of a text that is cut into chunks: after each token, how likely every token
/// of the vocabulary is to come next. Only second halves of chunks are asked for, as llama.cpp
/// counts: each prediction has at least half a chunk before it.
public interface Predictions extends AutoCloseable {
  /// The text's tokens, whole chunks of `context` each, without what is put in place of the first.
  int[] ids();

  /// Tokens of a chunk.
  int context();

  /// Tokens that may come next.
  int vocab();

  /// Natural logarithms of probabilities, for `out.length` tokens of a chunk; minus infinity for
  /// what is unlikely and not known.
  /// @param first of the tokens after which it is asked: `context / 2` to `context - 2`
  /// @param out `[tokens, vocab]`
  void logProbs(int chunk, int first, float[][] out);

  @Override
  void close();

  /// The first token after which it is asked.
  default int first() {
    return context() / 2;
  }

  /// Predictions that are asked for in a chunk.
  default int perChunk() {
    return context() - 1 - first();
  }
}
