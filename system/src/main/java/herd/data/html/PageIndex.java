package herd.data.html;

import herd.run.TimeLimit;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Indices of the page itself, rows that begin with links to what comes later, and lists of names
/// that a description drags along: reference pages are full of both.
final class PageIndex {
  /// Links that a description may hold and nothing else.
  private static final int LONG_RUN = 8;

  private final Tree tree;
  private final Measures page;
  private final List<Jump> jumps = new ArrayList<>();
  private final Map<String, Integer> places = new HashMap<>();

  // Of children with text, how many there are and how many begin with a link to a later place.
  private int[] children = new int[0];
  private int[] leading = new int[0];

  /// The first text at or after a node.
  private int[] nextText = new int[0];

  /// A link to a place of the page.
  /// @param top the highest node that begins with the link
  private record Jump(int link, int top, String place) {}

  PageIndex(Measures page) {
    this.page = page;
    this.tree = page.tree;
  }

  /// @param file last part of the page's address
  void find(String file) {
    jumps.clear();
    places.clear();
    findTexts();
    for (int i = 1; i < tree.size; i++) {
      TimeLimit.heed();
      if (page.out[i]) {
        i = tree.end[i] - 1;
      } else if (tree.is(i, Tag.A) && page.text[i] > 0) {
        jump(i, file);
      }
    }
    if (!jumps.isEmpty()) {
      follow();
    }
  }

  private void jump(int link, String file) {
    int at = tree.from[link];
    while ((at = tree.nextAttribute(at, tree.to[link])) >= 0) {
      if (tree.attributeIs("href")) {
        var address = new String(
            tree.page, tree.valueFrom, tree.valueTo - tree.valueFrom, StandardCharsets.UTF_8);
        int mark = address.indexOf('#');
        var target = mark < 0 ? "" : address.substring(address.lastIndexOf('/', mark) + 1, mark);
        if (mark >= 0 && mark + 1 < address.length() && (target.isEmpty() || target.equals(file))) {
          beginning(link, unescaped(address.substring(mark + 1)));
        }
        return;
      }
    }
  }

  private void beginning(int link, String place) {
    int top = link;
    while (tree.parent[top] > 0 && begins(tree.parent[top], top) && !isHeading(tree.parent[top])) {
      top = tree.parent[top];
    }
    if (!isHeading(tree.parent[top])) {
      jumps.add(new Jump(link, top, place));
    }
  }

  /// Whether no text of a node stands before one of its children.
  private boolean begins(int above, int child) {
    return nextText[above + 1] >= child;
  }

  /// Finds for each node the first text from there on that is not left out.
  private void findTexts() {
    int n = tree.size;
    if (nextText.length <= n) {
      nextText = new int[n + n / 2 + 1];
    }
    int seen = -1; // the last text so far
    for (int i = 0; i < n; i++) {
      if (page.out[i]) {
        i = tree.end[i] - 1;
      } else if (tree.is(i, Tag.TEXT) && page.text[i] > 0) {
        Arrays.fill(nextText, seen + 1, i + 1, i);
        seen = i;
      }
    }
    Arrays.fill(nextText, seen + 1, n + 1, n);
  }

  private boolean isHeading(int i) {
    return i >= 0 && tree.tag(i).isHeading();
  }

  private void follow() {
    int n = tree.size;
    if (leading.length < n) {
      leading = new int[n + n / 2];
      children = new int[n + n / 2];
    }
    readPlaces();
    var begun = new boolean[n];
    for (var jump : jumps) {
      if (places.getOrDefault(jump.place, -1) > jump.link) {
        for (int i = jump.link; i > jump.top; i = tree.parent[i]) {
          begun[i] = true;
        }
        begun[jump.top] = true;
      }
    }
    for (int i = 0; i < n; i++) {
      leading[i] = 0;
      children[i] = 0;
    }
    for (int i = n - 1; i > 0; i--) {
      int above = tree.parent[i];
      children[above] += page.text[i] > 0 ? 1 : 0;
      boolean row = leading[i] > 0 && tree.is(i, Tag.TR);
      leading[above] += begun[i] || row ? 1 : 0;
    }
  }

