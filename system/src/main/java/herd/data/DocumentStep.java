package herd.data;

/// A step that judges or changes one document by itself.
public sealed interface DocumentStep extends Step
    permits UrlFilter,
        ExtractHtml,
        LicenceHeader,
        ShortDocument,
        LongWords,
        RepeatedLines,
        Heuristics,
        LanguageFilter,
        QualityModel,
        KnowledgeCategory,
        DownSample,
        Contamination,
        DomainBlockList,
        RemovalList,
        UrlWords,
        NoAi,
        DirtyWords,
        Pii,
        CodeLanguage,
        GeneratedCode,
        MinifiedCode,
        VendoredCode,
        DataLikeCode {
  /// The document, perhaps changed, or why it goes. Called from several threads at once. A step
  /// that reads files or keeps memory does so in [#ready]; then this is `ready().judge(doc)`.
  Verdict judge(Doc doc);

  /// The step ready for a run: with the lists and models read that its settings name.
  /// @throws herd.engine.UserError if one of them is missing or damaged
  default Judge ready() {
    return this::judge;
  }

  /// Judges documents. Called from several threads at once.
  @FunctionalInterface
  interface Judge {
    /// The document, perhaps changed, or why it goes.
    Verdict judge(Doc doc);

    /// A judge for one thread alone, which may keep memory between documents.
    default Judge forThread() {
      return this;
    }
  }
}
