package herd.data.html;

import herd.run.TimeLimit;
import java.util.Arrays;

/// Reads a page into a [Tree], as browsers do where it matters for text: omitted end tags, wrong
/// nesting, raw text, comments. What is nested deeper than [#DEPTH] becomes a sibling. Linear in
/// the page's length whatever it holds.
final class Parser {
  private static final int DEPTH = 512;

  /// Texts and elements of a page that is read: what is known of one takes a hundred bytes.
  private static final int MOST = 1 << 19;

  /// How far up the open element is looked for that a tag closes.
  private static final int SCOPE = 64;

  private final Tree tree;
  private byte[] page;
  private int at;
  private final int[] open = new int[DEPTH + 2];
  private final Tag[] kinds = new Tag[DEPTH + 2];
  private final int[] tooDeep = new int[256];
  private int depth;
  private int links;

  Parser(Tree tree) {
    this.tree = tree;
  }

  /// @param bytes UTF-8
  /// @return whether the page has no more elements than are read
  boolean parse(byte[] bytes) {
    page = bytes;
    tree.page = bytes;
    tree.size = 0;
    depth = 0;
    links = 0;
    at = 0;
    Arrays.fill(tooDeep, 0);
    push(Tag.ROOT, 0, 0);
    int n = bytes.length;
    while (at < n && tree.size < MOST) {
      TimeLimit.heed();
      int start = at;
      while (at < n && !(bytes[at] == '<' && at + 1 < n && opens(bytes[at + 1]))) {
        at++;
      }
      if (at > start) {
        text(start, at);
      }
      if (at < n) {
        markup();
      }
    }
    pop(0);
    return at >= n;
  }

  private static boolean opens(byte c) {
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z' || c == '/' || c == '!' || c == '?';
  }

  private void text(int start, int stop) {
    if (kinds[depth - 1] == Tag.HEAD || kinds[depth - 1] == Tag.HTML) {
      int i = start;
      while (i < stop && page[i] <= ' ' && page[i] >= 0) {
        i++;
      }
      if (i == stop) {
        return;
      }
      leaveHead();
    }
    int node = tree.add(Tag.TEXT, start, stop, open[depth - 1]);
    tree.inLink[node] = links > 0;
  }

  private void leaveHead() {
    if (kinds[depth - 1] == Tag.HEAD) {
      pop(depth - 1);
    }
  }

  private void markup() {
    switch (page[at + 1]) {
      case '!' -> comment();
      case '?' -> at = after((byte) '>', at + 2);
      case '/' -> endTag();
      default -> startTag();
    }
  }

  private int after(byte c, int from) {
    int i = from;
    while (i < page.length && page[i] != c) {
      i++;
    }
    return Math.min(page.length, i + 1);
  }

  private void comment() {
    if (at + 3 < page.length && page[at + 2] == '-' && page[at + 3] == '-') {
      int i = at + 4;
      boolean dash = i + 1 < page.length && page[i] == '-' && page[i + 1] == '>';
      if (dash || i < page.length && page[i] == '>') {
        at = i + (dash ? 2 : 1);
        return;
      }
      while (i + 2 < page.length) {
        if (page[i + 2] == '>') {
          if (page[i + 1] == '-' && page[i] == '-') {
            at = i + 3;
            return;
          }
          i += page[i + 1] == '-' ? 1 : 3;
        } else {
          i += page[i + 2] == '-' ? 1 : 3;
        }
      }
      at = page.length;
    } else {
      at = after((byte) '>', at + 2);
    }
  }

  private int nameEnd(int from) {
    int i = from;
    while (i < page.length && page[i] != '>' && page[i] != '/' && (page[i] > ' ' || page[i] < 0)) {
      i++;
    }
    return i;
  }

  private void endTag() {
    int from = at + 2;
    int stop = nameEnd(from);
    at = after((byte) '>', stop);
    if (stop == from) {
      return;
    }
    var tag = Tag.of(page, from, stop);
    if (tooDeep[tag.ordinal()] > 0) {
      tooDeep[tag.ordinal()]--;
      return;
    }
    close(tag, from, stop);
  }