  private void readPlaces() {
    for (int i = 1; i < tree.size; i++) {
      if (tree.is(i, Tag.TEXT)) {
        continue;
      }
      int at = tree.from[i];
      while ((at = tree.nextAttribute(at, tree.to[i])) >= 0) {
        if (tree.attributeIs("id") || tree.attributeIs("name")) {
          places.putIfAbsent(Entities.decoded(tree.page, tree.valueFrom, tree.valueTo), i);
        }
      }
    }
  }

  /// A fragment of an address without its `%` escapes; only ASCII is put back.
  private static String unescaped(String fragment) {
    if (fragment.indexOf('%') < 0) {
      return fragment;
    }
    var out = new StringBuilder();
    for (int i = 0; i < fragment.length(); i++) {
      int high = i + 2 < fragment.length() ? Character.digit(fragment.charAt(i + 1), 8) : -1;
      int low = i + 2 < fragment.length() ? Character.digit(fragment.charAt(i + 2), 16) : -1;
      if (fragment.charAt(i) == '%' && high >= 0 && low >= 0) {
        out.append((char) (high * 16 + low));
        i += 2;
      } else {
        out.append(fragment.charAt(i));
      }
    }
    return out.toString();
  }

  /// Whether the element at `i` is an index of the page, or names that go with a description.
  boolean lists(int i) {
    return switch (tree.tag(i)) {
      case CODE, SPAN -> page.links[i] > 0 && page.bare[i] == 0 && afterHeading(i);
      case DD -> longRun(i);
      case DT -> {
        int next = next(i);
        yield next >= 0 && tree.is(next, Tag.DD) && longRun(next);
      }
      default -> !jumps.isEmpty() && indexes(i);
    };
  }

  private boolean indexes(int i) {
    if ((page.holds[i] & (Measures.HEADING | Measures.PRE | Measures.TABLE)) != 0) {
      return false;
    }
    return switch (tree.tag(i)) {
      case TABLE -> mostRowsLead(i);
      case UL, OL ->
        10L * leading[i] >= 7L * children[i] && leading[i] >= 3 && !page.inside(i, Tag.DL);
      case DIV ->
        leading[i] > 0
            ? rowsOnly(i)
                && children[i] >= 3
                && 6L * leading[i] >= children[i]
                && page.text[i] <= 400L * leading[i]
                && !page.inside(i, Tag.DL)
            : tree.attribute(i, "class").contains("caption") && beforeIndex(i);
      default -> false;
    };
  }

  /// Whether no words stand in the node itself.
  private boolean rowsOnly(int i) {
    for (int child = i + 1; child < tree.end[i]; child = tree.end[child]) {
      if (tree.is(child, Tag.TEXT) && page.bare[child] > 0) {
        return false;
      }
    }
    return true;
  }

  private boolean mostRowsLead(int table) {
    int rows = 0;
    int leads = 0;
    for (int i = table + 1; i < tree.end[table]; ) {
      boolean row = tree.is(i, Tag.TR);
      if (row && page.text[i] > 0 && holdsCell(i)) {
        rows++;
        leads += leading[i] > 0 ? 1 : 0;
      }
      i = row ? tree.end[i] : i + 1;
    }
    return leads > 0 && 10L * leads >= 7L * rows;
  }

  private boolean holdsCell(int row) {
    for (int i = row + 1; i < tree.end[row]; i++) {
      if (tree.is(i, Tag.TD)) {
        return true;
      }
    }
    return false;
  }

  private boolean beforeIndex(int i) {
    int next = next(i);
    return next >= 0 && leading[next] > 0 && indexes(next);
  }

  private boolean longRun(int i) {
    return page.links[i] >= LONG_RUN && 4L * page.linked[i] > 3L * page.text[i];
  }

  /// The next sibling with text; -1 if there is none.
  private int next(int i) {
    int end = tree.end[tree.parent[i]];
    int next = tree.end[i];
    while (next < end && page.text[next] == 0) {
      next = tree.end[next];
    }
    return next < end ? next : -1;
  }

  private boolean afterHeading(int i) {
    return isHeading(page.previous[i]);
  }
}
