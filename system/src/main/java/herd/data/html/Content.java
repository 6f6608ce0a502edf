package herd.data.html;

import herd.run.TimeLimit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Where the content of a page is: the smallest part that holds most of the running text, and what
/// goes with it, a lead before it and further parts beside it.
final class Content {
  /// Characters of a block from which it counts as running text.
  private static final int RUNNING = 40;

  /// Levels that are looked up for the article around the text.
  private static final int LEVELS = 10;

  private final Tree tree;
  private final Measures page;
  private final Formulas formulas;
  private int[] weight = new int[0];
  private final Set<String> lines = new HashSet<>();

  /// The part that is content, with what is left out of it marked in [Measures#out].
  private int root;

  /// Nodes before it that belong to it: the title and the lead.
  private final List<Integer> before = new ArrayList<>();

  Content(Measures page) {
    this.page = page;
    this.tree = page.tree;
    this.formulas = new Formulas(page);
  }

  int root() {
    return root;
  }

  List<Integer> before() {
    return before;
  }

  void find() {
    before.clear();
    if (page.isAboutCode()) {
      root = whole();
      tidy();
    } else {
      weigh();
      root = widened(heaviest());
      tidy();
      lead();
    }
  }

  /// On a page about code, whose parts are short: the one main element or article that holds
  /// most of the text, else the page.
  private int whole() {
    int found = 0;
    int mains = 0;
    int article = 0;
    int articles = 0;
    for (int i = 1; i < tree.size; i++) {
      if (tree.is(i, Tag.MAIN)) {
        found = i;
        mains++;
      } else if (tree.is(i, Tag.ARTICLE)) {
        article = i;
        articles++;
      }
    }
    if (articles == 1 && 2L * page.text[article] > page.text[0]) {
      return article;
    }
    return mains == 1 && 2L * page.text[found] > page.text[0] ? found : 0;
  }

  private void weigh() {
    int n = tree.size;
    if (weight.length < n) {
      weight = new int[n + n / 2];
    }
    Arrays.fill(weight, 0, n, 0);
    for (int i = 1; i < n; i++) {
      if (page.out[i]) {
        i = tree.end[i] - 1;
      } else if (page.block[i] == i && !tree.is(i, Tag.TEXT)) {
        int own = page.run[i] - page.runLinked[i];
        weight[i] = own >= RUNNING && 2 * page.runLinked[i] < page.run[i] ? own : 0;
      }
    }
    for (int i = n - 1; i > 0; i--) {
      weight[tree.parent[i]] += page.out[i] ? 0 : weight[i];
    }
  }

  /// Goes down from the page as long as one part holds four fifths of the running text.
  private int heaviest() {
    int node = 0;
    while (true) {
      int best = -1;
      for (int child = node + 1; child < tree.end[node]; child = tree.end[child]) {
        boolean part = !page.out[child] && !tree.is(child, Tag.TEXT);
        if (part && (best < 0 || rank(child) > rank(best))) {
          best = child;
        }
      }
      if (best < 0
          || weight[best] == 0
          || 5L * weight[best] < 4L * weight[node]
          || isText(tree.tag(best))) {
        return node;
      }
      node = best;
    }
  }

  /// A name that says otherwise makes a part lighter.
  private int rank(int i) {
    if ((page.says[i] & Names.SURROUNDING) == 0) {
      return weight[i];
    }
    return weight[i] / ((page.says[i] & Names.CONTENT) == 0 ? 5 : 3);
  }

  private static boolean isText(Tag tag) {
    return switch (tag) {
      case P, LI, BLOCKQUOTE, TR, PRE -> true;
      default -> tag.isHeading();
    };
  }

  private boolean isArticle(int i) {
    return tree.is(i, Tag.ARTICLE) || tree.is(i, Tag.MAIN);
  }

  /// The article around the heaviest part; what stands beside that part and is not text is left
  /// out.
  private int widened(int part) {
    int top = part == 0 ? -1 : article(part);
    if (top < 0 || tree.is(top, Tag.HTML)) {
      return part;
    }
    for (int path = part; path != top; path = tree.parent[path]) {
      int above = tree.parent[path];
      for (int i = above + 1; i < tree.end[above]; i = tree.end[i]) {
        if (i != path && !page.out[i] && page.text[i] > 0 && !belongs(i, path)) {
          page.out[i] = true;
        }
      }
    }
    return top;
  }

