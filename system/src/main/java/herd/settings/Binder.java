package herd.settings;

import herd.engine.UserError;
import herd.run.Default;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Makes records of a YAML tree: keys are the components' names, `kind:` chooses the record where
/// a component's type is a sealed interface. Keys are checked before anything is made. A value
/// that a record's own constructor refuses is reported at the place of that value.
public final class Binder {
  private Binder() {}

  /// @param what the name of the whole, for messages: `recipe`
  /// @throws UserError with the place of the first mistake
  public static <T> T bind(Yaml tree, Class<T> type, String what) {
    return type.cast(value(tree, type, what));
  }

  static Object value(Yaml node, Type type, String what) {
    if (type instanceof ParameterizedType generic) {
      return generic.getRawType() == List.class
          ? list(node, generic.getActualTypeArguments()[0], what)
          : map(node, generic.getActualTypeArguments()[1], what);
    }
    var raw = (Class<?>) type;
    if (raw.isRecord()) {
      return record(fields(node, what), raw, Kinds.keys(raw), what);
    }
    if (raw.isSealed()) {
      return kind(fields(node, what), raw, what);
    }
    if (!(node instanceof Yaml.Text text)) {
      throw wrong(node, what, Scalars.allowed(raw), "Give one value.");
    }
    return Scalars.parse(text, raw, what);
  }

  private static List<Object> list(Yaml node, Type item, String what) {
    if (!(node instanceof Yaml.Items items)) {
      throw wrong(node, what, "a list", "Write '- ' before each item, or [a, b].");
    }
    var values = new ArrayList<>();
    for (int i = 0; i < items.items().size(); i++) {
      values.add(value(items.items().get(i), item, what + "[" + i + "]"));
    }
    return List.copyOf(values);
  }

  private static Map<String, Object> map(Yaml node, Type item, String what) {
    var values = new LinkedHashMap<String, Object>();
    fields(node, what).fields().forEach((key, value) -> values.put(key, value(value, item, key)));
    return Collections.unmodifiableMap(values);
  }

  private static Yaml.Fields fields(Yaml node, String what) {
    if (node instanceof Yaml.Fields fields) {
      return fields;
    }
    throw wrong(node, what, "a mapping", "Write 'key: value' lines under " + what + ".");
  }

  static Class<?> kindOf(Yaml.Fields node, Class<?> sealed, String what) {
    var kinds = Kinds.of(sealed);
    var allowed = String.join(", ", kinds.keySet());
    var kind = node.fields().get("kind");
    if (kind == null) {
      throw new UserError(node.place(), "no 'kind' in " + what, allowed, "Say which it is.");
    }
    if (!(kind instanceof Yaml.Text text) || text.isNull()) {
      throw wrong(kind, "kind", allowed, "Name one kind.");
    }
    var record = kinds.get(text.text());
    if (record == null) {
      throw new UserError(
          kind.place(),
          "unknown kind " + text.describe() + " in " + what,
          allowed,
          Spelling.remedy(text.text(), kinds.keySet(), "Choose one of these."));
    }
    return record;
  }

  private static Object kind(Yaml.Fields node, Class<?> sealed, String what) {
    var record = kindOf(node, sealed, what);
    var keys = new ArrayList<String>();
    keys.add("kind");
    keys.addAll(Kinds.keys(record));
    return record(node, record, keys, what);
  }

  private static Object record(
      Yaml.Fields node, Class<?> record, Collection<String> keys, String what) {
    for (var key : node.fields().keySet()) {
      if (!keys.contains(key)) {
        throw unknown(node.places().get(key), key, keys, what);
      }
    }
    var components = record.getRecordComponents();
    var values = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      values[i] = component(node, components[i], what);
    }
    return make(node, record, components, values);
  }

  static UserError unknown(String place, String key, Collection<String> keys, String what) {
    return new UserError(
        place,
        "unknown key '" + key + "' in " + what,
        keys.isEmpty() ? "none" : String.join(", ", keys),
        Spelling.remedy(key, keys, "Remove it or choose one of these."));
  }

  private static Object component(Yaml.Fields node, RecordComponent component, String what) {
    var name = component.getName();
    var given = node.fields().get(name);
    if (given != null) {
      boolean absent = given instanceof Yaml.Text text && text.isNull();
      if (absent && nullable(component)) {
        return null;
      }
      return value(given, component.getGenericType(), name);
    }
    var byDefault = byDefault(component);
    if (byDefault == null) {
      throw new UserError(
          node.place(),
          "no '" + name + "' in " + what,
          Scalars.allowed(component.getGenericType()),
          "Add it.");
    }
    return nullable(component) ? null : value(byDefault, component.getGenericType(), name);
  }

  private static boolean nullable(RecordComponent component) {
    var byDefault = component.getAnnotation(Default.class);
    return byDefault != null
        && byDefault.value().equals("null")
        && component.getType() != String.class;
  }

  /// The default of a component as a tree, null where it must be given.
  static Yaml byDefault(RecordComponent component) {
    var byDefault = component.getAnnotation(Default.class);
    if (byDefault == null) {
      return null;
    }
    var place =
        "default of " + component.getDeclaringRecord().getSimpleName() + "." + component.getName();
    return component.getType() == String.class
        ? new Yaml.Text(place, byDefault.value(), false)
        : YamlReader.value(place, byDefault.value());
  }

  private static Object make(
      Yaml.Fields node, Class<?> record, RecordComponent[] components, Object[] values) {
    var types = Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    try {
      var constructor = record.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      switch (e.getCause()) {
        case UserError mistake -> {
          var culprit = node.fields().get(mistake.where());
          throw mistake.in(culprit != null ? culprit.place() : node.place());
        }
        case RuntimeException bug -> throw bug;
        case Error bug -> throw bug;
        default -> throw new IllegalStateException(e.getCause());
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("record " + record.getName() + " cannot be made", e);
    }
  }

  private static UserError wrong(Yaml node, String what, String allowed, String remedy) {
    return new UserError(node.place(), node.describe() + " for '" + what + "'", allowed, remedy);
  }
}
