package herd.data.html;

import herd.run.TimeLimit;
import java.nio.charset.StandardCharsets;

/// What the rules about content need to know of each node of a [Tree]: how much text, how much
/// of it in links, what its names say, what lies below it. Measures count characters that are
/// not white space, wide ones twice. Parts that never show text are left out from the
/// beginning.
final class Measures {
  /// Bits of [#holds]: kinds of elements somewhere below.
  static final int HEADING = 1;

  static final int PRE = 2;
  static final int TABLE = 4;
  static final int TITLE = 8;
  static final int PARAGRAPH = 16;

  final Tree tree;
  final Names names = new Names();

  /// Whether the node and all below it are left out.
  boolean[] out = new boolean[4096];

  /// What class and id say, bits of [Names].
  int[] says = new int[4096];

  /// Characters in the subtree, those of them in links, and links.
  int[] text = new int[4096];

  int[] linked = new int[4096];
  int[] links = new int[4096];

  /// Characters outside links that do more than separate parts: in the subtree.
  int[] bare = new int[4096];

  int[] holds = new int[4096];

  /// The block that a node's words stand in.
  int[] block = new int[4096];

  /// Of a block, the characters that stand in it and in no block below it, and those in links.
  int[] run = new int[4096];

  int[] runLinked = new int[4096];

  /// The element before a node under the same parent, -1 if there is none.
  int[] previous = new int[4096];

  /// Whether a node stands in code.
  private boolean[] inCode = new boolean[4096];

  /// Characters of the page that stand in code.
  private int code;

  /// Whether a name on the page says that lines of code stand there.
  private boolean listed;

  private int[] lastChild = new int[4096];

  Measures(Tree tree) {
    this.tree = tree;
  }

  /// Measures the tree anew.
  /// @param lax whether what a page hides is taken for shown: some pages show it by script
  void measure(boolean lax) {
    int n = tree.size;
    if (out.length < n) {
      grow(n + n / 2);
    }
    code = 0;
    listed = false;
    for (int i = 0; i < n; i++) {
      TimeLimit.heed();
      clear(i);
      var tag = tree.tag(i);
      inCode[i] = isCode(tag) || i > 0 && inCode[tree.parent[i]];
      previous[i] = i == 0 ? -1 : lastChild[tree.parent[i]];
      if (i > 0 && tag != Tag.TEXT) {
        lastChild[tree.parent[i]] = i;
      }
      block[i] = i == 0 || tag.isBlock() || tag == Tag.BODY ? i : block[tree.parent[i]];
      if (tag == Tag.TEXT) {
        words(i);
      } else if (i > 0 && (isSilent(tag) || attributes(i, tag) && !lax)) {
        out[i] = true;
        int end = tree.end[i];
        for (int below = i + 1; below < end; below++) {
          clear(below);
          block[below] = block[i];
        }
        i = end - 1;
      } else {
        links[i] = tag == Tag.A ? 1 : 0;
        inCode[i] |= (says[i] & Names.CODE) != 0;
        listed |= (says[i] & Names.LISTING) != 0;
      }
    }
    for (int i = n - 1; i > 0; i--) {
      int above = tree.parent[i];
      text[above] += text[i];
      linked[above] += linked[i];
      links[above] += links[i];
      bare[above] += bare[i];
      holds[above] |= holds[i] | (text[i] > 0 ? kind(tree.tag(i)) : 0);
    }
  }

  private void clear(int i) {
    out[i] = false;
    lastChild[i] = -1;
    says[i] = 0;
    text[i] = 0;
    linked[i] = 0;
    links[i] = 0;
    bare[i] = 0;
    holds[i] = 0;
    run[i] = 0;
    runLinked[i] = 0;
  }

