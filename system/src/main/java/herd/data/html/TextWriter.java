package herd.data.html;

import herd.run.TimeLimit;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;

/// Writes the content of a page as plain text: which line breaks each kind of element asks for,
/// what tables, code and formulas become.
final class TextWriter {
  /// Raised endings that are no exponents.
  private static final Set<String> ORDINAL =
      Set.of("st", "nd", "rd", "th", "er", "re", "e", "o", "a", "TM", "SM", "\u00ae", "\u2122");

  /// Characters of an alternative text from which it says what a picture shows.
  private static final int LEAST_PICTURE = 20;

  /// Characters from which words are no caption of a picture, and nodes after it among which its
  /// caption is looked for: a page may have a hundred thousand pictures.
  private static final int LONGEST_CAPTION = 4000;

  private static final int CAPTION_LOOKS = 1000;

  private static final Pattern PICTURE = Pattern.compile("(?i)\\.(png|jpe?g|gif|webp|svg)\\b");

  private final Tree tree;
  private final Measures page;
  private final Formulas formulas;
  private final Listings listings;

  /// What the pictures so far show.
  private final Set<String> shown = new HashSet<>();

  /// The listing that is written, -1 between listings.
  private int listing;

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
    this.listings = new Listings(page);
  }

  /// The text of the content.
  String write(Content content) {
    out = new PlainText();
    rows = false;
    listing = -1;
    shown.clear();
    brackets.clear();
    listings.find();
    for (int node : content.before()) {
      subtree(node);
      out.blankLine();
    }
    subtree(content.root());
    return out.finish();
  }

  private void subtree(int root) {
    for (int i = root; i < tree.end[root]; ) {
      TimeLimit.heed();
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
    if (listing >= 0) {
      headInListing(tag);
      return;
    }
    if (listings.at(i) != Listings.NONE) {
      listing = i;
      out.line();
      out.listing(listings.at(i));
      return;
    }
    switch (tag) {
      case H1, H2, H3, H4, H5, H6, P, BLOCKQUOTE, FIGURE, HR -> out.blankLine();
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
      case IMG -> picture(i);
      default -> {
        if (tag.isBlock()) {
          out.line();
        }
      }
    }
  }

  /// What a picture of the content shows, if the page says it in a few words or more.
  private void picture(int i) {
    var words = PlainText.oneLine(tree.attribute(i, "alt"));
    boolean said = words.length() >= LEAST_PICTURE
        && words.length() < LONGEST_CAPTION
        && words.split(" ").length >= 4;
    if (said && !leadsElsewhere(i) && !isCaption(i, words) && shown.add(words)) {
      out.line();
      out.words(words);
      out.line();
    }
  }

  /// Whether a picture is a link, not to a larger picture.
  private boolean leadsElsewhere(int picture) {
    for (int up = tree.parent[picture]; up > 0; up = tree.parent[up]) {
      if (tree.is(up, Tag.A)) {
        return !PICTURE.matcher(tree.attribute(up, "href")).find();
      }
    }
    return false;
  }

  /// Whether words stand under a picture too.
  private boolean isCaption(int picture, String words) {
    int around = picture;
    for (int level = 0; level < 4 && tree.parent[around] > 0; level++) {
      around = tree.parent[around];
    }
    int looks = 0;
    for (int i = picture + 1; i < tree.end[around] && looks < CAPTION_LOOKS; i++) {
      looks++;
      if (tree.is(i, Tag.TEXT) && page.text[i] > 10 && page.text[i] < LONGEST_CAPTION) {
        var line = PlainText.oneLine(tree.text(i));
        if (words.contains(line) || line.contains(words)) {
          return true;
        }
      }
    }
    return false;
  }

  private void headInListing(Tag tag) {
    if (tag == Tag.BR) {
      out.lineBreak();
    } else if (tag.isBlock() && tag != Tag.TD && tag != Tag.TH) {
      out.codeLine(true);
    }
  }

  private void tail(int i) {
    var tag = tree.tag(i);
    if (listing == i) {
      listing = -1;
      out.listing(Listings.NONE);
      out.line();
      return;
    }
    if (listing >= 0) {
      if (tag.isBlock() && tag != Tag.TD && tag != Tag.TH) {
        out.codeLine(false);
      }
      return;
    }
    switch (tag) {
      case P, BLOCKQUOTE, FIGURE -> out.blankLine();
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
