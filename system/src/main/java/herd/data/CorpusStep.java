package herd.data;

import java.util.List;

/// A step that can judge only when it sees all documents: duplicates of every kind.
sealed interface CorpusStep extends Step permits UrlDuplicates, ExactDuplicates, NearDuplicates {
  /// For each document null to keep it, or the reason to drop it. The outcome depends on the
  /// documents and their order alone.
  String[] judge(List<Doc> docs);
}