  private void words(int i) {
    var page = tree.page;
    int count = 0;
    int meant = 0;
    for (int at = tree.from[i]; at < tree.to[i]; at++) {
      byte c = page[at];
      if (c > ' ') {
        count++;
        meant += isSeparator(c) ? 0 : 1;
        if (c == '&') {
          int end = reference(at, tree.to[i]);
          count -= end - at == 5 && page[at + 1] == 'n' && page[at + 2] == 'b' ? 1 : 0;
          at = end;
        }
      } else if ((c & 0xC0) == 0xC0) {
        int width = width(at, tree.to[i]);
        count += width;
        meant += width;
      }
    }
    text[i] = count;
    code += inCode[i] ? count : 0;
    run[block[i]] += count;
    if (tree.inLink[i]) {
      linked[i] = count;
      runLinked[block[i]] += count;
    } else {
      bare[i] = meant;
    }
  }

  private static boolean isSeparator(byte c) {
    return c == ',' || c == ';' || c == '|' || c == '/' || c == '>';
  }

  /// The last byte of a character reference; `at` if it is none.
  private int reference(int at, int stop) {
    int end = at + 1;
    while (end < stop && end < at + 10 && tree.page[end] > ' ' && tree.page[end] != ';') {
      end++;
    }
    return end < stop && tree.page[end] == ';' ? end : at;
  }

  /// Of a character beyond ASCII: 2 if it is as wide as two letters, 0 for white space.
  private int width(int at, int stop) {
    int first = tree.page[at] & 0xFF;
    int second = at + 1 < stop ? tree.page[at + 1] & 0xFF : 0;
    if (first == 0xC2) {
      return second == 0xA0 ? 0 : 1;
    }
    if (first == 0xE2 && second == 0x80) {
      return at + 2 < stop && (tree.page[at + 2] & 0xFF) < 0x90 ? 0 : 1;
    }
    return (first & 0xF0) == 0xE0 ? 2 : 1;
  }

  private static boolean isCode(Tag tag) {
    return tag == Tag.PRE || tag == Tag.CODE || tag == Tag.TT || tag == Tag.SAMP;
  }

  /// Whether the page is one of the code variant (paper, section 3.1.1): at least a sixth of its
  /// words stand in code. There names are links, and links are words.
  boolean isAboutCode() {
    return 6L * code >= text[0] && code > 0;
  }

  /// Whether anything on the page may stand in code.
  boolean hasCode() {
    return code > 0 || listed;
  }

  private static int kind(Tag tag) {
    return switch (tag) {
      case H1 -> HEADING | TITLE;
      case H2, H3, H4, H5, H6 -> HEADING;
      case PRE -> PRE;
      case TABLE -> TABLE;
      case P -> PARAGRAPH;
      default -> 0;
    };
  }

  private static boolean isSilent(Tag tag) {
    return switch (tag) {
      case STYLE,
          SCRIPT,
          NOSCRIPT,
          NOFRAMES,
          NOEMBED,
          IFRAME,
          TEXTAREA,
          SVG,
          TEMPLATE,
          OBJECT,
          EMBED,
          MAP,
          APPLET,
          CANVAS,
          AUDIO,
          VIDEO,
          FRAMESET,
          NAV,
          HEAD,
          TITLE,
          BUTTON,
          SELECT,
          DATALIST,
          DIALOG,
          MENU,
          PROGRESS,
          METER,
          SEARCH,
          INPUT,
          RT,
          RP -> true;
      default -> false;
    };
  }

  /// Reads the attributes that rules look at.
  /// @return whether they hide the element or say that it is a landmark around the content
  private boolean attributes(int i, Tag tag) {
    boolean frame = tag == Tag.BODY || tag == Tag.HTML || tag == Tag.MAIN;
    boolean hides = false;
    int at = tree.from[i];
    while ((at = tree.nextAttribute(at, tree.to[i])) >= 0) {
      switch (tree.nameTo - tree.nameFrom) {
        case 2 -> {
          if (tree.attributeIs("id")) {
            says[i] |= names.of(tree.page, tree.valueFrom, tree.valueTo);
          }
        }
        case 4 -> hides |= tree.attributeIs("role") && isLandmark();
        case 5 -> {
          if (tree.attributeIs("class")) {
            says[i] |= names.of(tree.page, tree.valueFrom, tree.valueTo);
          } else if (tree.attributeIs("style")) {
            hides |= isUnseen();
          }
        }
        case 6 -> hides |= tree.attributeIs("hidden");
        case 11 -> hides |= tree.attributeIs("aria-hidden") && valueIs("true");
        default -> {}
      }
    }
    return hides && !frame;
  }

