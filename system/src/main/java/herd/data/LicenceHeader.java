package herd.data;

import herd.data.Verdict.Drop;
import herd.data.Verdict.Keep;
import herd.run.About;
import java.util.regex.Pattern;

/// Removes the comment about the licence that opens a source file: it is the same in thousands of
/// files and eats tokens. The rest of the file is left as it stands.
@About("remove the licence comment at the top of source files")
public record LicenceHeader() implements DocumentStep {
  private static final Pattern COMMENT =
      Pattern.compile("\\A\\s*(/\\*(?:[^*]|\\*(?!/))*+\\*/|(?://[^\\n]*\\n)+)\\s*");
  private static final Pattern LICENCE = Pattern.compile("(?i)licen[sc]e|copyright");

  @Override
  public Verdict judge(Doc doc) {
    if (!doc.kind().equals("code")) {
      return new Keep(doc);
    }
    var comment = COMMENT.matcher(doc.text());
    if (!comment.find() || !LICENCE.matcher(comment.group(1)).find()) {
      return new Keep(doc);
    }
    var rest = doc.text().substring(comment.end());
    return rest.isBlank() ? new Drop("licence-alone") : new Keep(doc.withText(rest));
  }
}
