package herd.data.source;

import java.nio.charset.StandardCharsets;
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
  /// @param page a page's text as UTF-8, where it is at hand so and not as a string; else null
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
      Map<String, String> metadata,
      byte[] page)
      implements Loaded {
    /// A document whose text is at hand as a string.
    public Document(
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
        Map<String, String> metadata) {
      this(
          url, source, kind, group, title, text, date, language, file, offset, digest, metadata,
          null);
    }

    /// The text, decoded anew by each call where it is at hand as bytes.
    @Override
    public String text() {
      return page == null ? text : new String(page, StandardCharsets.UTF_8);
    }
  }

  /// None.
  /// @param reason in kebab case
  record Unreadable(String reason) implements Loaded {}
}
