package herd.data.html;

import java.util.Arrays;

/// A page as a tree in flat arrays: nodes are numbered in document order, node 0 holds all
/// others. A node is a text or an element ([Tag]); where it stands in the bytes of the page is
/// kept, nothing is copied. The tree is used again for the next page.
final class Tree {
  /// The page, UTF-8.
  byte[] page;

  int size;

  /// [Tag] ordinals.
  byte[] tag = new byte[4096];

  /// For a text its bytes; for an element its attributes; raw elements keep their content in
  /// [#inner] and [#innerEnd].
  int[] from = new int[4096];

  int[] to = new int[4096];

  /// The first node after the subtree.
  int[] end = new int[4096];

  int[] parent = new int[4096];

  /// Of a text: whether it stands in a link.
  boolean[] inLink = new boolean[4096];

  int add(Tag kind, int start, int stop, int above) {
    if (size == from.length) {
      grow();
    }
    int node = size++;
    tag[node] = (byte) kind.ordinal();
    from[node] = start;
    to[node] = stop;
    parent[node] = above;
    end[node] = node + 1;
    inLink[node] = false;
    return node;
  }

  Tag tag(int node) {
    return Tag.at(tag[node] & 0xFF);
  }

  boolean is(int node, Tag kind) {
    return tag[node] == (byte) kind.ordinal();
  }

  private void grow() {
    int n = 2 * size;
    tag = Arrays.copyOf(tag, n);
    from = Arrays.copyOf(from, n);
    to = Arrays.copyOf(to, n);
    end = Arrays.copyOf(end, n);
    parent = Arrays.copyOf(parent, n);
    inLink = Arrays.copyOf(inLink, n);
  }

  // The attribute last read by #nextAttribute.
  int nameFrom;
  int nameTo;
  int valueFrom;
  int valueTo;

  /// Reads the attribute that begins at or after `at`, within an element's attributes.
  /// @return where the next one is looked for, -1 if there is none
  int nextAttribute(int at, int stop) {
    int i = at;
    while (i < stop && (blank(page[i]) || page[i] == '/')) {
      i++;
    }
    if (i >= stop) {
      return -1;
    }
    nameFrom = i++;
    while (i < stop && !blank(page[i]) && page[i] != '=' && page[i] != '/') {
      i++;
    }
    nameTo = i;
    i = afterBlanks(i, stop);
    valueFrom = i;
    valueTo = i;
    return i < stop && page[i] == '=' ? value(afterBlanks(i + 1, stop), stop) : i;
  }

  private int value(int at, int stop) {
    int i = at;
    byte quote = i < stop ? page[i] : 0;
    if (quote == '"' || quote == '\'') {
      valueFrom = ++i;
      while (i < stop && page[i] != quote) {
        i++;
      }
      valueTo = i;
      return Math.min(stop, i + 1);
    }
    valueFrom = i;
    while (i < stop && !blank(page[i])) {
      i++;
    }
    valueTo = i;
    return i;
  }

  private int afterBlanks(int at, int stop) {
    int i = at;
    while (i < stop && blank(page[i])) {
      i++;
    }
    return i;
  }

  static boolean blank(byte c) {
    return c >= 0 && c <= ' ';
  }

  /// The value of an attribute, empty if the element has none of that name.
  /// @param name in lower case
  String attribute(int node, String name) {
    int at = from[node];
    while ((at = nextAttribute(at, to[node])) >= 0) {
      if (attributeIs(name)) {
        return Entities.decoded(page, valueFrom, valueTo);
      }
    }
    return "";
  }

  /// Whether the attribute last read has this name, in lower case.
  boolean attributeIs(String name) {
    if (nameTo - nameFrom != name.length()) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      if ((page[nameFrom + i] | 0x20) != name.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /// The text of a text node, its entities decoded.
  String text(int node) {
    return Entities.decoded(page, from[node], to[node]);
  }
}
