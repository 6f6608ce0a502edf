package herd.settings;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// A YAML document as a tree whose every node knows its place. Immutable.
public sealed interface Yaml {
  /// Where the node begins, `recipes/tiny.yaml:14:3`, or the option that brought it.
  String place();

  /// What the node is, for messages.
  String describe();

  /// A scalar.
  /// @param text as written, quotes and escapes undone
  /// @param plain whether it stood without quotes, so that it may be a number, a flag or nothing
  record Text(String place, String text, boolean plain) implements Yaml {
    /// Whether it says that there is no value: `null`, `~` or nothing at all.
    boolean isNull() {
      return plain && (text.isEmpty() || text.equals("~") || text.equalsIgnoreCase("null"));
    }

    @Override
    public String describe() {
      return isNull() ? "nothing" : "'" + (text.length() > 60 ? cut(text) : text) + "'";
    }

    private static String cut(String text) {
      return text.substring(0, text.offsetByCodePoints(0, text.codePointCount(0, 60))) + "…";
    }
  }

  /// A sequence.
  record Items(String place, List<Yaml> items) implements Yaml {
    /// Copies the list.
    public Items {
      items = List.copyOf(items);
    }

    /// The same with another item at `index`.
    Items with(int index, Yaml item) {
      var changed = new ArrayList<>(items);
      changed.set(index, item);
      return new Items(place, changed);
    }

    @Override
    public String describe() {
      return "a list of " + items.size();
    }
  }

  /// A mapping.
  /// @param places where each key stands
  record Fields(
      String place, SequencedMap<String, Yaml> fields, SequencedMap<String, String> places)
      implements Yaml {
    /// Copies the maps.
    public Fields {
      fields = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(fields));
      places = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(places));
    }

    /// A mapping without keys.
    public static Fields empty(String place) {
      return new Fields(place, new LinkedHashMap<>(), new LinkedHashMap<>());
    }

    /// The same with `key` set to `value`, in its old position if it has one.
    public Fields with(String key, Yaml value) {
      var changed = new LinkedHashMap<>(fields);
      changed.put(key, value);
      var moved = new LinkedHashMap<>(places);
      moved.put(key, value.place());
      return new Fields(place, changed, moved);
    }

    /// The same without `key`.
    public Fields without(String key) {
      return only(fields.keySet().stream().filter(other -> !other.equals(key)).toList());
    }

    /// The same without the keys that are not in `allowed`.
    Fields only(List<String> allowed) {
      var kept = new LinkedHashMap<>(fields);
      kept.keySet().retainAll(allowed);
      return new Fields(place, kept, places);
    }

    @Override
    public String describe() {
      return "a mapping with " + fields.size() + (fields.size() == 1 ? " key" : " keys");
    }
  }
}
