package herd.data.fasttext;

/// What a model is made of, in the order of its file.
/// @param dim numbers in a vector
/// @param window of words; unused by classifiers, as are `negatives` but for negative sampling
/// @param epochs of the training
/// @param minCount words that are rarer were left out
/// @param wordNgrams longest run of words that is a feature of its own
/// @param bucket features that are hashed share so many rows
/// @param minn shortest run of characters in a word that is a feature
/// @param maxn longest; 0 for none
/// @param updateTokens tokens between two updates of the learning rate
/// @param sampling of frequent words; unused by classifiers
record Settings(
    int dim,
    int window,
    int epochs,
    int minCount,
    int negatives,
    int wordNgrams,
    Loss loss,
    int bucket,
    int minn,
    int maxn,
    int updateTokens,
    double sampling) {
  /// Whether any feature is hashed.
  boolean hashes() {
    return bucket > 0 && (maxn > 0 || wordNgrams > 1);
  }
}
