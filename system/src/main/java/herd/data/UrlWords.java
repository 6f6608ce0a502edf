package herd.data;

import herd.data.web.HashSet64;
import herd.data.web.WordLists;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import java.util.List;
import java.util.Locale;

/// Drops pages whose addresses say too often what they are: words between the signs of a URL that
/// lists name.
/// @param files lists of words, one a line
/// @param least how many words of the lists a URL must have to go
@About("drop pages whose URLs have words of a list")
public record UrlWords(
    @About("lists of words, one a line") List<String> files,

    @About("how many of them a URL must have to go") @Default("1")
    int least)
    implements DocumentStep {
  public UrlWords {
    files = List.copyOf(files);
    if (files.isEmpty()) {
      throw new UserError("files", "none", "at least one", "Leave the step out instead.");
    }
    if (least < 1) {
      throw new UserError("least", "" + least, "1 or more", "Leave the step out instead.");
    }
  }

  @Override
  public Judge ready() {
    var words = WordLists.words(files);
    return doc -> count(doc.url().toLowerCase(Locale.ROOT), words) >= least
        ? new Verdict.Drop("words-in-url")
        : new Verdict.Keep(doc);
  }

  @Override
  public Verdict judge(Doc doc) {
    return ready().judge(doc);
  }

  private static int count(String url, HashSet64 words) {
    int found = 0;
    int from = -1;
    for (int i = 0; i <= url.length(); i++) {
      boolean letter = i < url.length() && Character.isLetterOrDigit(url.charAt(i));
      if (letter && from < 0) {
        from = i;
      } else if (!letter && from >= 0) {
        found += words.contains(url.substring(from, i)) ? 1 : 0;
        from = -1;
      }
    }
    return found;
  }
}
