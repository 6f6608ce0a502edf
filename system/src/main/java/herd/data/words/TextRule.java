package herd.data.words;

import java.util.List;

/// A rule on a text's form. Records whose components are its thresholds.
public sealed interface TextRule
    permits GopherQuality,
        GopherRepetition,
        FineWebQuality,
        C4Quality,
        DuplicateNgrams,
        SymbolRatio,
        LinePunctuation,
        MeanWordLength,
        Divergence {
  /// What becomes of the text. Called from several threads, with a text of its own each. A rule
  /// that reads files does so in [#ready]; then this is `ready().apply(text)`.
  Ruling apply(TextStats text);

  /// The rule with the files read that its settings name.
  /// @throws herd.engine.UserError if one is missing or damaged
  default Ready ready() {
    return this::apply;
  }

  /// Files that the settings name and the rule reads.
  default List<String> files() {
    return List.of();
  }

  /// What the rule does not ask of texts in a language, and why; empty if it asks for all.
  /// @param language code, empty if unknown
  default String passesOver(String language) {
    return "";
  }

  /// A rule that needs nothing more.
  @FunctionalInterface
  interface Ready {
    /// What becomes of the text. Called from several threads, with a text of its own each.
    Ruling apply(TextStats text);
  }

  /// The text stays, perhaps changed, or goes.
  /// @param reason why it goes, `null` if it stays; the same words for all that go for it
  /// @param text what is left of it, `null` if it stays as it is
  record Ruling(String reason, String text) {
    static final Ruling KEEP = new Ruling(null, null);

    static Ruling drop(String reason) {
      return new Ruling(reason, null);
    }

    /// Whether the text stays.
    public boolean kept() {
      return reason == null;
    }
  }
}
