package herd.data;

import herd.data.Verdict.Drop;
import herd.data.Verdict.Keep;
import herd.data.html.Extractor;
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
        var extractor = new Extractor();
        return doc -> ExtractHtml.judge(doc, extractor);
      }
    };
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