  private void close(Tag tag, int from, int stop) {
    if (tag == Tag.BODY || tag == Tag.HTML) {
      return;
    }
    boolean format = tag.isFormat();
    for (int i = depth - 1, seen = 0; i > 0 && seen < 4 * SCOPE; i--, seen++) {
      var kind = kinds[i];
      if (kind == tag && (tag != Tag.OTHER || named(open[i], from, stop))) {
        if (format && blockAbove(i)) {
          drop(i);
        } else {
          pop(i);
        }
        return;
      }
      if (tag.isHeading() && kind.isHeading()) {
        pop(i);
        return;
      }
      if (walls(kind, tag)) {
        return;
      }
    }
  }

  /// Names of unknown elements stand before their attributes.
  private boolean named(int node, int from, int stop) {
    int start = tree.from[node] - (stop - from);
    for (int i = 0; i < stop - from; i++) {
      if ((page[start + i] | 0x20) != (page[from + i] | 0x20)) {
        return false;
      }
    }
    return page[start - 1] == '<';
  }

  private boolean blockAbove(int i) {
    for (int j = i + 1; j < depth; j++) {
      if (kinds[j].isBlock()) {
        return true;
      }
    }
    return false;
  }

  /// Whether an end tag does not reach an element outside an open one of this kind.
  private static boolean walls(Tag kind, Tag tag) {
    return switch (kind) {
      case TD, TH, CAPTION ->
        switch (tag) {
          case TABLE, TBODY, THEAD, TFOOT, TR, TD, TH -> false;
          default -> true;
        };
      case TABLE -> tag != Tag.TABLE;
      case UL, OL -> tag == Tag.LI;
      case DL -> tag == Tag.DT || tag == Tag.DD;
      default -> kind.isBlock() && tag == Tag.SPAN;
    };
  }

  private void startTag() {
    int from = at + 1;
    int stop = nameEnd(from);
    var tag = Tag.of(page, from, stop);
    int tagEnd = attributesEnd(stop);
    boolean closed = tagEnd > stop && tagEnd <= page.length && page[tagEnd - 1] == '/';
    int attributesTo = Math.min(tagEnd, page.length);
    at = Math.min(page.length, tagEnd + 1);
    switch (tag) {
      case HTML, BODY, HEAD -> {
        frame(tag, stop, attributesTo);
        return;
      }
      default -> {}
    }
    if (kinds[depth - 1] == Tag.HEAD && !tag.isOfHead()) {
      leaveHead();
    }
    makeRoom(tag);
    if (tag.isVoid()) {
      tree.add(tag, stop, attributesTo, open[depth - 1]);
    } else if (tag.isRaw()) {
      if (tag != Tag.SVG || !closed) {
        raw(tag, stop, attributesTo);
      }
    } else if (depth <= DEPTH) {
      push(tag, stop, attributesTo);
      if (closed && tag == Tag.OTHER) {
        pop(depth - 1);
      }
    } else {
      tooDeep[tag.ordinal()]++;
    }
  }

  /// The page's own elements are opened once.
  private void frame(Tag tag, int from, int stop) {
    for (int i = 0; i < depth; i++) {
      if (kinds[i] == tag || kinds[i] == Tag.BODY) {
        return;
      }
    }
    if (tag == Tag.BODY) {
      leaveHead();
    }
    if (depth <= 3) {
      push(tag, from, stop);
    }
  }

  private int attributesEnd(int from) {
    int i = from;
    while (i < page.length && page[i] != '>') {
      if (page[i] == '=') {
        i++;
        while (i < page.length && page[i] <= ' ' && page[i] >= 0) {
          i++;
        }
        if (i < page.length && (page[i] == '"' || page[i] == '\'')) {
          byte quote = page[i++];
          int start = i;
          while (i < page.length && page[i] != quote) {
            i++;
          }
          if (i == page.length) {
            // The quote is never closed: the tag ends where it would without it.
            return after((byte) '>', start) - 1;
          }
          i++;
        }
      } else {
        i++;
      }
    }
    return i;
  }

