package herd.data.html;

import java.util.Locale;

/// Formulas as TeX, wherever a page keeps it: in scripts that MathJax reads, in annotations and
/// alternative texts of MathML, in the alternative text of pictures; else MathML is written as TeX.
final class Formulas {
  private static final String SIZED = "{\\displaystyle";

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
      case SPAN -> page.out[i] ? hidden(i) : null;
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
    return said.isEmpty() ? MathMl.tex(tree, i) : bare(said);
  }

  /// MathML that is there for those who cannot see the picture beside it.
  private String hidden(int i) {
    return i + 1 < tree.end[i] && tree.is(i + 1, Tag.MATH) ? math(i + 1) : null;
  }

  /// Without the braces that only choose a size.
  private static String bare(String tex) {
    boolean sized = tex.startsWith(SIZED) && tex.endsWith("}");
    return sized ? tex.substring(SIZED.length(), tex.length() - 1).strip() : tex;
  }

  /// The alternative text of a picture, if it is TeX.
  private String picture(int i) {
    var alt = tree.attribute(i, "alt").strip();
    if (alt.isEmpty() || page.out[i]) {
      return null;
    }
    var kind = tree.attribute(i, "class");
    var name = kind + " " + tree.attribute(i, "src");
    boolean formula = name.contains("latex")
        || kind.contains("mwe-math")
        || kind.equals("math")
        || name.contains("tex")
            && (alt.indexOf('\\') >= 0 || alt.indexOf('^') >= 0 || alt.indexOf('_') >= 0)
        || alt.startsWith("$") && alt.endsWith("$") && alt.length() > 2
        || alt.startsWith(SIZED)
        || alt.startsWith("\\(")
        || alt.startsWith("\\[");
    return formula ? bare(alt) : null;
  }
}
