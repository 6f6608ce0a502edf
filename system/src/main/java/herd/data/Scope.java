package herd.data;

import herd.data.dedup.Mix;

/// Within what documents are compared.
final class Scope {
  private Scope() {}

  /// A number for the document's language, if that matters and is known, or else 0.
  static long of(Doc doc, boolean perLanguage) {
    return perLanguage && !doc.language().isEmpty() ? Mix.of(doc.language().hashCode()) : 0;
  }
}