  /// Content that is no markup, up to the element's own end tag.
  private void raw(Tag tag, int from, int stop) {
    int contentFrom = at;
    int i = at;
    while (true) {
      while (i < page.length && page[i] != '<') {
        i++;
      }
      if (i >= page.length) {
        break;
      }
      int end = i + 2;
      if (end < page.length && page[i + 1] == '/') {
        int nameStop = nameEnd(end);
        if (tag.isNamed(page, end, nameStop)) {
          break;
        }
      }
      i++;
    }
    int node = tree.add(tag, from, stop, open[depth - 1]);
    at = i < page.length ? after((byte) '>', i) : page.length;
    if (tag == Tag.TITLE || tag == Tag.SCRIPT || tag == Tag.XMP || tag == Tag.NOSCRIPT) {
      tree.add(Tag.TEXT, contentFrom, i, node);
      tree.end[node] = tree.size;
    }
  }

  /// Closes what a start tag ends.
  private void makeRoom(Tag tag) {
    switch (tag) {
      case LI -> closeUpTo(Tag.LI, Tag.LI, Tag.UL, Tag.OL);
      case DT, DD -> closeUpTo(Tag.DT, Tag.DD, Tag.DL, Tag.DL);
      case OPTION -> closeUpTo(Tag.OPTION, Tag.OPTION, Tag.SELECT, Tag.DATALIST);
      case TR -> closeUpTo(Tag.TR, Tag.TR, Tag.TABLE, Tag.TABLE);
      case TD, TH -> closeUpTo(Tag.TD, Tag.TH, Tag.TR, Tag.TABLE);
      case TBODY, THEAD, TFOOT -> {
        closeUpTo(Tag.TBODY, Tag.THEAD, Tag.TABLE, Tag.TABLE);
        closeUpTo(Tag.TFOOT, Tag.TFOOT, Tag.TABLE, Tag.TABLE);
      }
      case A -> closeUpTo(Tag.A, Tag.A, Tag.TD, Tag.TABLE);
      default -> {}
    }
    if (tag.isBlock() && tag != Tag.CAPTION || tag == Tag.HR) {
      closeParagraph();
    }
  }

  private void closeParagraph() {
    for (int i = depth - 1, seen = 0; i > 0 && seen < SCOPE; i--, seen++) {
      if (kinds[i] == Tag.P) {
        pop(i);
        return;
      }
      if (kinds[i].isBlock() || kinds[i] == Tag.BUTTON || kinds[i] == Tag.OBJECT) {
        return;
      }
    }
  }

  private void closeUpTo(Tag one, Tag other, Tag wall, Tag otherWall) {
    for (int i = depth - 1, seen = 0; i > 0 && seen < SCOPE; i--, seen++) {
      if (kinds[i] == one || kinds[i] == other) {
        if (one == Tag.A && blockAbove(i)) {
          drop(i);
        } else {
          pop(i);
        }
        return;
      }
      if (kinds[i] == wall || kinds[i] == otherWall || kinds[i] == Tag.TABLE) {
        return;
      }
      if (one == Tag.LI && (kinds[i] == Tag.DL || kinds[i] == Tag.ARTICLE)) {
        return;
      }
    }
  }

  private void push(Tag tag, int from, int stop) {
    open[depth] = tree.add(tag, from, stop, depth == 0 ? -1 : open[depth - 1]);
    kinds[depth++] = tag;
    links += tag == Tag.A ? 1 : 0;
  }

  /// Closes all from the open element at `level` on.
  private void pop(int level) {
    while (depth > level) {
      depth--;
      tree.end[open[depth]] = tree.size;
      links -= kinds[depth] == Tag.A ? 1 : 0;
    }
  }

  /// Ends an inline element that blocks within it outlive.
  private void drop(int level) {
    links -= kinds[level] == Tag.A ? 1 : 0;
    // Its subtree ends with its outermost block.
    kinds[level] = Tag.SPAN;
  }
}
