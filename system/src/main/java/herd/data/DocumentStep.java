package herd.data;

/// A step that judges or changes one document by itself.
sealed interface DocumentStep extends Step
    permits UrlFilter, ExtractHtml, LicenceHeader, ShortDocument, RepeatedLines {
  Verdict judge(Doc doc);
}
