package herd.data.source;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.SortedMap;

/// Documents in rows: of the values, those whose names are known become what they say, the others
/// metadata.
final class Rows {
  private Rows() {}

  /// @param values by name; those that are used are taken out
  /// @param place of the row, for want of an id
  /// @param bytes what the row's digest is of
  static Loaded document(
      SortedMap<String, String> values,
      Reading reading,
      Path file,
      String place,
      long offset,
      byte[] bytes) {
    var name = take(values, "id", place);
    var text = values.remove(reading.textKey());
    boolean page = text == null;
    text = page && reading.html() ? values.remove("html") : text;
    if (text == null) {
      return new Loaded.Unreadable("no-text");
    }
    return new Loaded.Document(
        take(values, "url", name),
        take(values, "source", file.getFileName().toString()),
        take(values, "kind", page ? "page" : "text"),
        take(values, "group", name),
        take(values, "title", ""),
        whole(text),
        take(values, "date", ""),
        take(values, "language", ""),
        take(values, "file", file.toString()),
        offset(values, offset),
        values.containsKey("digest") ? values.remove("digest") : FileBytes.digest(bytes),
        values);
  }

  /// Rows that Herd wrote know where their document stood.
  private static long offset(SortedMap<String, String> values, long here) {
    var given = values.get("offset");
    if (given == null || !given.matches("\\d{1,18}")) {
      return here;
    }
    values.remove("offset");
    return Long.parseLong(given);
  }

  private static String take(SortedMap<String, String> values, String key, String otherwise) {
    var value = values.remove(key);
    return value == null || value.isEmpty() ? otherwise : value;
  }

  /// A text whose halves of surrogate pairs become U+FFFD.
  static String whole(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Character.isSurrogate(c)) {
        continue;
      }
      boolean pair = Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1));
      if (!pair) {
        return new String(text.getBytes(StandardCharsets.UTF_16BE), StandardCharsets.UTF_16BE);
      }
      i++;
    }
    return text;
  }
}
