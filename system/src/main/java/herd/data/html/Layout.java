package herd.data.html;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;
import org.jsoup.select.NodeFilter;

/// The nodes of a page in document order, without those that never show text, and measures of each
/// subtree: the rules about what is content need them before a word is written. Nodes are named by
/// their index; measures count characters that are not white space.
final class Layout {
  /// Bits of [#holds].
  static final int HEADING = 1;

  static final int PRE = 2;
  static final int TABLE = 4;
  static final int TITLE = 8;

  final List<Node> nodes = new ArrayList<>();

  /// First index after the subtree.
  int[] end = new int[1024];

  int[] parent = new int[1024];

  /// Characters in the subtree.
  int[] text = new int[1024];

  /// Of these, those in links.
  int[] linked = new int[1024];

  /// Links in the subtree.
  int[] links = new int[1024];

  /// Characters outside links that do more than separate parts: in the node itself, and in its
  /// subtree.
  int[] own = new int[1024];

  int[] bare = new int[1024];

  /// Kinds of elements somewhere below the node.
  int[] holds = new int[1024];

  /// Children with text, and those of them that begin with a link to a later place of the page.
  int[] children = new int[1024];

  int[] leading = new int[1024];

  private boolean[] begun = new boolean[1024];
  private final String file;
  private final HashMap<String, Integer> places = new HashMap<>();
  private final List<Jump> jumps = new ArrayList<>();

  /// A link to a place of the page.
  /// @param link node
  /// @param top the highest node that begins with the link
  private record Jump(int link, int top, String place) {}

  /// @param file last part of the page's address
  Layout(Element root, String file) {
    this.file = file;
    root.filter(new Measure());
    follow();
  }

  int size() {
    return nodes.size();
  }

  /// Marks what begins with a link to a place that comes later.
  private void follow() {
    var begins = new boolean[size()];
    for (var jump : jumps) {
      if (places.getOrDefault(jump.place, -1) > jump.link) {
        for (int i = jump.link; i > jump.top; i = parent[i]) {
          begins[i] = true;
        }
        begins[jump.top] = true;
      }
    }
    for (int i = size() - 1; i > 0; i--) {
      boolean row = leading[i] > 0 && nodes.get(i).nameIs("tr");
      if (begins[i] || row) {
        leading[parent[i]]++;
      }
    }
  }

  private final class Measure implements NodeFilter {
    private int open = -1;
    private int inLink;

    @Override
    public FilterResult head(Node node, int depth) {
      switch (node) {
        case TextNode words -> {
          int i = add(node);
          count(i, words.getWholeText());
        }
        case Element element
        when !Boilerplate.silent(element) -> {
          int i = add(node);
          open = i;
          element(i, element);
        }
        default -> {
          return FilterResult.SKIP_ENTIRELY;
        }
      }
      return FilterResult.CONTINUE;
    }

    private int add(Node node) {
      int i = nodes.size();
      if (i == end.length) {
        grow();
      }
      nodes.add(node);
      parent[i] = open;
      end[i] = i + 1;
      return i;
    }

    private void element(int i, Element element) {
      var id = element.id().isEmpty() ? element.attr("name") : element.id();
      if (!id.isEmpty()) {
        places.putIfAbsent(id, i);
      }
      if (element.nameIs("a") && element.hasAttr("href")) {
        inLink++;
        links[i] = 1;
        jump(i, element.attr("href"));
      }
    }

    private void jump(int i, String address) {
      int mark = address.indexOf('#');
      var page = mark < 0 ? "" : address.substring(address.lastIndexOf('/', mark) + 1, mark);
      if (mark >= 0 && mark + 1 < address.length() && (page.isEmpty() || page.equals(file))) {
        int top = i;
        while (parent[top] > 0 && !begun[parent[top]] && !isHeading(parent[top])) {
          top = parent[top];
        }
        if (!isHeading(parent[top])) {
          jumps.add(new Jump(i, top, unescaped(address.substring(mark + 1))));
        }
      }
    }

    private boolean isHeading(int i) {
      return i >= 0 && (kind(nodes.get(i).normalName()) & HEADING) != 0;
    }

    private void count(int i, String words) {
      int count = 0;
      int meant = 0;
      for (int at = 0; at < words.length(); at++) {
        char c = words.charAt(at);
        if (!blank(c)) {
          count++;
          meant += SEPARATORS.indexOf(c) < 0 ? 1 : 0;
        }
      }
      text[i] = count;
      linked[i] = inLink > 0 ? count : 0;
      bare[i] = inLink > 0 ? 0 : meant;
      if (open >= 0) {
        own[open] += bare[i];
        sum(i, open);
        for (int up = open; count > 0 && up >= 0 && !begun[up]; up = parent[up]) {
          begun[up] = true;
        }
      }
    }

    @Override
    public FilterResult tail(Node node, int depth) {
      if (node instanceof Element element && open >= 0 && nodes.get(open) == node) {
        int i = open;
        open = parent[i];
        end[i] = nodes.size();
        if (element.nameIs("a") && element.hasAttr("href")) {
          inLink--;
        }
        if (open >= 0) {
          sum(i, open);
          holds[open] |= holds[i] | kind(element.normalName());
          children[open] += text[i] > 0 ? 1 : 0;
        }
      }
      return FilterResult.CONTINUE;
    }

    private void sum(int i, int into) {
      text[into] += text[i];
      linked[into] += linked[i];
      links[into] += links[i];
      bare[into] += bare[i];
    }
  }

  /// What stands between the parts of a list of links.
  private static final String SEPARATORS = ",;|/\u00b7\u2022\u203a\u00bb>";

  private static int kind(String name) {
    return switch (name) {
      case "h1" -> HEADING | TITLE;
      case "h2", "h3", "h4", "h5", "h6" -> HEADING;
      case "pre" -> PRE;
      case "table" -> TABLE;
      default -> 0;
    };
  }

  /// White space, and characters without width.
  static boolean blank(char c) {
    return c <= ' '
        || c == '\u00a0'
        || c >= '\u2000' && c <= '\u200d'
        || c == '\u00ad'
        || c == '\u2028'
        || c == '\u2029'
        || c == '\u202f'
        || c == '\u3000'
        || c == '\ufeff';
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

  private void grow() {
    int n = 2 * end.length;
    end = Arrays.copyOf(end, n);
    parent = Arrays.copyOf(parent, n);
    text = Arrays.copyOf(text, n);
    linked = Arrays.copyOf(linked, n);
    links = Arrays.copyOf(links, n);
    own = Arrays.copyOf(own, n);
    bare = Arrays.copyOf(bare, n);
    holds = Arrays.copyOf(holds, n);
    children = Arrays.copyOf(children, n);
    leading = Arrays.copyOf(leading, n);
    begun = Arrays.copyOf(begun, n);
  }
}
