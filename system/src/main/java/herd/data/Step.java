package herd.data;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// One step of curation (Llama 3 paper, section 3.1.1), a record whose components are its settings.
/// A step knows nothing of files, threads or counts: that is the pipeline's business. Most steps
/// judge a document by itself ([DocumentStep]), some need all the others for it ([CorpusStep]).
public sealed interface Step permits DocumentStep, CorpusStep {
  /// Where a name has a capital after a small letter.
  Pattern HUMP = Pattern.compile("(?<=[a-z0-9])(?=[A-Z])");

  /// The name that stands in recipes, funnels and samples: `ShortDocument` is `short-document`.
  default String kind() {
    return kind(getClass());
  }

  /// The name of a kind of step, or of a part of one.
  static String kind(Class<?> type) {
    return HUMP.matcher(type.getSimpleName()).replaceAll("-").toLowerCase(Locale.ROOT);
  }

  /// Files, folders and patterns that the settings name and the step reads: what is in them counts
  /// among the settings.
  default List<String> files() {
    return List.of();
  }
}
