package herd.data.words;

/// How a text is cut into words and sentences.
public enum WordRule {
  /// Words are runs of letters, numbers and `_`, and every other sign that is not white space, by
  /// itself; sentences end at `.`, `!` or `?` before white space. Simple enough to be the same in
  /// every program.
  PLAIN,

  /// Words hold their marks (`हिन्दी`), apostrophes (`don't`) and decimal points (`3.14`) together;
  /// scripts that are written without spaces are cut without a dictionary, into pieces as long as
  /// their words are on average. Sentences end at the signs of all scripts.
  SCRIPTS
}
