package herd.data.fasttext;

/// How scores become probabilities of labels.
public enum Loss {
  /// A binary tree over the labels, each turn a logistic regression: cheap with many labels.
  HIERARCHICAL(1, "hs"),
  /// Each label against a few drawn ones.
  NEGATIVE_SAMPLING(2, "ns"),
  /// All labels share one probability.
  SOFTMAX(3, "softmax"),
  /// Each label by itself: a text may have several, or none.
  ONE_VS_ALL(4, "ova");

  /// The number that stands for it in a file.
  final int code;

  /// What fastText calls it.
  final String shortName;

  Loss(int code, String shortName) {
    this.code = code;
    this.shortName = shortName;
  }

  /// What fastText calls it: `hs`, `ns`, `softmax`, `ova`.
  public String shortName() {
    return shortName;
  }
}
