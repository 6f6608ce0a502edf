package herd.data.html;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;

/// Which parts of a page are not its content, by what they are (elements, landmarks), how they are
/// called (words in class and id) and how they are made (shares of links). Nothing here knows a
/// site or a generator.
final class Boilerplate {
  private static final Set<String> SILENT = Set.of(
      "script",
      "style",
      "noscript",
      "template",
      "iframe",
      "frame",
      "frameset",
      "object",
      "embed",
      "applet",
      "canvas",
      "svg",
      "audio",
      "video",
      "map",
      "head",
      "nav",
      "button",
      "input",
      "select",
      "textarea",
      "datalist",
      "dialog",
      "menu",
      "progress",
      "meter",
      "label");

  private static final Set<String> LANDMARKS = Set.of(
      "navigation",
      "banner",
      "contentinfo",
      "search",
      "menu",
      "menubar",
      "tablist",
      "toolbar",
      "dialog",
      "alertdialog",
      "tooltip");

  /// Words that name what surrounds content.
  private static final Set<String> SURROUNDING = Set.of(
      "nav",
      "navbar",
      "navigation",
      "navlist",
      "menu",
      "submenu",
      "breadcrumb",
      "breadcrumbs",
      "sidebar",
      "footer",
      "legal",
      "copyright",
      "cookie",
      "cookies",
      "consent",
      "gdpr",
      "pagination",
      "pager",
      "toolbar",
      "share",
      "sharing",
      "social",
      "skip",
      "toc",
      "search",
      "login",
      "signin",
      "signup",
      "newsletter",
      "subscribe",
      "advert",
      "adverts",
      "advertisement",
      "ads",
      "promo",
      "sponsor",
      "sponsored",
      "popup",
      "modal",
      "related",
      "recommended",
      "noprint");

  private static final Pattern WORD = Pattern.compile("[A-Z]?[a-z]+|[A-Z]+");

  private static final Set<String> CAN_SURROUND =
      Set.of("div", "ul", "ol", "p", "section", "aside", "table", "form", "dl", "span", "footer");

  /// Share of an element's characters above which it is a list of links.
  private static final double LINKED = 0.75;

  /// Links that a description may hold and nothing else.
  private static final int LONG_RUN = 8;

  private final Layout page;
  private final Map<String, Boolean> named = new HashMap<>();

  Boilerplate(Layout page) {
    this.page = page;
  }

  /// Whether nothing in an element is ever text to read, whatever it holds.
  static boolean silent(Element element) {
    var name = element.normalName();
    if (SILENT.contains(name)) {
      return true;
    }
    if (element.attributesSize() == 0 || name.equals("body") || name.equals("main")) {
      return false;
    }
    return LANDMARKS.contains(element.attr("role"))
        || element.hasAttr("hidden")
        || element.attr("aria-hidden").equals("true")
        || element.attr("style").replace(" ", "").contains("display:none");
  }

  /// Whether the element at `i` is left out with all below it.
  boolean out(int i) {
    if (page.text[i] == 0 || i == 0 || !(page.nodes.get(i) instanceof Element element)) {
      return false;
    }
    var name = element.normalName();
    return surrounds(i, element, name) || listsLinks(i, name) || indexesPage(i, element, name);
  }

  private boolean surrounds(int i, Element element, String name) {
    boolean titled = (page.holds[i] & Layout.TITLE) != 0;
    boolean small = 2L * page.text[i] < page.text[0];
    return switch (name) {
      case "header" -> !titled && !inside(i, "main", "article", "section");
      case "footer" -> small && !titled;
      case "aside" -> !inside(i, "main", "article");
      default ->
        small
            && CAN_SURROUND.contains(name)
            && !titled
            && (named(element.className())
                || (page.holds[i] & Layout.HEADING) == 0 && named(element.id()));
    };
  }

  private boolean named(String names) {
    return !names.isEmpty()
        && named.computeIfAbsent(names, all -> WORD.matcher(all)
            .results()
            .anyMatch(
                word -> SURROUNDING.contains(word.group().toLowerCase(java.util.Locale.ROOT))));
  }

