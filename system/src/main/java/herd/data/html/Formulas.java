package herd.data.html;

import java.util.Locale;

/// Formulas as TeX, wherever a page keeps it: in scripts that MathJax reads, in annotations and
/// alternative texts of MathML, in the alternative text of pictures; else MathML is written as TeX.
final class Formulas {
  private final Tree tree;
  private final Measures page;

  Formulas(Measures page) {
    this.page = page;
    this.tree = page.tree;
  }

  /// The formula that stands at a node, null if there is none; empty for what only shows one again.
  String at(int i, Tag tag) {
    return switch (tag) {
      case MATH -> math(i);
      case SCRIPT -> script(i);
      case IMG -> picture(i);
      default -> null;
    };
  }

  private String script(int i) {
    var type = tree.attribute(i, "type").toLowerCase(Locale.ROOT);
    if (!type.startsWith("math/tex") && !type.startsWith("math/asciimath")) {
      return null;
    }
    var tex = tree.end[i] > i + 1 ? tree.text(i + 1).strip() : "";
    return type.contains("mode=display") ? "\n" + tex + "\n" : tex;
  }

  private String math(int i) {
    var said = tree.attribute(i, "alttext").strip();
    for (int j = i + 1; j < tree.end[i] && said.isEmpty(); j++) {
      if (tree.is(j, Tag.ANNOTATION)
          && tree.attribute(j, "encoding").toLowerCase(Locale.ROOT).contains("tex")) {
        var tex = new StringBuilder();
        for (int k = j + 1; k < tree.end[j]; k++) {
          tex.append(tree.is(k, Tag.TEXT) ? tree.text(k) : "");
        }
        said = tex.toString().strip();
      }
    }
    return said.isEmpty() ? MathMl.tex(tree, i) : said;
  }

  /// The alternative text of a picture, if it is TeX.
  private String picture(int i) {
    var alt = tree.attribute(i, "alt").strip();
    if (alt.isEmpty() || page.out[i]) {
      return null;
    }
    var name = tree.attribute(i, "class") + " " + tree.attribute(i, "src");
    boolean formula = name.contains("latex")
        || name.contains("mwe-math")
        || name.contains("tex")
            && (alt.indexOf('\\') >= 0 || alt.indexOf('^') >= 0 || alt.indexOf('_') >= 0)
        || alt.startsWith("$") && alt.endsWith("$") && alt.length() > 2
        || alt.startsWith("{\\displaystyle")
        || alt.startsWith("\\(")
        || alt.startsWith("\\[");
    return formula ? alt : null;
  }
}
