package herd.data;

import herd.data.words.TextRule;
import herd.data.words.TextStats;
import herd.data.words.WordRule;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import java.util.List;

/// Drops and trims documents by rules on their form (Llama 3 paper, section 3.1.1), in order; words
/// and lines are found once for all of them. Leaves source code alone.
/// @param words how words and sentences are found
/// @param rules in the order in which they are asked
@About("rules on the form of texts: Gopher, C4, FineWeb, repetition, unlikely words")
public record Heuristics(
    @About("how words are found: scripts, or plain as other programs do it") @Default("scripts")
    WordRule words,

    @About("rules, in order") List<TextRule> rules)
    implements DocumentStep {
  public Heuristics {
    rules = List.copyOf(rules);
    if (rules.isEmpty()) {
      throw new UserError("rules", "none", "at least one", "Leave the step out instead.");
    }
  }

  @Override
  public Judge ready() {
    var asked = rules.stream().map(TextRule::ready).toList();
    return doc -> doc.kind().equals("code") ? new Verdict.Keep(doc) : judge(doc, asked);
  }

  @Override
  public Verdict judge(Doc doc) {
    return ready().judge(doc);
  }

  private Verdict judge(Doc doc, List<TextRule.Ready> asked) {
    if (doc.text().length() > TextStats.LONGEST) {
      return new Verdict.Drop("too_long");
    }
    var stats = TextStats.of(doc.text(), words);
    String text = null;
    for (int i = 0; i < asked.size(); i++) {
      var ruling = asked.get(i).apply(stats);
      if (!ruling.kept()) {
        return new Verdict.Drop(ruling.reason());
      }
      if (ruling.text() != null) {
        text = ruling.text();
        stats = i + 1 < asked.size() ? TextStats.of(text, words) : stats;
      }
    }
    return new Verdict.Keep(text == null ? doc : doc.withText(text));
  }
}
