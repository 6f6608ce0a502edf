package herd.data.source;

import java.util.Map;

/// What became of an item.
public sealed interface Loaded {
  /// A document.
  /// @param url empty if unknown
  /// @param source archive or site
  /// @param kind `page` for HTML, `code`, `text`
  /// @param group what must not be split between training and hold-out
  /// @param title empty if unknown
  /// @param date ISO form, empty if unknown
  /// @param language code, empty if unknown
  /// @param file as the user named it
  /// @param offset of the document in its file: bytes, or number of the entry or row from 0
  /// @param digest `sha1:…` as the file says, or `xxh3:…` of the bytes as read
  /// @param metadata what else is known
  record Document(
      String url,
      String source,
      String kind,
      String group,
      String title,
      String text,
      String date,
      String language,
      String file,
      long offset,
      String digest,
      Map<String, String> metadata)
      implements Loaded {}

  /// None.
  /// @param reason in kebab case
  record Unreadable(String reason) implements Loaded {}
}
