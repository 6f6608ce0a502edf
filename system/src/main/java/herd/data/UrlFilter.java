package herd.data;

import herd.data.Verdict.Drop;
import herd.data.Verdict.Keep;
import herd.run.About;
import java.util.List;

/// Drops pages by words in their URL alone, before any work is spent on them: indexes, listings
/// and copies of what stands elsewhere.
/// @param rules tried in order; the first that matches names the reason
@About("drop pages by words in their URL")
public record UrlFilter(@About("tried in order") List<Rule> rules) implements DocumentStep {
  /// @param reason in kebab case
  /// @param words any of which, found in the URL, drops the page
  public record Rule(
      @About("why, in kebab case") String reason,
      @About("any of these in the URL drops the page") List<String> words) {
    public Rule {
      words = List.copyOf(words);
    }
  }

  public UrlFilter {
    rules = List.copyOf(rules);
  }

  @Override
  public Verdict judge(Doc doc) {
    for (var rule : rules) {
      for (var word : rule.words()) {
        if (doc.url().contains(word)) {
          return new Drop(rule.reason());
        }
      }
    }
    return new Keep(doc);
  }
}
