package herd.settings;

import herd.engine.UserError;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/// Changes single values of a tree by path, as `--set` does. The path follows the records, so
/// values that the file leaves to their defaults can be changed too, and a misspelt name is
/// noticed.
public final class Overrides {
  private final String place;
  private final String text;
  private final List<String> path;

  private Overrides(String place, List<String> path, String text) {
    this.place = place;
    this.path = path;
    this.text = text;
  }

  /// The tree with the value at `path` replaced.
  /// @param type record that the tree will be bound to
  /// @param path keys and list indices from the root
  /// @param text the new value as YAML
  /// @param place where the change was asked for, for messages
  public static Yaml apply(Yaml tree, Class<?> type, List<String> path, String text, String place) {
    return new Overrides(place, path, text).at(tree, type, 0);
  }

  private Yaml at(Yaml node, Type type, int depth) {
    if (depth == path.size()) {
      return type == String.class
          ? new Yaml.Text(place, text, false)
          : YamlReader.value(place, text);
    }
    var key = path.get(depth);
    if (type instanceof ParameterizedType generic) {
      return generic.getRawType() == List.class
          ? item(node, generic.getActualTypeArguments()[0], key, depth)
          : entry(node, generic.getActualTypeArguments()[1], key, depth);
    }
    var raw = (Class<?>) type;
    var fields = node instanceof Yaml.Fields given ? given : Yaml.Fields.empty(place);
    if (raw.isRecord()) {
      return component(fields, raw, Kinds.keys(raw), key, depth);
    }
    if (raw.isSealed()) {
      return key.equals("kind") && depth == path.size() - 1
          ? ofKind(fields, raw)
          : ofSealed(fields, raw, key, depth);
    }
    throw new UserError(
        place,
        "'" + key + "' below " + parent(depth) + ", which is a single value",
        Scalars.allowed(raw),
        "Shorten the path.");
  }

  private Yaml ofSealed(Yaml.Fields fields, Class<?> sealed, String key, int depth) {
    var record = Binder.kindOf(fields, sealed, parent(depth));
    var keys = new ArrayList<String>();
    keys.add("kind");
    keys.addAll(Kinds.keys(record));
    return component(fields, record, keys, key, depth);
  }

  /// Another kind keeps only the settings that both kinds have.
  private Yaml ofKind(Yaml.Fields fields, Class<?> sealed) {
    var chosen = Yaml.Fields.empty(place).with("kind", YamlReader.value(place, text));
    var keys = new ArrayList<String>();
    keys.add("kind");
    keys.addAll(Kinds.keys(Binder.kindOf(chosen, sealed, parent(path.size() - 1))));
    return fields.only(keys).with("kind", chosen.fields().get("kind"));
  }

  private Yaml component(
      Yaml.Fields fields, Class<?> record, Collection<String> keys, String key, int depth) {
    var component = Arrays.stream(record.getRecordComponents())
        .filter(candidate -> candidate.getName().equals(key))
        .findFirst()
        .orElseThrow(() -> Binder.unknown(place, key, keys, parent(depth)));
    return fields.with(key, at(child(fields, component), component.getGenericType(), depth + 1));
  }

  private Yaml child(Yaml.Fields fields, RecordComponent component) {
    var given = fields.fields().get(component.getName());
    if (given != null) {
      return given;
    }
    var byDefault = Binder.byDefault(component);
    return byDefault != null ? byDefault : Yaml.Fields.empty(place);
  }

  private Yaml item(Yaml node, Type type, String key, int depth) {
    int size = node instanceof Yaml.Items items ? items.items().size() : 0;
    int index = key.matches("\\d{1,6}") ? Integer.parseInt(key) : size;
    if (!(node instanceof Yaml.Items items) || index >= size) {
      throw new UserError(
          place,
          "'" + key + "' in " + parent(depth) + ", a list of " + size,
          size == 0 ? "none: it is empty" : "0 to " + (size - 1),
          "Count items from 0.");
    }
    return items.with(index, at(items.items().get(index), type, depth + 1));
  }

  private Yaml entry(Yaml node, Type type, String key, int depth) {
    if (!(node instanceof Yaml.Fields fields)) {
      return Yaml.Fields.empty(place).with(key, at(Yaml.Fields.empty(place), type, depth + 1));
    }
    var old = fields.fields().get(key);
    if (old == null && depth < path.size() - 1) {
      throw Binder.unknown(place, key, fields.fields().keySet(), parent(depth));
    }
    return fields.with(key, at(old == null ? Yaml.Fields.empty(place) : old, type, depth + 1));
  }

  private String parent(int depth) {
    return depth == 0 ? "the recipe" : path.get(depth - 1);
  }
}
