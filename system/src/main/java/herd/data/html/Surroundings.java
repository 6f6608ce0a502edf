package herd.data.html;

import herd.run.TimeLimit;
/// Leaves out what surrounds the content of a page and what stands in it without belonging to it:
/// by what elements are, by how they are named, by their share of links, and by what short lines
/// say. Nothing here knows a site or a generator.

final class Surroundings {
  /// Characters from which a part about authors is more than their portrait.
  private static final int LONGEST_PERSON = 1000;

  private final Tree tree;
  private final Measures page;
  private final PageIndex index;

  /// Characters outside links in the whole page.
  private int all;

  /// Whether names decide as long as half of the page stays; else only a fifth may go by its name.
  private boolean strict;

  Surroundings(Measures page) {
    this.page = page;
    this.tree = page.tree;
    this.index = new PageIndex(page);
  }

  /// @param file last part of the page's address
  void leaveOut(boolean strictly, String file) {
    strict = strictly;
    all = Math.max(1, page.plain(0));
    page.names.nextPage();
    index.find(file);
    for (int i = 1; i < tree.size; i++) {
      TimeLimit.heed();
      if (page.out[i] || page.text[i] == 0) {
        i = page.out[i] ? tree.end[i] - 1 : i;
      } else if (!tree.is(i, Tag.TEXT) && isOut(i)) {
        page.out[i] = true;
        i = tree.end[i] - 1;
      }
    }
  }

  private boolean isOut(int i) {
    var tag = tree.tag(i);
    return switch (tag) {
      case BODY, HTML, MAIN -> false;
      case FIGCAPTION -> true;
      case ARTICLE -> false;
      case H1 -> (page.says[i] & Names.COMMENTS) != 0 && page.text[i] < 80;
      case H2, H3, H4, H5, H6 ->
        (page.says[i] & Names.COMMENTS) != 0 && page.text[i] < 80 || saysIt(i, tag);
      default ->
        byElement(i, tag)
            || saysIt(i, tag)
            || byName(i, tag)
            || index.lists(i)
            || (page.isAboutCode()
                ? isListOfLinks(i, tag)
                : isNote(i, tag) || isBoxOfLinks(i, tag) || isLinks(i, tag));
    };
  }

  private boolean byElement(int i, Tag tag) {
    int plain = page.plain(i);
    return switch (tag) {
      case FOOTER, ASIDE -> 2L * plain < all;
      case HEADER -> !holds(i, Measures.TITLE) && !page.inside(i, Tag.ARTICLE, Tag.MAIN);
      case FORM -> 4L * plain < all && !holds(i, Measures.PARAGRAPH);
      case P -> page.links[i] > 0 && 4L * page.linked[i] > 3L * page.text[i];
      default -> false;
    };
  }

  private boolean holds(int i, int kind) {
    return (page.holds[i] & kind) != 0;
  }

  /// Short lines that invite, credit or date.
  private boolean saysIt(int i, Tag tag) {
    if (page.text[i] > 90 || page.isAboutCode()) {
      return false;
    }
    boolean line =
        switch (tag) {
          case P, DIV, LI, ADDRESS, UL, H2, H3, H4, H5, H6 -> true;
          default -> page.block[i] == i;
        };
    if (!line || tag == Tag.TR || tag == Tag.TD || tag == Tag.TH || tag == Tag.PRE) {
      return false;
    }
    var words = page.line(i);
    boolean sentence = words.length() > 60 && words.endsWith(".") && page.linked[i] == 0;
    return !sentence && Phrases.STANDARD.match(words)
        || page.text[i] <= 45
            && !tag.isHeading()
            && tag != Tag.LI
            && page.block[i] == i
            && Phrases.isDate(words);
  }

  /// A short paragraph that is set apart as a whole and points elsewhere.
  private boolean isNote(int i, Tag tag) {
    if (tag != Tag.P || page.text[i] >= 250 || 100L * page.linked[i] <= 28L * page.text[i]) {
      return false;
    }
    int apart = 0;
    for (int j = i + 1; j < tree.end[i]; j++) {
      switch (tree.tag(j)) {
        case EM, I, STRONG, B -> {
          apart += page.text[j];
          j = tree.end[j] - 1;
        }
        default -> {}
      }
    }
    return 10L * apart >= 9L * page.text[i];
  }

