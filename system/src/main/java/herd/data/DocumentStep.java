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
        EncoderQuality,
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
  /// The document, perhaps changed, or why it goes. Called from several threads at once. Loops
  /// whose length depends on the document heed the time ([herd.run.TimeLimit#heed]). A step
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

    /// Tells what its parts did since this was asked last; most judges have none.
    default void parts(Parts to) {}

    /// A judge for one thread alone, which may keep memory between documents.
    default Judge forThread() {
      return this;
    }
  }

  /// Hears what parts of a step did.
  @FunctionalInterface
  interface Parts {
    /// @param part its name within the step
    /// @param documents that it looked at
    /// @param nanos that passed in it
    void add(String part, long documents, long nanos);
  }
}
