package herd.data;

import herd.data.words.TextRule;
import herd.data.words.TextStats;
import herd.data.words.WordRule;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Drops and trims documents by rules on their form (Llama 3 paper, section 3.1.1), in order; words
/// and lines are found once for all of them. Leaves source code alone.
/// @param words how words and sentences are found
/// @param rules in the order in which they are asked
/// @param rulesOf the same for texts in single languages, by code, instead of `rules`
@About("rules on the form of texts: Gopher, C4, FineWeb, repetition, unlikely words")
public record Heuristics(
    @About("how words are found: scripts, or plain as other programs do it") @Default("scripts")
    WordRule words,

    @About("rules, in order") List<TextRule> rules,

    @About("rules for single languages, by code, instead of the others") @Default("{}")
    Map<String, List<TextRule>> rulesOf)
    implements DocumentStep {
  public Heuristics {
    rules = List.copyOf(rules);
    rulesOf = Map.copyOf(rulesOf);
    if (rules.isEmpty() && rulesOf.isEmpty()) {
      throw new UserError("rules", "none", "at least one", "Leave the step out instead.");
    }
  }

  /// The same rules for all languages.
  public Heuristics(WordRule words, List<TextRule> rules) {
    this(words, rules, Map.of());
  }

  @Override
  public List<String> files() {
    return Stream.concat(rules.stream(), rulesOf.values().stream().flatMap(List::stream))
        .flatMap(rule -> rule.files().stream())
        .distinct()
        .toList();
  }

  @Override
  public Judge ready() {
    var usual = ready(rules);
    var asked = new HashMap<String, List<TextRule.Ready>>();
    rulesOf.forEach((language, its) -> asked.put(language, ready(its)));
    return doc -> doc.kind().equals("code")
        ? new Verdict.Keep(doc)
        : judge(doc, asked.getOrDefault(doc.language(), usual));
  }

  private static List<TextRule.Ready> ready(List<TextRule> rules) {
    return rules.stream().map(TextRule::ready).toList();
  }

  @Override
  public Verdict judge(Doc doc) {
    return ready().judge(doc);
  }

  private Verdict judge(Doc doc, List<TextRule.Ready> asked) {
    if (doc.text().length() > TextStats.LONGEST) {
      return new Verdict.Drop("too_long");
    }
    var stats = TextStats.of(doc.text(), words, doc.language());
    String text = null;
    for (int i = 0; i < asked.size(); i++) {
      var ruling = asked.get(i).apply(stats);
      if (!ruling.kept()) {
        return new Verdict.Drop(ruling.reason());
      }
      if (ruling.text() != null) {
        text = ruling.text();
        stats = i + 1 < asked.size() ? TextStats.of(text, words, doc.language()) : stats;
      }
    }
    return new Verdict.Keep(text == null ? doc : doc.withText(text));
  }
}