  /// A box of a few words, many of them links.
  private boolean isBoxOfLinks(int i, Tag tag) {
    int plain = page.plain(i);
    return (tag == Tag.DIV || tag == Tag.SECTION)
        && page.text[i] < 400
        && (page.says[i] & Names.CONTENT) == 0
        && plain < 200
        && 5L * plain < all
        && 100L * page.linked[i] >= 30L * page.text[i]
        && !holds(i, Measures.TITLE | Measures.PRE)
        && page.longestRun(i) < 80;
  }

  private boolean byName(int i, Tag tag) {
    int says = page.says[i];
    int plain = page.plain(i);
    if (page.isAboutCode()) {
      return (says & Names.ALWAYS) != 0
          && 2L * page.text[i] < page.text[0]
          && canSurround(tag)
          && !holds(i, Measures.HEADING);
    }
    if (says == 0 || holds(i, Measures.TITLE)) {
      return false;
    }
    if ((says & Names.PERSON) != 0 && plain >= LONGEST_PERSON) {
      return false;
    }
    if ((says & Names.SURROUNDING) != 0) {
      if ((says & Names.LEAD) != 0 && 4L * page.linked[i] < page.text[i] && page.text[i] > 60) {
        return false;
      }
      boolean comments = (says & Names.COMMENTS) != 0
          && strict
          && all - plain >= 300
          && 15L * (all - plain) >= all;
      boolean few = strict
          ? 2L * plain < all || (says & Names.CONTENT) == 0 && 4L * plain < 3L * all
          : 5L * plain < all;
      if (comments || few) {
        return true;
      }
      page.excuse(i);
    }
    return (says & Names.HIDDEN) != 0 && 5L * plain < all
        || (says & Names.PICTURE) != 0
            && page.text[i] < 250
            && tag != Tag.P
            && page.longestRun(i) < 180
        || (says & Names.ABOUT) != 0 && plain < 120 && (says & Names.CONTENT) == 0;
  }

  private static boolean canSurround(Tag tag) {
    return switch (tag) {
      case DIV, UL, OL, P, SECTION, ASIDE, TABLE, FORM, DL, SPAN, FOOTER -> true;
      default -> false;
    };
  }

  private boolean isLinks(int i, Tag tag) {
    int plain = page.plain(i);
    return (tag.isBlock() || tag == Tag.SPAN || tag == Tag.OTHER)
        && page.links[i] >= 1
        && 10L * page.linked[i] > 7L * page.text[i]
        && (plain < 150 || 5L * plain < all && 100L * page.linked[i] > 85L * page.text[i])
        && !holds(i, Measures.TITLE)
        && !page.inside(i, Tag.P)
        && (tag != Tag.P || page.links[i] >= 3);
  }

  /// Lists of links on a page about code: containers that are little else.
  private boolean isListOfLinks(int i, Tag tag) {
    boolean container =
        switch (tag) {
          case UL, OL, TABLE, DIV, SECTION, P -> true;
          default -> false;
        };
    return container
        && 4L * page.linked[i] > 3L * page.text[i]
        && !holds(i, Measures.TITLE)
        && (page.links[i] >= 3 && page.bare[i] == 0
            || page.links[i] >= 5 && (10L * page.bare[i] <= page.text[i] || rowsOfLinks(i)))
        && !page.inside(i, Tag.DL, Tag.TABLE, Tag.PRE);
  }

  /// Whether most parts of a node are mostly links, each a block of its own.
  private boolean rowsOfLinks(int i) {
    int parts = 0;
    int rows = 0;
    for (int child = i + 1; child < tree.end[i]; child = tree.end[child]) {
      if (page.text[child] > 0) {
        boolean mostly = 4L * page.linked[child] > 3L * page.text[child];
        parts++;
        rows += tree.tag(child).isBlock() && mostly ? 1 : 0;
      }
    }
    return 10L * rows >= 6L * parts;
  }
}
