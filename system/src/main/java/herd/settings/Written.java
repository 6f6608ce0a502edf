package herd.settings;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Records as JSON trees and as YAML text that reads back into equal records.
public final class Written {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private Written() {}

  /// Every component with its value, defaults included. `kind` stands first where `type`, what
  /// the value is declared as, is a sealed interface.
  public static ObjectNode json(Object record, Class<?> type) {
    return (ObjectNode) node(record, type);
  }

  private static JsonNode node(Object value, Type type) {
    return switch (value) {
      case null -> JSON.nullNode();
      case String text -> JSON.stringNode(text);
      case Boolean flag -> JSON.booleanNode(flag);
      case Integer number -> JSON.numberNode(number);
      case Long number -> JSON.numberNode(number);
      case Double number -> JSON.numberNode(number);
      case Enum<?> constant -> JSON.stringNode(Kinds.constant(constant));
      case List<?> list -> {
        var items = JSON.arrayNode();
        var itemType = ((ParameterizedType) type).getActualTypeArguments()[0];
        list.forEach(item -> items.add(node(item, itemType)));
        yield items;
      }
      case Map<?, ?> map -> {
        var fields = JSON.objectNode();
        var itemType = ((ParameterizedType) type).getActualTypeArguments()[1];
        map.forEach((key, item) -> fields.set((String) key, node(item, itemType)));
        yield fields;
      }
      case Record record -> record(record, (Class<?>) type);
      default -> throw new IllegalStateException("settings cannot hold a " + value.getClass());
    };
  }

  private static ObjectNode record(Record record, Class<?> type) {
    var fields = JSON.objectNode();
    if (type.isSealed() && type.isInterface()) {
      fields.put("kind", Kinds.name(type, record.getClass()));
    }
    for (var component : record.getClass().getRecordComponents()) {
      fields.set(component.getName(), node(read(record, component), component.getGenericType()));
    }
    return fields;
  }

  private static Object read(Record record, RecordComponent component) {
    try {
      var accessor = component.getAccessor();
      accessor.setAccessible(true);
      return accessor.invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot read " + component, e);
    }
  }

  /// A tree as YAML.
  public static String yaml(JsonNode tree) {
    var text = new StringBuilder();
    block(tree, 0, text);
    return text.toString();
  }

  private static void block(JsonNode node, int indent, StringBuilder to) {
    if (node.isObject()) {
      for (var entry : node.properties()) {
        to.repeat(' ', indent).append(scalar(entry.getKey())).append(':');
        below(entry.getValue(), indent + 2, to);
      }
    } else {
      for (var item : node) {
        to.repeat(' ', indent).append('-');
        if (item.isObject() && !item.isEmpty()) {
          int start = to.length();
          block(item, indent + 2, to);
          to.replace(start, start + indent + 2, " ");
        } else {
          below(item, indent + 2, to);
        }
      }
    }
  }

  private static void below(JsonNode value, int indent, StringBuilder to) {
    if (value.isContainer() && !value.isEmpty()) {
      to.append('\n');
      block(value, indent, to);
    } else if (value.isContainer()) {
      to.append(value.isArray() ? " []\n" : " {}\n");
    } else {
      to.append(' ')
          .append(value.isString() ? scalar(value.stringValue()) : value)
          .append('\n');
    }
  }

  /// A text without quotes where YAML takes it for the same text, else as a JSON string, which is
  /// YAML too.
  private static String scalar(String text) {
    boolean plain = text.matches("[A-Za-z/][A-Za-z0-9 _./+@<>()=-]*(:[A-Za-z0-9_./+@-]+)*")
        && !text.matches("(?i)true|false|null|yes|no|on|off|y|n")
        && !text.endsWith(" ");
    return plain ? text : JSON.stringNode(text).toString();
  }
}
