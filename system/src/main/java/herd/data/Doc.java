package herd.data;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/// One document on its way from a source to the training mix. Immutable: a step that changes it
/// makes a new one.
/// @param id stable name: archive and entry,
/// `guava-33.4.0-jre-javadoc.jar!/com/google/common/base/Joiner.html`
/// @param url where it stood on the web, or the same as `id`
/// @param source archive or site it came from, `guava-33.4.0-jre`
/// @param kind `page` (its text is HTML until a step extracts it), `code`, or `text`
/// @param group what must not be split between training and hold-out: the top-level class,
/// `com.google.common.base.Joiner`
/// @param title of the page, or the file's name
/// @param text plain text, or source code as it stands
/// @param date when it was fetched or published, in ISO form (`2024-07-23` or with a time,
/// `2024-07-23T10:00:00Z`), empty if unknown
/// @param language code of its language, `de`, empty if unknown
/// @param origin where its bytes stand
/// @param metadata what else is known of it, by name: scores and labels of steps, headers
public record Doc(
    String id,
    String url,
    String source,
    String kind,
    String group,
    String title,
    String text,
    String date,
    String language,
    Origin origin,
    Map<String, String> metadata) {
  /// Where the bytes of a document stand.
  /// @param file as the user named it, empty if unknown
  /// @param offset of the document in it: bytes, or the number of the row or entry from 0
  /// @param digest of the document's bytes as they were read, `sha1:…` or `xxh3:…`
  public record Origin(String file, long offset, String digest) {
    /// Of documents that were made and not read.
    public static final Origin NONE = new Origin("", 0, "");
  }

  public Doc {
    if (metadata.size() > 1) {
      metadata = Collections.unmodifiableMap(new TreeMap<>(metadata));
    } else {
      metadata = Map.copyOf(metadata);
    }
  }

  /// A document of which no more is known.
  public Doc(
      String id, String url, String source, String kind, String group, String title, String text) {
    this(id, url, source, kind, group, title, text, "", "", Origin.NONE, Map.of());
  }

  /// What a name means that a setting can sort documents by: `kind`, `source`, `language`, or else
  /// a name in the metadata; empty if it is not known.
  public String field(String name) {
    return switch (name) {
      case "kind" -> kind;
      case "source" -> source;
      case "language" -> language;
      default -> metadata.getOrDefault(name, "");
    };
  }

  /// The same document with another text.
  public Doc withText(String newText) {
    return new Doc(id, url, source, kind, group, title, newText, date, language, origin, metadata);
  }

  /// The same document in another language.
  public Doc withLanguage(String code) {
    return new Doc(id, url, source, kind, group, title, text, date, code, origin, metadata);
  }

  /// The same document as another kind.
  public Doc withKind(String newKind) {
    return new Doc(id, url, source, newKind, group, title, text, date, language, origin, metadata);
  }

  /// The same document with `key` in its metadata set to `value`.
  public Doc with(String key, String value) {
    var more = new TreeMap<>(metadata);
    more.put(key, value);
    return new Doc(id, url, source, kind, group, title, text, date, language, origin, more);
  }
}
