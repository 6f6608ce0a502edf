package herd.data;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;

/// The content of an HTML page as plain text, without markdown markers (Llama 3 paper, section
/// 3.1.1): navigation and boilerplate out, code blocks with their indentation and blank lines as
/// they stand, headings on lines of their own.
///
/// What is boilerplate is decided by general signs only: landmark elements and roles, the
/// vocabulary of class names and ids, and blocks that are mostly links. A heading with nothing left
/// under it goes too.
final class HtmlText {
  /// @param title of the page, empty if it has none
  /// @param text paragraphs and headings divided by blank lines
  record Page(String title, String text) {}

  private static final int DEEPEST = 400;
  private static final Set<String> NEVER = Set.of(
      "script",
      "style",
      "noscript",
      "template",
      "nav",
      "footer",
      "aside",
      "form",
      "button",
      "input",
      "select",
      "label",
      "iframe",
      "svg",
      "canvas",
      "object",
      "video",
      "audio",
      "head",
      "hr",
      "map",
      "dialog",
      "menu");
  private static final Set<String> BLOCKS = Set.of(
      "address",
      "article",
      "blockquote",
      "body",
      "caption",
      "center",
      "dd",
      "details",
      "div",
      "dl",
      "dt",
      "fieldset",
      "figcaption",
      "figure",
      "h1",
      "h2",
      "h3",
      "h4",
      "h5",
      "h6",
      "header",
      "li",
      "main",
      "ol",
      "p",
      "pre",
      "section",
      "summary",
      "table",
      "tbody",
      "tfoot",
      "thead",
      "tr",
      "ul");
  private static final Set<String> LINK_LISTS =
      Set.of("ul", "ol", "dl", "dd", "div", "p", "code", "table", "td", "section", "pre");
  private static final Set<String> BOILERPLATE = Set.of(
      "nav",
      "navbar",
      "navigation",
      "menu",
      "breadcrumb",
      "breadcrumbs",
      "skip",
      "search",
      "sidebar",
      "footer",
      "cookie",
      "cookies",
      "advert",
      "ads",
      "share",
      "social",
      "legal",
      "copyright",
      "pagination",
      "toolbar",
      "noscript");
  private static final Pattern WORDS = Pattern.compile("(?<=[a-z])(?=[A-Z])|[^A-Za-z]+");
  private static final Pattern SPACES = Pattern.compile("[\\s\\u00a0\\u200b\\ufeff]+");
  private static final Pattern BLANK_LINES = Pattern.compile("\\n{3,}");
  private static final Pattern TRAILING = Pattern.compile("[ \\t\\u00a0]+(?=\\n)");

  private final StringBuilder out = new StringBuilder();

  private HtmlText() {}

  static Page of(String html) {
    var document = Jsoup.parse(html);
    var extraction = new HtmlText();
    var content = content(document);
    prune(content, 0);
    dropEmptySections(content);
    extraction.write(content, 0);
    var text = TRAILING.matcher(extraction.out).replaceAll("");
    text = BLANK_LINES.matcher(text).replaceAll("\n\n").strip();
    return new Page(SPACES.matcher(document.title()).replaceAll(" ").strip(), text);
  }

  /// The page's own main landmark where it has one with most of the text, else its body.
  private static Element content(Document document) {
    var main = document.selectFirst("main, [role=main]");
    var body = document.body();
    return main != null && 3 * main.text().length() > body.text().length() ? main : body;
  }

  /// Removes boilerplate from the tree, innermost first.
  private static void prune(Element element, int depth) {
    for (var child : element.children()) {
      if (depth > DEEPEST || isBoilerplate(child)) {
        child.remove();
        continue;
      }
      prune(child, depth + 1);
      if (LINK_LISTS.contains(child.normalName()) && isMostlyLinks(child)) {
        child.remove();
      }
    }
  }

  private static boolean isBoilerplate(Element element) {
    if (NEVER.contains(element.normalName()) || element.hasAttr("hidden")) {
      return true;
    }
    var role = element.attr("role");
    if (role.equals("navigation") || role.equals("search") || role.equals("contentinfo")) {
      return true;
    }
    return isNamedBoilerplate(element.className()) || isNamedBoilerplate(element.id());
  }

