package herd.data;

/// What a step says of a document.
public sealed interface Verdict {
  /// The document stays, perhaps changed.
  record Keep(Doc doc) implements Verdict {}

  /// The document goes.
  /// @param reason in kebab case, the same words for all documents that go for it
  record Drop(String reason) implements Verdict {}
}
