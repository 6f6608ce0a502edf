package herd.data.html;

/// What a web page says, without what surrounds it (paper, section 3.1.1): navigation, bars, search
/// boxes, comments, lists of links and indices of the page itself are left out by general rules;
/// headings, paragraphs, list items and rows of tables become lines, cells are separated by tabs,
/// code keeps its indentation and blank lines, formulas are TeX. Plain text, without marks.
/// @param title of the page, empty if it has none
/// @param date day of publication, `2024-07-23`, empty if the page names none in that form
/// @param author empty if the page names none
/// @param language code of two or three letters that the page gives itself, empty if it gives none
/// @param canonicalUrl the address that the page gives itself, empty if it gives none
/// @param text empty if nothing is left
public record HtmlText(
    String title, String date, String author, String language, String canonicalUrl, String text) {
  /// Of a page with more elements than are read, half a million.
  public static final HtmlText TOO_MANY_ELEMENTS = new HtmlText("", "", "", "", "", "");

  /// Reads one page; [Extractor] reads many faster.
  /// @param html decoded ([Decoding])
  /// @param url where the page stands; its last part tells which links lead to the page itself
  public static HtmlText of(String html, String url) {
    return new Extractor().read(html, url);
  }
}