  private boolean inside(int i, String... names) {
    for (int up = page.parent[i]; up >= 0; up = page.parent[up]) {
      for (var name : names) {
        if (page.nodes.get(up).nameIs(name)) {
          return true;
        }
      }
    }
    return false;
  }

  /// Lists of links: containers that are little else, runs of links after a heading, and long
  /// runs as the description of a term, which goes with it.
  private boolean listsLinks(int i, String name) {
    if (page.links[i] == 0 && !name.equals("dt")) {
      return false;
    }
    return switch (name) {
      case "ul", "ol", "table", "div", "section", "p", "aside" ->
        page.linked[i] > LINKED * page.text[i]
            && (page.holds[i] & Layout.TITLE) == 0
            && (page.links[i] >= 3 && page.bare[i] == 0
                || page.links[i] >= 5 && (page.bare[i] * 10 <= page.text[i] || rowsOfLinks(i)))
            && !inside(i, "dl", "table", "pre");
      case "code", "span" -> page.bare[i] == 0 && afterHeading(i);
      case "dd" -> longRun(i);
      case "dt" -> {
        int next = next(i);
        yield next >= 0 && page.nodes.get(next).nameIs("dd") && longRun(next);
      }
      default -> false;
    };
  }

  private boolean longRun(int i) {
    return page.links[i] >= LONG_RUN && page.linked[i] > LINKED * page.text[i];
  }

  /// Whether most parts of a node are mostly links, each a block of its own.
  private boolean rowsOfLinks(int i) {
    int parts = 0;
    int rows = 0;
    for (int child = i + 1; child < page.end[i]; child = page.end[child]) {
      if (page.text[child] > 0) {
        boolean block = page.nodes.get(child) instanceof Element element && element.isBlock();
        parts++;
        rows += block && page.linked[child] > LINKED * page.text[child] ? 1 : 0;
      }
    }
    return rows >= 0.6 * parts;
  }

  /// The next sibling with text; -1 if there is none.
  private int next(int i) {
    int end = page.end[page.parent[i]];
    int next = page.end[i];
    while (next < end && page.text[next] == 0) {
      next = page.end[next];
    }
    return next < end ? next : -1;
  }

  private boolean afterHeading(int i) {
    Node before = page.nodes.get(i).previousSibling();
    while (before != null && !(before instanceof Element)) {
      before = before.previousSibling();
    }
    return before != null && before.normalName().matches("h[1-6]");
  }

  /// An index of the page itself: rows that begin with links to what comes later. Its caption goes
  /// with it.
  private boolean indexesPage(int i, Element element, String name) {
    if ((page.holds[i] & (Layout.HEADING | Layout.PRE | Layout.TABLE)) != 0) {
      return false;
    }
    int rows = page.children[i];
    int leading = page.leading[i];
    return switch (name) {
      case "table" -> mostRowsLead(i);
      case "ul", "ol" -> leading >= 0.7 * rows && leading >= 3 && !inside(i, "dl");
      case "div" ->
        leading > 0
            ? page.own[i] == 0
                && rows >= 3
                && 6 * leading >= rows
                && page.text[i] <= 400 * leading
                && !inside(i, "dl")
            : element.className().contains("caption") && beforeIndex(i);
      default -> false;
    };
  }

  private boolean mostRowsLead(int table) {
    int rows = 0;
    int leading = 0;
    for (int i = table + 1; i < page.end[table]; ) {
      boolean row = page.nodes.get(i).nameIs("tr");
      if (row && page.text[i] > 0 && ((Element) page.nodes.get(i)).selectFirst("td") != null) {
        rows++;
        leading += page.leading[i] > 0 ? 1 : 0;
      }
      i = row ? page.end[i] : i + 1;
    }
    return leading > 0 && leading >= 0.7 * rows;
  }

  private boolean beforeIndex(int i) {
    int next = next(i);
    return next >= 0
        && page.nodes.get(next) instanceof Element element
        && page.leading[next] > 0
        && indexesPage(next, element, element.normalName());
  }
}