  private boolean belongs(int i, int path) {
    boolean prose = 4L * page.linked[i] < page.text[i];
    return i > path
        ? page.plain(i) >= 150 && prose
        : tree.tag(i).isHeading()
            || (page.holds[i] & Measures.TITLE) != 0
            || weight[i] >= RUNNING && prose;
  }

  /// The node up to which the content reaches; -1 if the part is all.
  private int article(int part) {
    if (isArticle(part)) {
      return hasEqualsBeside(part) ? tree.parent[part] : -1;
    }
    int level = 0;
    for (int up = tree.parent[part]; up > 0 && level < LEVELS; up = tree.parent[up]) {
      if (tree.is(up, Tag.BODY) || tree.is(up, Tag.HTML)) {
        break;
      }
      if (isArticle(up) || hasTitleBefore(up, part)) {
        return up;
      }
      level++;
    }
    int above = tree.parent[part];
    if (above <= 0) {
      return -1;
    }
    return tree.parent[above] > 0 && !tree.is(above, Tag.BODY) ? tree.parent[above] : above;
  }

  private boolean hasEqualsBeside(int part) {
    int above = tree.parent[part];
    if (above <= 0) {
      return false;
    }
    long more = 0;
    for (int i = above + 1; i < tree.end[above]; i = tree.end[i]) {
      boolean equal = i != part && !page.out[i] && tree.tag[i] == tree.tag[part];
      if (equal && page.plain(i) >= 150 && 4L * page.linked[i] < page.text[i]) {
        more += page.plain(i);
      }
    }
    return 5 * more > page.text[part];
  }

  private boolean hasTitleBefore(int from, int part) {
    for (int i = from + 1; i < part; i++) {
      if (page.out[i]) {
        i = tree.end[i] - 1;
      } else if (tree.is(i, Tag.H1)) {
        return true;
      }
    }
    return false;
  }

  /// Leaves out headings whose content is left out, and lines that stood before.
  private void tidy() {
    var waiting = new ArrayList<Integer>();
    boolean gap = false;
    lines.clear();
    for (int i = root; i < tree.end[root]; i++) {
      TimeLimit.heed();
      if (page.out[i]) {
        gap |= page.text[i] > 0;
        i = tree.end[i] - 1;
      } else if (tree.tag(i).isHeading() && page.text[i] > 0 && page.text[i] < 200) {
        int level = tree.tag(i).ordinal();
        while (gap && !waiting.isEmpty() && tree.tag(waiting.getLast()).ordinal() >= level) {
          drop(waiting.removeLast());
        }
        waiting.add(i);
        gap = false;
        i = tree.end[i] - 1;
      } else if (tree.is(i, Tag.TEXT) && page.text[i] > 0) {
        waiting.clear();
        gap = false;
      } else if (isRepeated(i)) {
        page.out[i] = true;
        i = tree.end[i] - 1;
      }
    }
    waiting.forEach(this::drop);
  }

  private void drop(int heading) {
    if (!tree.is(heading, Tag.H1)) {
      page.out[heading] = true;
    }
  }

  private boolean isRepeated(int i) {
    return !page.isAboutCode()
        && page.block[i] == i
        && page.run[i] == page.text[i]
        && page.text[i] >= 25
        && (page.holds[i] & Measures.PRE) == 0
        && !tree.is(i, Tag.PRE)
        && !page.inside(i, Tag.TABLE, Tag.PRE)
        && !holdsFormula(i)
        && !lines.add(page.line(i));
  }

  private boolean holdsFormula(int i) {
    for (int j = i + 1; j < tree.end[i]; j++) {
      if (formulas.at(j, tree.tag(j)) != null) {
        return true;
      }
    }
    return false;
  }

  /// The last title before the content, and running text between the two.
  private void lead() {
    int title = -1;
    for (int i = 1; i < root; i++) {
      if (page.out[i]) {
        i = tree.end[i] - 1;
      } else if (tree.is(i, Tag.H1) && tree.end[i] <= root) {
        title = i;
      }
    }
    if (title < 0) {
      return;
    }
    before.add(title);
    for (int i = tree.end[title]; i < root; i++) {
      if (page.out[i]) {
        i = tree.end[i] - 1;
      } else if (tree.end[i] <= root
          && page.block[i] == i
          && page.run[i] >= RUNNING + 10
          && 4 * page.runLinked[i] < page.run[i]) {
        before.add(i);
        i = tree.end[i] - 1;
      }
    }
  }
}
