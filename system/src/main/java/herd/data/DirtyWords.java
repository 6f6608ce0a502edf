package herd.data;

import herd.data.web.Phrases;
import herd.data.web.WordLists;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Drops documents too many of whose words are on a list of dirty ones (Llama 3 paper, section
/// 3.1.1: adult pages that no list of domains names), by language, and notes the share of the
/// others.
/// @param lists files of words and phrases by code of language; `any` for all languages
/// @param maxShare largest share of words that may be on the list
/// @param least words of the list that a document must have to go, so that a single one in a short
/// text does not count
@About("drop documents with many words of lists, by language")
public record DirtyWords(
    @About("files of words by language, any for all") Map<String, List<String>> lists,

    @About("largest share of words on the list, 0 to 1") @Default("0.02")
    double maxShare,

    @About("words of the list that a document must have to go") @Default("3")
    int least)
    implements DocumentStep {
  /// Where the share stands in a document's metadata.
  static final String SHARE = "dirty-words";

  private static final String ANY = "any";

  public DirtyWords {
    lists = Map.copyOf(lists);
    if (lists.isEmpty()) {
      throw new UserError("lists", "none", "at least one", "Leave the step out instead.");
    }
    if (!(maxShare >= 0 && maxShare <= 1) || least < 1) {
      throw new UserError("maxShare", "" + maxShare, "0 to 1", "It is a share of words.");
    }
  }

  @Override
  public Judge ready() {
    var phrases = new HashMap<String, Phrases>();
    lists.forEach((language, files) -> phrases.put(language, Phrases.of(WordLists.entries(files))));
    return doc -> judge(doc, phrases);
  }

  @Override
  public Verdict judge(Doc doc) {
    return ready().judge(doc);
  }

  private Verdict judge(Doc doc, Map<String, Phrases> phrases) {
    if (doc.kind().equals("code")) {
      return new Verdict.Keep(doc);
    }
    var lower = doc.text().toLowerCase(Locale.ROOT);
    var count = new Phrases.Count(0, 0);
    var own = phrases.get(doc.language());
    var any = phrases.get(ANY);
    if (own != null) {
      count = own.count(lower);
    }
    if (any != null) {
      var more = any.count(lower);
      count = new Phrases.Count(count.found() + more.found(), more.words());
    }
    if (count.found() == 0) {
      return new Verdict.Keep(doc);
    }
    double share = (double) count.found() / Math.max(1, count.words());
    return share > maxShare && count.found() >= least
        ? new Verdict.Drop("dirty-words")
        : new Verdict.Keep(doc.with(SHARE, String.format(Locale.ROOT, "%.5f", share)));
  }
}
