package herd.data;

/// One document on its way from a source to the training mix. Immutable: a step that changes it
/// makes a new one.
/// @param id stable name: archive and entry,
/// `guava-33.4.0-jre-javadoc.jar!/com/google/common/base/Joiner.html`
/// @param url where it stood on the web, or the same as `id`
/// @param source archive or site it came from, `guava-33.4.0-jre`
/// @param kind `page` or `code`
/// @param group what must not be split between training and hold-out: the top-level class,
/// `com.google.common.base.Joiner`
/// @param title of the page, or the file's name
/// @param text plain text, or source code as it stands
public record Doc(
    String id, String url, String source, String kind, String group, String title, String text) {
  /// The same document with another text.
  public Doc withText(String newText) {
    return new Doc(id, url, source, kind, group, title, newText);
  }
}
