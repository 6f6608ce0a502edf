package herd.data.html;

/// What the head of a page says of it.
/// @param title empty if there is none
/// @param canonicalUrl empty if there is none
record Head(String title, String canonicalUrl) {
  static Head of(Tree tree) {
    var title = "";
    var canonical = "";
    for (int i = 1; i < tree.size; i++) {
      switch (tree.tag(i)) {
        case TITLE -> title = title.isEmpty() ? title(tree, i) : title;
        case LINK -> {
          if (canonical.isEmpty() && tree.attribute(i, "rel").equals("canonical")) {
            canonical = address(tree.attribute(i, "href").strip());
          }
        }
        case BODY -> i = tree.size;
        default -> {}
      }
    }
    return new Head(title, canonical);
  }

  private static String title(Tree tree, int i) {
    var words = tree.end[i] > i + 1 ? tree.text(i + 1) : "";
    var title = new StringBuilder();
    for (int k = 0; k < words.length(); k++) {
      char c = words.charAt(k);
      if (!PlainText.blank(c)) {
        title.append(c);
      } else if (!title.isEmpty() && title.charAt(title.length() - 1) != ' ') {
        title.append(' ');
      }
    }
    return title.toString().stripTrailing();
  }

  private static String address(String href) {
    return href.startsWith("http://") || href.startsWith("https://") ? href : "";
  }
}
