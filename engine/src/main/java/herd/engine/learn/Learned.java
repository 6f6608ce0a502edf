package herd.engine.learn;

/// What was learned.
public final class Learned {
  private final PieceTable tokens;
  private final int[] merges;
  private final long corpusTokens;

  Learned(PieceTable tokens, int[] merges, long corpusTokens) {
    this.tokens = tokens;
    this.merges = merges;
    this.corpusTokens = corpusTokens;
  }

  /// How many tokens there are, those included with which learning began.
  public int size() {
    return tokens.size();
  }

  /// The bytes of a token.
  public byte[] token(int number) {
    return tokens.get(number);
  }

  /// Left, right and resulting token of each merge, in the order in which they were learned.
  public int[] merges() {
    return merges.clone();
  }

  /// Tokens that the corpus has with these merges.
  public long corpusTokens() {
    return corpusTokens;
  }
}
