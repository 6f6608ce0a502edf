package herd.data;

import herd.data.words.TextRule;
import herd.data.words.TextStats;
import herd.data.words.WordRule;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import herd.run.TimeLimit;
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
    return new Judge() {
      @Override
      public Verdict judge(Doc doc) {
        return new Asking(usual, asked).judge(doc);
      }

      @Override
      public Judge forThread() {
        return new Asking(usual, asked);
      }
    };
  }

  private static List<TextRule.Ready> ready(List<TextRule> rules) {
    return rules.stream().map(TextRule::ready).toList();
  }

  @Override
  public Verdict judge(Doc doc) {
    return ready().judge(doc);
  }

  private List<TextRule> rulesFor(String language) {
    return rulesOf.getOrDefault(language, rules);
  }

  /// For one thread: with what each rule did since it was told last.
  private final class Asking implements Judge {
    private final List<TextRule.Ready> usual;
    private final Map<String, List<TextRule.Ready>> asked;
    private final Map<String, long[]> done = new HashMap<>();
    private final Map<Class<?>, String> names = new HashMap<>();

    Asking(List<TextRule.Ready> usual, Map<String, List<TextRule.Ready>> asked) {
      this.usual = usual;
      this.asked = asked;
    }

    @Override
    public Verdict judge(Doc doc) {
      if (doc.kind().equals("code")) {
        return new Verdict.Keep(doc);
      }
      if (doc.text().length() > TextStats.LONGEST) {
        return new Verdict.Drop("too_long");
      }
      long start = System.nanoTime();
      var stats = TextStats.of(doc.text(), words, doc.language());
      start = took("words", start);
      if (!stats.whole()) {
        return new Verdict.Drop("too_long");
      }
      var all = asked.getOrDefault(doc.language(), usual);
      var kinds = rulesFor(doc.language());
      String text = null;
      for (int i = 0; i < all.size(); i++) {
        TimeLimit.heed();
        var rule = kinds.get(i);
        var ruling = all.get(i).apply(stats);
        start = took(name(rule), start);
        if (!ruling.kept()) {
          return new Verdict.Drop(ruling.reason());
        }
        var passedOver = rule.passesOver(doc.language());
        if (!passedOver.isEmpty()) {
          took(name(rule) + ": " + passedOver + " for " + doc.language(), start);
        }
        if (ruling.text() != null) {
          text = ruling.text();
          if (i + 1 < all.size()) {
            stats = TextStats.of(text, words, doc.language());
            start = took("words", start);
          }
        }
      }
      return new Verdict.Keep(text == null ? doc : doc.withText(text));
    }

    private String name(TextRule rule) {
      return names.computeIfAbsent(rule.getClass(), Step::kind);
    }

    private long took(String part, long start) {
      long now = System.nanoTime();
      var sums = done.computeIfAbsent(part, _ -> new long[2]);
      sums[0]++;
      sums[1] += now - start;
      return now;
    }

    @Override
    public void parts(Parts to) {
      done.forEach((part, sums) -> to.add(part, sums[0], sums[1]));
      done.clear();
    }
  }
}
