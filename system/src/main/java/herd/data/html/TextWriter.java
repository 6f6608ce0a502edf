package herd.data.html;

import java.util.ArrayDeque;
import java.util.Set;

/// Writes the content of a page as plain text: which line breaks each kind of element asks for,
/// what
/// tables, code and formulas become.
final class TextWriter {
  /// Raised endings that are no exponents.
  private static final Set<String> ORDINAL =
      Set.of("st", "nd", "rd", "th", "er", "re", "e", "o", "a", "TM", "SM", "\u00ae", "\u2122");

  private final Tree tree;
  private final Measures page;
  private final Formulas formulas;
  private PlainText out = new PlainText();
  private final ArrayDeque<Integer> open = new ArrayDeque<>();

  /// Whether rows of the table around are written as lines.
  private boolean rows;

  /// Exponents and indices whose closing bracket is due.
  private final ArrayDeque<Integer> brackets = new ArrayDeque<>();

  TextWriter(Measures page) {
    this.page = page;
    this.tree = page.tree;
    this.formulas = new Formulas(page);
  }

  /// The text of the content.
  String write(Content content) {
    out = new PlainText();
    rows = false;
    brackets.clear();
    for (int node : content.before()) {
      subtree(node);
      out.blankLine();
    }
    subtree(content.root());
    return out.finish();
  }

  private void subtree(int root) {
    for (int i = root; i < tree.end[root]; ) {
      while (!open.isEmpty() && i >= tree.end[open.peek()]) {
        tail(open.pop());
      }
      var tag = tree.tag(i);
      var formula = formulas.at(i, tag);
      if (formula != null) {
        out.words(formula);
        i = tree.end[i];
      } else if (page.out[i]) {
        i = tree.end[i];
      } else if (tag == Tag.TEXT) {
        out.words(tree.text(i));
        i++;
      } else {
        head(i, tag);
        open.push(i);
        i++;
      }
    }
    while (!open.isEmpty()) {
      tail(open.pop());
    }
  }

  private void head(int i, Tag tag) {
    switch (tag) {
      case H1, H2, H3, H4, H5, H6, P, BLOCKQUOTE, FIGURE, HR -> out.blankLine();
      case PRE, LISTING, XMP -> {
        out.line();
        out.verbatim(true);
      }
      case TABLE -> {
        out.blankLine();
        rows |= isData(i);
      }
      case TD, TH -> {
        if (rows) {
          out.cell(true);
        } else {
          out.line();
        }
      }
      case DD -> {
        if (answersAtOnce(i)) {
          out.space();
        } else {
          out.line();
        }
      }
      case BR -> out.lineBreak();
      case SUP, SUB -> script(i, tag);
      default -> {
        if (tag.isBlock()) {
          out.line();
        }
      }
    }
  }

  private void tail(int i) {
    var tag = tree.tag(i);
    switch (tag) {
      case P, BLOCKQUOTE, FIGURE -> out.blankLine();
      case PRE, LISTING, XMP -> {
        out.verbatim(false);
        out.line();
      }
      case TABLE -> {
        rows &= !isData(i);
        out.blankLine();
      }
      case TD, TH -> {
        if (rows) {
          out.cell(false);
        } else {
          out.line();
        }
      }
      case SUP, SUB -> {
        if (!brackets.isEmpty() && brackets.peek() == i) {
          brackets.pop();
          out.words(")");
        }
      }
      default -> {
        if (tag.isBlock()) {
          out.line();
        }
      }
    }
  }

  /// Whether a table holds data: rows of short cells. Tables that place parts of a page hold
  /// headings, code, lists or other tables.
  private boolean isData(int i) {
    return (page.holds[i] & (Measures.HEADING | Measures.PRE | Measures.TABLE)) == 0;
  }

  /// Whether a description stands on the line of its term: the term ends in a colon, and this is
  /// its only description and has no lines of its own.
  private boolean answersAtOnce(int description) {
    int before = page.previous[description];
    if (before < 0 || !tree.is(before, Tag.DT) || !page.line(before).endsWith(":")) {
      return false;
    }
    for (int child = description + 1; child < tree.end[description]; child = tree.end[child]) {
      if (tree.tag(child).isBlock()) {
        return false;
      }
    }
    int after = tree.end[description];
    int end = tree.end[tree.parent[description]];
    while (after < end && tree.is(after, Tag.TEXT)) {
      after++;
    }
    return after >= end || !tree.is(after, Tag.DD);
  }

  /// Exponents and indices get the mark that they have in plain text, `2^31`, `x_(i+1)`; marks of
  /// footnotes and ordinals do not.
  private void script(int i, Tag tag) {
    if (page.links[i] > 0 || page.text[i] == 0 || page.text[i] > 20 || !out.followsWord()) {
      return;
    }
    var what = page.line(i);
    if (ORDINAL.contains(what)) {
      return;
    }
    boolean single = what.chars().allMatch(Character::isLetterOrDigit);
    out.words((tag == Tag.SUP ? "^" : "_") + (single ? "" : "("));
    if (!single) {
      brackets.push(i);
    }
  }
}
