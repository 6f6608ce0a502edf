package herd.data.html;

/// MathML written as TeX, where a page gives no TeX of its own.
final class MathMl {
  private final Tree tree;
  private final StringBuilder out = new StringBuilder();

  private MathMl(Tree tree) {
    this.tree = tree;
  }

  /// The formula below `math` on one line.
  static String tex(Tree tree, int math) {
    var writer = new MathMl(tree);
    writer.children(math);
    return writer.out.toString().strip();
  }

  private void children(int i) {
    for (int child = i + 1; child < tree.end[i]; child = tree.end[child]) {
      node(child);
    }
  }

  private void node(int i) {
    switch (tree.tag(i)) {
      case TEXT -> out.append(tree.text(i).strip());
      case ANNOTATION -> {}
      case MSUP -> parts(i, "^");
      case MSUB -> parts(i, "_");
      case MSUBSUP, MUNDEROVER -> parts(i, "_", "^");
      case MOVER -> parts(i, "^");
      case MUNDER -> parts(i, "_");
      case MFRAC -> {
        out.append("\\frac");
        grouped(i);
      }
      case MSQRT -> {
        out.append("\\sqrt{");
        children(i);
        out.append('}');
      }
      case MROOT -> root(i);
      case MFENCED -> {
        out.append('(');
        children(i);
        out.append(')');
      }
      case MTR -> {
        children(i);
        out.append(" \\\\ ");
      }
      case MTD -> {
        children(i);
        out.append(" & ");
      }
      case MSPACE -> out.append(' ');
      default -> children(i);
    }
  }

  /// The first part, and each further one in braces after its mark.
  private void parts(int i, String... marks) {
    int part = 0;
    for (int child = i + 1; child < tree.end[i]; child = tree.end[child]) {
      if (tree.is(child, Tag.TEXT)) {
        continue;
      }
      if (part == 0 || part > marks.length) {
        node(child);
      } else {
        out.append(marks[part - 1]);
        int from = out.length();
        node(child);
        if (out.length() != from + 1) {
          out.insert(from, '{').append('}');
        }
      }
      part++;
    }
  }

  private void grouped(int i) {
    for (int child = i + 1; child < tree.end[i]; child = tree.end[child]) {
      if (!tree.is(child, Tag.TEXT)) {
        out.append('{');
        node(child);
        out.append('}');
      }
    }
  }

  private void root(int i) {
    int radicand = -1;
    int index = -1;
    for (int child = i + 1; child < tree.end[i]; child = tree.end[child]) {
      if (!tree.is(child, Tag.TEXT)) {
        index = radicand < 0 ? -1 : child;
        radicand = radicand < 0 ? child : radicand;
      }
    }
    out.append("\\sqrt");
    if (index >= 0) {
      out.append('[');
      node(index);
      out.append(']');
    }
    if (radicand >= 0) {
      out.append('{');
      node(radicand);
      out.append('}');
    }
  }
}
