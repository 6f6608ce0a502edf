package herd.data;

import herd.data.Verdict.Drop;
import herd.data.Verdict.Keep;
import herd.run.About;
import java.util.regex.Pattern;

/// Cuts the comment about licence and copyright from the head of source files: the same words in
/// every file of a library. Other documents, and files that begin otherwise, pass as they are.
@About("remove the licence comment at the top of source files")
public record LicenceHeader() implements DocumentStep {
  private static final Pattern LEGAL =
      Pattern.compile("licen[cs]e|copyright|all rights reserved", Pattern.CASE_INSENSITIVE);

  @Override
  public Verdict judge(Doc doc) {
    if (!doc.kind().equals("code")) {
      return new Keep(doc);
    }
    int first = doc.text().startsWith("#!") ? doc.text().indexOf('\n') + 1 : 0;
    int cut = first;
    for (int end; (end = legalComment(doc.text(), cut)) > cut; ) {
      cut = end;
    }
    var rest = doc.text().substring(cut);
    if (rest.isBlank()) {
      return new Drop("licence-alone");
    }
    var start = doc.text().substring(0, first);
    return new Keep(cut == first ? doc : doc.withText(start + rest.substring(blankLines(rest))));
  }

  /// End of a comment on legal matters that stands, after blanks, at `from`; `from` if there is
  /// none.
  private static int legalComment(String text, int from) {
    int at = from;
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    int end = commentEnd(text, at);
    return end > at && LEGAL.matcher(text).region(at, end).find() ? end : from;
  }

  /// End of the block comment, or of the run of line comments, that begins at `at`.
  private static int commentEnd(String text, int at) {
    if (text.startsWith("/*", at)) {
      int close = text.indexOf("*/", at + 2);
      return close < 0 ? at : close + 2;
    }
    int end = at;
    while (text.startsWith("//", end) || hash(text, end)) {
      int line = text.indexOf('\n', end);
      end = line < 0 ? text.length() : line + 1;
    }
    return end;
  }

  /// Whether a comment of Python or a shell begins there: `#!` and `#include` are none.
  private static boolean hash(String text, int at) {
    boolean sign = at < text.length() && text.charAt(at) == '#';
    return sign && (at + 1 == text.length() || " \t\r\n#".indexOf(text.charAt(at + 1)) >= 0);
  }

  /// Length of the blank lines that `text` begins with.
  private static int blankLines(String text) {
    int start = 0;
    for (int i = 0; i < text.length() && Character.isWhitespace(text.charAt(i)); i++) {
      if (text.charAt(i) == '\n') {
        start = i + 1;
      }
    }
    return start;
  }
}
