package herd.data;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/// One document on its way from a source to the training mix. Immutable: a step that changes it
/// makes a new one. A page may be at hand as the bytes that were sent; its text is decoded when it
/// is first asked for.
public final class Doc {
  private final String id;
  private final String url;
  private final String source;
  private final String kind;
  private final String group;
  private final String title;
  private final String date;
  private final String language;
  private final Origin origin;
  private final Map<String, String> metadata;

  /// Never both null; any thread that finds none makes the same text of the bytes.
  private String text;

  private final byte[] utf8;
  private long bytes;

  /// Where the bytes of a document stand.
  /// @param file as the user named it, empty if unknown
  /// @param offset of the document in it: bytes, or the number of the row or entry from 0
  /// @param digest of the document's bytes as they were read, `sha1:…` or `xxh3:…`
  public record Origin(String file, long offset, String digest) {
    /// Of documents that were made and not read.
    public static final Origin NONE = new Origin("", 0, "");
  }

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
  public Doc(
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
    this(id, url, source, kind, group, title, text, null, -1, date, language, origin, metadata);
  }

  private Doc(
      String id,
      String url,
      String source,
      String kind,
      String group,
      String title,
      String text,
      byte[] utf8,
      long bytes,
      String date,
      String language,
      Origin origin,
      Map<String, String> metadata) {
    this.id = id;
    this.url = url;
    this.source = source;
    this.kind = kind;
    this.group = group;
    this.title = title;
    this.text = text;
    this.utf8 = utf8;
    this.bytes = bytes;
    this.date = date;
    this.language = language;
    this.origin = origin;
    this.metadata = metadata.size() > 1
        ? Collections.unmodifiableMap(new TreeMap<>(metadata))
        : Map.copyOf(metadata);
  }

  /// A document of which no more is known.
  public Doc(
      String id, String url, String source, String kind, String group, String title, String text) {
    this(id, url, source, kind, group, title, text, "", "", Origin.NONE, Map.of());
  }

  /// A page as it was sent.
  /// @param utf8 its bytes, valid UTF-8, which nobody changes
  /// @param rest what else is known of it; its text does not count
  static Doc ofPage(byte[] utf8, Doc rest) {
    return new Doc(
        rest.id,
        rest.url,
        rest.source,
        rest.kind,
        rest.group,
        rest.title,
        null,
        utf8,
        utf8.length,
        rest.date,
        rest.language,
        rest.origin,
        rest.metadata);
  }

  /// See [Doc].
  public String id() {
    return id;
  }

  /// See [Doc].
  public String url() {
    return url;
  }

  /// See [Doc].
  public String source() {
    return source;
  }

  /// See [Doc].
  public String kind() {
    return kind;
  }

  /// See [Doc].
  public String group() {
    return group;
  }

  /// See [Doc].
  public String title() {
    return title;
  }

  /// See [Doc].
  public String text() {
    var known = text;
    if (known == null) {
      known = new String(utf8, StandardCharsets.UTF_8);
      text = known;
    }
    return known;
  }

  /// The text in UTF-8, where it is at hand so; else null. Nobody changes it.
  byte[] utf8() {
    return utf8;
  }

  /// Bytes of the text in UTF-8.
  long bytes() {
    long known = bytes;
    if (known < 0) {
      known = Tally.utf8Length(text);
      bytes = known;
    }
    return known;
  }

  /// Whether the text is that of another document.
  boolean hasTextOf(Doc other) {
    return utf8 != null && utf8 == other.utf8
        || bytes() == other.bytes() && text().equals(other.text());
  }

  /// See [Doc].
  public String date() {
    return date;
  }

  /// See [Doc].
  public String language() {
    return language;
  }

  /// See [Doc].
  public Origin origin() {
    return origin;
  }

  /// See [Doc].
  public Map<String, String> metadata() {
    return metadata;
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
    return new Doc(
        id, url, source, kind, group, title, text, utf8, bytes, date, code, origin, metadata);
  }

  /// The same document as another kind.
  public Doc withKind(String newKind) {
    return new Doc(id, url, source, newKind, group, title, text, date, language, origin, metadata);
  }

  /// The same document with `key` in its metadata set to `value`.
  public Doc with(String key, String value) {
    var more = new TreeMap<>(metadata);
    more.put(key, value);
    return new Doc(
        id, url, source, kind, group, title, text, utf8, bytes, date, language, origin, more);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Doc doc
        && id.equals(doc.id)
        && url.equals(doc.url)
        && source.equals(doc.source)
        && kind.equals(doc.kind)
        && group.equals(doc.group)
        && title.equals(doc.title)
        && date.equals(doc.date)
        && language.equals(doc.language)
        && origin.equals(doc.origin)
        && metadata.equals(doc.metadata)
        && text().equals(doc.text());
  }

  @Override
  public int hashCode() {
    return Objects.hash(id, url, text());
  }

  @Override
  public String toString() {
    return id + " (" + kind + ", " + bytes() + " bytes): " + Tally.start(text(), 100);
  }
}
