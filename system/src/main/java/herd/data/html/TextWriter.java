package herd.data.html;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.TextNode;

/// Writes the content of a page as plain text: decides at each element whether it is content, and
/// which line breaks its kind asks for.
final class TextWriter {
  /// Raised endings that are no exponents.
  private static final Set<String> ORDINAL =
      Set.of("st", "nd", "rd", "th", "er", "re", "e", "o", "a", "TM", "SM", "\u00ae", "\u2122");

  private final Layout page;
  private final Boilerplate boilerplate;
  private final PlainText out = new PlainText();

  /// Headings after which nothing has been written yet.
  private final List<Heading> waiting = new ArrayList<>();

  /// Whether something was left out since the first of the waiting headings.
  private boolean gap;

  private boolean inHeading;

  /// Whether rows of the table around are written as lines.
  private boolean rows;

  /// Exponents and indices whose closing bracket is due.
  private final ArrayDeque<Integer> brackets = new ArrayDeque<>();

  /// @param at length of the text before it
  private record Heading(int level, int at) {}

  TextWriter(Layout page) {
    this.page = page;
    this.boilerplate = new Boilerplate(page);
  }

  String write() {
    var open = new ArrayDeque<Integer>();
    for (int i = 0; i < page.size(); ) {
      while (!open.isEmpty() && i >= page.end[open.peek()]) {
        tail(open.pop());
      }
      if (page.nodes.get(i) instanceof TextNode words) {
        words(i, words.getWholeText());
        i++;
      } else if (boilerplate.out(i)) {
        gap = true;
        i = page.end[i];
      } else {
        head(i, (Element) page.nodes.get(i));
        open.push(i);
        i++;
      }
    }
    while (!open.isEmpty()) {
      tail(open.pop());
    }
    forget(2);
    return out.finish();
  }

  private void words(int i, String words) {
    if (page.text[i] > 0 && !inHeading) {
      waiting.clear();
      gap = false;
    }
    out.words(words);
  }

  private void head(int i, Element element) {
    switch (element.normalName()) {
      case "h1", "h2", "h3", "h4", "h5", "h6" -> {
        if (page.text[i] > 0) {
          int level = element.normalName().charAt(1) - '0';
          forget(level);
          out.blankLine();
          waiting.add(new Heading(level, out.length()));
          inHeading = true;
        }
      }
      case "p", "blockquote", "figure", "hr" -> out.blankLine();
      case "pre" -> {
        out.line();
        out.verbatim(true);
      }
      case "table" -> {
        out.blankLine();
        rows |= isData(i);
      }
      case "td", "th" -> {
        if (rows) {
          out.cell(true);
        } else {
          out.line();
        }
      }
      case "dd" -> {
        if (answersAtOnce(element)) {
          out.space();
        } else {
          out.line();
        }
      }
      case "br" -> out.lineBreak();
      case "sup", "sub" -> script(i, element);
      default -> {
        if (element.isBlock()) {
          out.line();
        }
      }
    }
  }

  private void tail(int i) {
    var element = (Element) page.nodes.get(i);
    switch (element.normalName()) {
      case "h1", "h2", "h3", "h4", "h5", "h6" -> {
        out.line();
        inHeading = false;
      }
      case "p", "blockquote", "figure" -> out.blankLine();
      case "pre" -> {
        out.verbatim(false);
        out.line();
      }
      case "table" -> {
        rows &= !isData(i);
        out.blankLine();
      }
      case "td", "th" -> {
        if (rows) {
          out.cell(false);
        } else {
          out.line();
        }
      }
      case "sup", "sub" -> {
        if (!brackets.isEmpty() && brackets.peek() == i) {
          brackets.pop();
          out.words(")");
        }
      }
      case "br" -> {}
      default -> {
        if (element.isBlock()) {
          out.line();
        }
      }
    }
  }

  /// Whether a table holds data: rows of short cells. Tables that place parts of a page hold
  /// headings, code, lists or other tables.
  private boolean isData(int i) {
    return (page.holds[i] & (Layout.HEADING | Layout.PRE | Layout.TABLE)) == 0;
  }

  /// Whether a description stands on the line of its term: the term ends in a colon, and this is
  /// its only description and has no lines of its own.
  private static boolean answersAtOnce(Element description) {
    var before = description.previousElementSibling();
    var after = description.nextElementSibling();
    return before != null
        && before.nameIs("dt")
        && before.text().endsWith(":")
        && (after == null || !after.nameIs("dd"))
        && description.children().stream().noneMatch(Element::isBlock);
  }

  /// Drops headings of this level and below that nothing followed because it was left out.
  private void forget(int level) {
    while (gap && !waiting.isEmpty() && waiting.getLast().level >= level) {
      out.cut(waiting.removeLast().at);
    }
    if (waiting.isEmpty()) {
      gap = false;
    }
  }

  /// Exponents and indices get the mark that they have in plain text, `2^31`, `x_(i+1)`; marks of
  /// footnotes and ordinals do not.
  private void script(int i, Element element) {
    if (page.links[i] > 0 || page.text[i] == 0 || page.text[i] > 20 || !out.followsWord()) {
      return;
    }
    var what = element.text().strip();
    if (ORDINAL.contains(what)) {
      return;
    }
    boolean single = what.chars().allMatch(Character::isLetterOrDigit);
    out.words((element.nameIs("sup") ? "^" : "_") + (single ? "" : "("));
    if (!single) {
      brackets.push(i);
    }
  }
}
