package herd.data.html;

import herd.run.TimeLimit;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a page says of itself, in its head and in the data it carries for search engines.
final class Head {
  private static final Pattern DAY = Pattern.compile("(?:19|20)\\d\\d-[01]\\d-[0-3]\\d");
  private static final Pattern PUBLISHED =
      Pattern.compile("\"datePublished\"\\s{0,9}:\\s{0,9}\"([^\"\\\\]{8,40})\"");
  private static final Pattern AUTHOR = Pattern.compile(
      "\"author\"\\s{0,9}:\\s{0,9}\\[?\\s{0,9}\\{[^{}\\[\\]]{0,300}?\"name\"\\s{0,9}:\\s{0,9}"
          + "\"([^\"\\\\]{2,80})\"");
  private static final Pattern LANGUAGE =
      Pattern.compile("[a-zA-Z]{2,3}(?:[-_][a-zA-Z0-9]{2,8}){0,3}");

  private final Tree tree;
  private String title = "";
  private String canonicalUrl = "";
  private String date = "";
  private String author = "";
  private String language = "";

  private Head(Tree tree) {
    this.tree = tree;
  }

  static HtmlText read(Tree tree, String text) {
    var head = new Head(tree);
    head.read();
    return new HtmlText(head.title, head.date, head.author, head.language, head.canonicalUrl, text);
  }

  private void read() {
    var seen = "";
    for (int i = 1; i < tree.size; i++) {
      TimeLimit.heed();
      switch (tree.tag(i)) {
        case HTML -> language = language(tree.attribute(i, "lang"));
        case TITLE -> title = title.isEmpty() ? PlainText.oneLine(content(i)) : title;
        case LINK -> link(i);
        case META -> meta(i);
        case SCRIPT -> data(i);
        case TIME -> seen = seen.isEmpty() ? day(tree.attribute(i, "datetime")) : seen;
        default -> {}
      }
    }
    date = date.isEmpty() ? seen : date;
  }

  private String content(int i) {
    return tree.end[i] > i + 1 && tree.is(i + 1, Tag.TEXT) ? tree.text(i + 1) : "";
  }

  private void link(int i) {
    if (canonicalUrl.isEmpty() && tree.attribute(i, "rel").equals("canonical")) {
      var href = tree.attribute(i, "href").strip();
      boolean address = href.startsWith("http://") || href.startsWith("https://");
      canonicalUrl = address ? href : "";
    }
  }

  private void meta(int i) {
    var name = tree.attribute(i, "property");
    name = name.isEmpty() ? tree.attribute(i, "name") : name;
    name = name.isEmpty() ? tree.attribute(i, "itemprop") : name;
    switch (name.toLowerCase(Locale.ROOT)) {
      case "article:published_time",
          "datepublished",
          "date",
          "dc.date",
          "dc.date.issued",
          "dcterms.created",
          "pubdate",
          "publishdate",
          "publish_date",
          "parsely-pub-date",
          "sailthru.date",
          "og:published_time",
          "citation_publication_date" ->
        date = date.isEmpty() ? day(tree.attribute(i, "content")) : date;
      case "author", "article:author", "dc.creator", "parsely-author", "citation_author" -> {
        var said = PlainText.oneLine(tree.attribute(i, "content"));
        author = author.isEmpty() && !said.startsWith("http") ? said : author;
      }
      case "og:locale", "content-language", "dc.language" ->
        language = language.isEmpty() ? language(tree.attribute(i, "content")) : language;
      default -> {}
    }
  }

  private void data(int i) {
    if (!date.isEmpty() && !author.isEmpty()
        || !tree.attribute(i, "type").toLowerCase(Locale.ROOT).contains("ld+json")) {
      return;
    }
    var json = content(i);
    date = date.isEmpty() ? day(first(PUBLISHED.matcher(json))) : date;
    author = author.isEmpty() ? PlainText.oneLine(first(AUTHOR.matcher(json))) : author;
  }

  private static String first(Matcher found) {
    return found.find() ? found.group(1) : "";
  }

  /// The day in a date, `2024-07-23`; empty if there is none in that form.
  private static String day(String date) {
    var found = DAY.matcher(date);
    return found.find() ? found.group() : "";
  }

  private static String language(String said) {
    var tag = said.strip();
    return LANGUAGE.matcher(tag).matches() ? tag.split("[-_]")[0].toLowerCase(Locale.ROOT) : "";
  }
}
