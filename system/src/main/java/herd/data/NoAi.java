package herd.data;

import herd.run.About;
import herd.run.Default;
import java.util.List;
import java.util.Locale;

/// Drops pages that ask not to be learnt from: the directives of `robots` in the page's head and in
/// the header `X-Robots-Tag`, and `tdm-reservation` (the W3C group's protocol for text and data
/// mining). Stands before the step that extracts pages, while there is a head.
/// @param directives of robots, any of which drops the page
@About("drop pages that ask not to be learnt from")
public record NoAi(
    @About("directives of robots, any of which drops the page") @Default("[noai, noml]")
    List<String> directives)
    implements DocumentStep {
  /// A head is not longer.
  private static final int HEAD = 1 << 16;

  public NoAi {
    directives = directives.stream().map(d -> d.toLowerCase(Locale.ROOT)).toList();
  }

  @Override
  public Verdict judge(Doc doc) {
    var header = doc.metadata().get("x-robots-tag");
    if (header != null && asks(header)) {
      return new Verdict.Drop("asked-in-header");
    }
    return doc.kind().equals("page") && asksInHead(doc.text())
        ? new Verdict.Drop("asked-in-page")
        : new Verdict.Keep(doc);
  }

  /// Whether a list of directives, perhaps for single robots (`bot: noai`), has one of ours.
  private boolean asks(String said) {
    for (var part : said.toLowerCase(Locale.ROOT).split("[,:\\s]+")) {
      if (directives.contains(part)) {
        return true;
      }
    }
    return false;
  }

  private boolean asksInHead(String page) {
    int most = Math.min(page.length(), HEAD);
    for (int at = page.indexOf('<'); at >= 0 && at < most; at = page.indexOf('<', at + 1)) {
      if (!page.regionMatches(true, at + 1, "meta", 0, 4)) {
        continue;
      }
      int end = page.indexOf('>', at);
      if (end < 0) {
        return false;
      }
      var tag = page.substring(at, Math.min(end, at + 2000));
      var name = attribute(tag, "name").toLowerCase(Locale.ROOT);
      var content = attribute(tag, "content");
      boolean robots = name.equals("robots") || name.endsWith("bot");
      if (robots && asks(content) || name.equals("tdm-reservation") && content.equals("1")) {
        return true;
      }
    }
    return false;
  }

  private static String attribute(String tag, String name) {
    for (int at = 0; at < tag.length(); at++) {
      boolean here = Character.isWhitespace(tag.charAt(at))
          && tag.regionMatches(true, at + 1, name, 0, name.length());
      if (!here) {
        continue;
      }
      int i = blanks(tag, at + 1 + name.length());
      if (i >= tag.length() || tag.charAt(i) != '=') {
        continue;
      }
      i = blanks(tag, i + 1);
      if (i >= tag.length()) {
        return "";
      }
      char quote = tag.charAt(i);
      int end;
      if (quote == '"' || quote == '\'') {
        end = tag.indexOf(quote, ++i);
      } else {
        end = i;
        while (end < tag.length() && !Character.isWhitespace(tag.charAt(end))) {
          end++;
        }
      }
      return tag.substring(i, end < 0 ? tag.length() : end).strip();
    }
    return "";
  }

  private static int blanks(String tag, int from) {
    int at = from;
    while (at < tag.length() && Character.isWhitespace(tag.charAt(at))) {
      at++;
    }
    return at;
  }
}