  private static boolean isNamedBoilerplate(String name) {
    if (name.isEmpty()) {
      return false;
    }
    for (var word : WORDS.split(name)) {
      if (BOILERPLATE.contains(word.toLowerCase(Locale.ROOT))) {
        return true;
      }
    }
    return false;
  }

  /// Three links or more that make up most of the text, and no sentence between them.
  private static boolean isMostlyLinks(Element element) {
    var links = element.select("a[href]");
    if (links.size() < 3) {
      return false;
    }
    int linked = 0;
    for (var link : links) {
      linked += link.text().length();
    }
    var text = element.text();
    return linked > 0.7 * text.length() && !text.contains(". ");
  }

  /// Removes headings that nothing follows before the next heading of their rank or above, and
  /// terms of definition lists that lost their definition.
  private static void dropEmptySections(Element content) {
    var headings = content.select("h1, h2, h3, h4, h5, h6, dt");
    for (int i = headings.size() - 1; i >= 0; i--) {
      var heading = headings.get(i);
      if (heading.normalName().equals("dt") ? !hasDefinition(heading) : isEmptySection(heading)) {
        heading.remove();
      }
    }
  }

  private static boolean hasDefinition(Element term) {
    var next = term.nextElementSibling();
    while (next != null && next.normalName().equals("dt")) {
      next = next.nextElementSibling();
    }
    return next != null && next.hasText();
  }

  private static boolean isEmptySection(Element heading) {
    if (heading.normalName().equals("h1")) {
      return false;
    }
    for (var node = after(heading); node != null; node = node.nextElementSibling()) {
      if (node.normalName().matches("h[1-6]")) {
        return node.normalName().compareTo(heading.normalName()) <= 0;
      }
      if (node.hasText()) {
        return false;
      }
    }
    return true;
  }

  /// The next element after a heading, seen through wrappers that hold the heading alone.
  private static Element after(Element heading) {
    var at = heading;
    while (at.nextElementSibling() == null
        && at.parent() != null
        && at.parent().text().equals(heading.text())) {
      at = at.parent();
    }
    return at.nextElementSibling();
  }

  private void write(Node node, int depth) {
    if (node instanceof TextNode text) {
      writeText(text.getWholeText());
    } else if (node instanceof Element element && depth <= DEEPEST) {
      writeElement(element, depth);
    }
  }

  private void writeElement(Element element, int depth) {
    var name = element.normalName();
    switch (name) {
      case "br" -> out.append('\n');
      case "pre", "textarea" -> writeVerbatim(element);
      case "img" -> writeText(element.attr("alt"));
      default -> {
        boolean block = BLOCKS.contains(name);
        boolean heading = name.length() == 2 && name.charAt(0) == 'h';
        if (block) {
          breakLine(heading || name.equals("p") || name.equals("section") ? 2 : 1);
        } else if (name.equals("td") || name.equals("th")) {
          out.append(' ');
        }
        for (var child : element.childNodes()) {
          write(child, depth + 1);
        }
        if (block) {
          breakLine(heading || name.equals("p") ? 2 : 1);
        }
      }
    }
  }

  private void writeText(String text) {
    var words = SPACES.matcher(text).replaceAll(" ");
    if (words.startsWith(" ") && endsOpen()) {
      words = words.substring(1);
    }
    out.append(words);
  }

  private boolean endsOpen() {
    return out.isEmpty() || Character.isWhitespace(out.charAt(out.length() - 1));
  }

  private void writeVerbatim(Element element) {
    breakLine(2);
    var text = element.wholeText().replace('\u00a0', ' ').replace("\r", "");
    int from = 0;
    for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      if (!text.substring(from, end).isBlank()) {
        break;
      }
      from = end + 1;
    }
    out.append(text.substring(from).stripTrailing());
    breakLine(2);
  }

  private void breakLine(int newlines) {
    while (!out.isEmpty() && out.charAt(out.length() - 1) == ' ') {
      out.setLength(out.length() - 1);
    }
    if (out.isEmpty()) {
      return;
    }
    int have = 0;
    while (have < newlines && have < out.length() && out.charAt(out.length() - 1 - have) == '\n') {
      have++;
    }
    out.repeat("\n", newlines - have);
  }
}
