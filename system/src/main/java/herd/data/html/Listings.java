package herd.data.html;

import herd.run.TimeLimit;
import java.util.Arrays;

/// Where a page shows code, line for line: elements whose lines are elements of their own, in
/// tables, lists or boxes, or end in line breaks; and the numbers beside the lines, which are
/// no text.
final class Listings {
  /// What [#at] says: not the beginning of a listing; text as it stands, as in `pre`; text of which
  /// only the elements that are lines stand so; text whose lines end in `br`, while other white
  /// space is one space.
  static final byte NONE = 0;

  static final byte AS_IT_STANDS = 1;
  static final byte BY_ELEMENTS = 2;
  static final byte BY_BREAKS = 3;

  /// Levels that are looked up for a name that says code.
  private static final int LEVELS = 8;

  private final Tree tree;
  private final Measures page;
  private byte[] kind = new byte[4096];

  Listings(Measures page) {
    this.page = page;
    this.tree = page.tree;
  }

  /// How the text of a node is written.
  byte at(int node) {
    return kind[node];
  }

  /// Finds the listings of the page and leaves out the numbers of their lines.
  void find() {
    int n = tree.size;
    if (kind.length < n) {
      kind = new byte[n + n / 2];
    }
    Arrays.fill(kind, 0, n, NONE);
    if (!page.hasCode()) {
      return;
    }
    for (int i = 1; i < n; i++) {
      TimeLimit.heed();
      if (!page.out[i] && isNumbers(i)) {
        page.out[i] = true;
      }
      i = page.out[i] ? tree.end[i] - 1 : i;
    }
    for (int i = 1; i < n; i++) {
      kind[i] = page.out[i] ? NONE : kindOf(i);
      i = page.out[i] || kind[i] != NONE ? tree.end[i] - 1 : i;
    }
  }

  private byte kindOf(int i) {
    return switch (tree.tag(i)) {
      case PRE, LISTING, XMP -> page.text[i] > 0 && isAllNumbers(i) ? NONE : AS_IT_STANDS;
      case CODE -> count(i, Tag.BR) >= 2 ? BY_BREAKS : NONE;
      case TABLE -> isNumberedTable(i) ? AS_IT_STANDS : NONE;
      case DIV, OL, UL -> hasLines(i) && isNamedCode(i) ? BY_ELEMENTS : NONE;
      default -> NONE;
    };
  }

  private int count(int i, Tag tag) {
    int count = 0;
    for (int j = i + 1; j < tree.end[i]; j++) {
      count += tree.is(j, tag) ? 1 : 0;
    }
    return count;
  }

  /// Numbers of lines: an element with a name for that, an anchor of a line that shows its own
  /// name, or text that counts beside code.
  private boolean isNumbers(int i) {
    return switch (tree.tag(i)) {
      case TEXT -> false;
      case PRE -> page.text[i] > 2 && isAllNumbers(i) && counts(i);
      case A ->
        page.text[i] > 0
            && page.text[i] < 7
            && isAllNumbers(i)
            && page.inside(i, Tag.PRE)
            && tree.attribute(i, "id").endsWith(page.line(i));
      default -> (page.says[i] & Names.GUTTER) != 0 && isAllNumbers(i) && !page.inside(i, Tag.P);
    };
  }

  /// Whether there are but digits in a subtree; so it is where there is nothing.
  private boolean isAllNumbers(int i) {
    for (int j = i + 1; j < tree.end[i]; j++) {
      if (tree.is(j, Tag.TEXT) && page.text[j] > 0) {
        for (int at = tree.from[j]; at < tree.to[j]; at++) {
          byte c = tree.page[at];
          if (!Tree.blank(c) && (c < '0' || c > '9')) {
            return false;
          }
        }
      }
    }
    return true;
  }

  /// Whether the numbers of a subtree follow one another.
  private boolean counts(int i) {
    var numbers = page.line(i).split(" ");
    if (numbers.length < 2 || numbers[0].length() > 7) {
      return false;
    }
    int first = Integer.parseInt(numbers[0]);
    for (int k = 1; k < numbers.length; k++) {
      if (!numbers[k].equals(String.valueOf(first + k))) {
        return false;
      }
    }
    return true;
  }

  /// Rows of a number, which is left out, and a line.
  private boolean isNumberedTable(int table) {
    int rows = 0;
    int row = -1;
    int cells = 0;
    boolean number = false;
    for (int i = table + 1; i < tree.end[table]; i++) {
      switch (tree.tag(i)) {
        case TR -> {
          if (row >= 0 && (!number || cells != 1)) {
            return false;
          }
          row = i;
          cells = 0;
          number = false;
          rows++;
        }
        case TD -> {
          number |= page.out[i];
          cells += page.out[i] ? 0 : 1;
        }
        case TH, PRE, P, TABLE -> {
          return false;
        }
        default -> {}
      }
      i = page.out[i] ? tree.end[i] - 1 : i;
    }
    return rows > 1 && number && cells == 1;
  }

  /// Whether all elements right below are lines by name.
  private boolean hasLines(int i) {
    int lines = 0;
    for (int child = i + 1; child < tree.end[i]; child = tree.end[child]) {
      boolean line = tree.tag(child).isBlock() && (page.says[child] & Names.LINE) != 0;
      if (tree.is(child, Tag.TEXT) ? page.text[child] > 0 : !line) {
        return false;
      }
      lines += tree.is(child, Tag.TEXT) || page.out[child] ? 0 : 1;
    }
    return lines > 1;
  }

  private boolean isNamedCode(int i) {
    int level = 0;
    for (int up = i; up > 0 && level < LEVELS; up = tree.parent[up]) {
      if ((page.says[up] & (Names.CODE | Names.LISTING)) != 0) {
        return true;
      }
      level++;
    }
    return false;
  }
}