  private boolean valueIs(String value) {
    if (tree.valueTo - tree.valueFrom != value.length()) {
      return false;
    }
    for (int k = 0; k < value.length(); k++) {
      if ((tree.page[tree.valueFrom + k] | 0x20) != value.charAt(k)) {
        return false;
      }
    }
    return true;
  }

  private boolean isLandmark() {
    return valueIs("navigation")
        || valueIs("banner")
        || valueIs("contentinfo")
        || valueIs("complementary")
        || valueIs("search")
        || valueIs("menu")
        || valueIs("menubar")
        || valueIs("tablist")
        || valueIs("toolbar")
        || valueIs("dialog")
        || valueIs("alertdialog")
        || valueIs("tooltip");
  }

  private boolean isUnseen() {
    if (tree.valueTo - tree.valueFrom < 12) {
      return false;
    }
    var style = new String(
        tree.page, tree.valueFrom, tree.valueTo - tree.valueFrom, StandardCharsets.ISO_8859_1);
    var dense = style.replace(" ", "");
    return dense.contains("display:none") || dense.contains("visibility:hidden");
  }

  /// What class and id of a node say now, after words were excused.
  int saysNow(int i) {
    int bits = 0;
    int at = tree.from[i];
    while ((at = tree.nextAttribute(at, tree.to[i])) >= 0) {
      if (tree.attributeIs("class") || tree.attributeIs("id")) {
        bits |= names.of(tree.page, tree.valueFrom, tree.valueTo);
      }
    }
    return bits;
  }

  /// Excuses the names of an element that says it surrounds content but is most of the page.
  void excuse(int i) {
    int at = tree.from[i];
    while ((at = tree.nextAttribute(at, tree.to[i])) >= 0) {
      if (tree.attributeIs("class") || tree.attributeIs("id")) {
        names.excuse(tree.page, tree.valueFrom, tree.valueTo);
      }
    }
    for (int later = i; later < tree.size; later++) {
      TimeLimit.heed();
      if ((says[later] & Names.SURROUNDING) != 0) {
        says[later] = saysNow(later);
      }
    }
  }

  /// Characters outside links.
  int plain(int i) {
    return text[i] - linked[i];
  }

  boolean inside(int i, Tag... tags) {
    for (int up = tree.parent[i]; up > 0; up = tree.parent[up]) {
      for (var tag : tags) {
        if (tree.is(up, tag)) {
          return true;
        }
      }
    }
    return false;
  }

  /// The longest run of words outside links in one block of the subtree.
  int longestRun(int i) {
    int longest = 0;
    for (int j = i; j < tree.end[i]; j++) {
      if (block[j] == j) {
        longest = Math.max(longest, run[j] - runLinked[j]);
      }
    }
    return longest;
  }

  /// The words of a subtree on one line, without the parts that are left out.
  String line(int i) {
    var all = new StringBuilder();
    for (int j = i; j < tree.end[i]; j++) {
      if (out[j]) {
        j = tree.end[j] - 1;
      } else if (tree.is(j, Tag.TEXT) && text[j] > 0) {
        all.append(tree.text(j)).append(' ');
      }
    }
    return PlainText.oneLine(all);
  }

  private void grow(int n) {
    out = new boolean[n];
    says = new int[n];
    text = new int[n];
    linked = new int[n];
    links = new int[n];
    bare = new int[n];
    holds = new int[n];
    block = new int[n];
    run = new int[n];
    runLinked = new int[n];
    previous = new int[n];
    inCode = new boolean[n];
    lastChild = new int[n];
  }
}
