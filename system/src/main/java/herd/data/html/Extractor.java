package herd.data.html;

import herd.engine.text.Utf8;

/// Reads pages one after another and keeps its memory between them: one object serves one thread.
/// What it leaves out and why is told by [Surroundings] and [Content].
public final class Extractor {
  /// Characters below which a page is read again with fewer of its parts left out.
  private static final int LITTLE = 250;

  private static final int LARGE = 1 << 17;

  private final Tree tree = new Tree();
  private final Parser parser = new Parser(tree);
  private final Measures measures = new Measures(tree);
  private final Surroundings surroundings = new Surroundings(measures);
  private final Content content = new Content(measures);
  private final TextWriter writer = new TextWriter(measures);

  /// What a page says.
  /// @param page as it was sent, in any encoding ([Decoding])
  /// @param url where it stands; its last part tells which links lead to the page itself
  public HtmlText read(byte[] page, String url) {
    var utf8 = Decoding.utf8(page);
    return utf8 == null ? new HtmlText("", "", "", "", "", "") : readUtf8(utf8, url);
  }

  /// As [#read], for a page that is decoded.
  public HtmlText read(String html, String url) {
    return readUtf8(utf8(html), url);
  }

  /// As [#read], for a page that is UTF-8.
  public HtmlText readUtf8(byte[] page, String url) {
    if (!parser.parse(page)) {
      return HtmlText.TOO_MANY_ELEMENTS;
    }
    var file = url.substring(url.lastIndexOf('/') + 1);
    var text = text(false, true, file);
    if (text.length() < LITTLE) {
      text = text(false, false, file);
    }
    if (text.length() < LITTLE) {
      var shown = text(true, false, file);
      text = shown.length() >= 2 * text.length() ? shown : text;
    }
    return Head.read(tree, text);
  }

  /// Whether the last page was so large that it is better to take another object for the next one,
  /// so that the memory for it can go.
  public boolean isLarge() {
    return tree.size > LARGE;
  }

  private String text(boolean lax, boolean strictly, String file) {
    measures.measure(lax);
    surroundings.leaveOut(strictly, file);
    content.find();
    return writer.write(content);
  }

  /// UTF-8 of a text whose halves of pairs become U+FFFD.
  private static byte[] utf8(String text) {
    return Utf8.encode(text);
  }
}
