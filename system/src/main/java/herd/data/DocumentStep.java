package herd.data;

/// A step that judges or changes one document by itself. Called from several threads at once.
sealed interface DocumentStep extends Step
    permits UrlFilter, ExtractHtml, LicenceHeader, ShortDocument, LongWords, RepeatedLines {
  /// The document, perhaps changed, or why it goes.
  Verdict judge(Doc doc);
}
