package herd.engine.infer;

/// What an answer may look like: a grammar, a schema, a pattern. It is asked before each token
/// which ids are allowed and told which one came. Speaks of text alone: tokens that end an
/// answer are the engine's business, which allows them where [#mayEnd] does.
///
/// One object serves one answer and one thread at a time; [#fork] makes another.
public interface Constraint {
  /// A constraint in the same state that goes its own way.
  Constraint fork();

  /// Says which tokens may come next.
  /// @param mask one bit per token id, bit `id % 64` of word `id / 64`; overwritten wholly
  void allowed(long[] mask);

  /// Moves on by a token that was allowed.
  void accept(int id);

  /// Whether the answer may end here. Where it may and no token is allowed, it ends.
  boolean mayEnd();
}
