package herd.data;

import herd.data.Verdict.Drop;
import herd.data.Verdict.Keep;
import herd.data.html.Extractor;
import herd.data.html.HtmlText;
import herd.run.About;

/// Turns pages from HTML into plain text ([herd.data.html.HtmlText]); code passes untouched.
@About("turn HTML pages into plain text")
public record ExtractHtml() implements DocumentStep {
  @Override
  public Judge ready() {
    return new Judge() {
      @Override
      public Verdict judge(Doc doc) {
        return ExtractHtml.judge(doc, new Extractor());
      }

      @Override
      public Judge forThread() {
        return new Reading();
      }
    };
  }

  /// For one thread, with the memory that pages of usual size need.
  private static final class Reading implements Judge {
    private Extractor extractor = new Extractor();

    @Override
    public Verdict judge(Doc doc) {
      var verdict = ExtractHtml.judge(doc, extractor);
      if (extractor.isLarge()) {
        extractor = new Extractor();
      }
      return verdict;
    }
  }

  @Override
  public Verdict judge(Doc doc) {
    return judge(doc, new Extractor());
  }

  private static Verdict judge(Doc doc, Extractor extractor) {
    if (!doc.kind().equals("page")) {
      return new Keep(doc);
    }
    var page = doc.utf8() == null
        ? extractor.read(doc.text(), doc.url())
        : extractor.readUtf8(doc.utf8(), doc.url());
    if (page == HtmlText.TOO_MANY_ELEMENTS) {
      return new Drop("too-many-elements");
    }
    if (page.text().isEmpty()) {
      return new Drop("no-content");
    }
    var url = page.canonicalUrl().isEmpty() ? doc.url() : page.canonicalUrl();
    var title = page.title().isEmpty() ? doc.title() : page.title();
    return new Keep(new Doc(
        doc.id(),
        url,
        doc.source(),
        doc.kind(),
        doc.group(),
        title,
        page.text(),
        doc.date().isEmpty() ? page.date() : doc.date(),
        doc.language().isEmpty() ? page.language() : doc.language(),
        doc.origin(),
        doc.metadata()));
  }
}
