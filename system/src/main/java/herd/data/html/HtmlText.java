package herd.data.html;

import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.TextNode;
import org.jsoup.parser.Parser;

/// What a web page says, without what surrounds it (paper, section 3.1.1): navigation, bars, search
/// boxes, lists of links and indices of the page itself are left out by general rules; headings,
/// paragraphs, list items and rows of tables become lines, cells are separated by tabs, code keeps
/// its indentation and blank lines. Plain text, without marks.
/// @param title of the page, empty if it has none
/// @param canonicalUrl the address that the page gives itself, empty if it gives none
/// @param text empty if nothing is left
public record HtmlText(String title, String canonicalUrl, String text) {
  /// Levels of elements; what is deeper is taken for a sibling.
  private static final int DEPTH = 256;

  /// @param html decoded ([Decoding])
  /// @param url where the page stands; its last part tells which links lead to the page itself
  public static HtmlText of(String html, String url) {
    var page = Parser.htmlParser().setMaxDepth(DEPTH).parseInput(html, "");
    var title = page.selectFirst("head > title");
    var text = new TextWriter(new Layout(content(page), url.substring(url.lastIndexOf('/') + 1)));
    return new HtmlText(title == null ? "" : title.text(), canonical(page), text.write());
  }

  private static String canonical(Document page) {
    var link = page.selectFirst("head > link[rel=canonical][href]");
    var address = link == null ? "" : link.attr("href").strip();
    return address.startsWith("http://") || address.startsWith("https://") ? address : "";
  }

  /// The one main element, where a page says which it is, or else its one article, if that holds
  /// most of the text; else the body.
  private static Element content(Document page) {
    var main = page.select("main, [role=main]");
    var body = main.size() == 1 ? main.getFirst() : page.body();
    var articles = body.select("article");
    return articles.size() == 1 && holdsMost(articles.getFirst(), body)
        ? articles.getFirst()
        : body;
  }

  private static boolean holdsMost(Element article, Element body) {
    return 2 * length(article) > length(body);
  }

  private static int length(Element element) {
    return element
        .nodeStream(TextNode.class)
        .mapToInt(text -> text.getWholeText().strip().length())
        .sum();
  }
}
