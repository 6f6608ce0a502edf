package herd.settings;

import herd.run.About;
import herd.run.Default;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A JSON Schema (draft 2020-12) of a settings record, for editors: what the binder accepts as far
/// as a schema can say it.
public final class SettingsSchema {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final ObjectNode definitions = JSON.objectNode();

  private SettingsSchema() {}

  /// The schema of a record with everything below it.
  public static ObjectNode of(Class<?> record, String title) {
    var schema = new SettingsSchema();
    var root = JSON.objectNode();
    root.put("$schema", "https://json-schema.org/draft/2020-12/schema").put("title", title);
    root.setAll(schema.record(record, null));
    if (!schema.definitions.isEmpty()) {
      root.set("$defs", schema.definitions);
    }
    return root;
  }

  private ObjectNode record(Class<?> record, String kind) {
    var schema = JSON.objectNode();
    schema.put("type", "object");
    about(record, schema);
    var properties = schema.putObject("properties");
    var required = JSON.arrayNode();
    if (kind != null) {
      properties.putObject("kind").put("const", kind);
      required.add("kind");
    }
    for (var component : record.getRecordComponents()) {
      properties.set(component.getName(), component(component));
      if (component.getAnnotation(Default.class) == null) {
        required.add(component.getName());
      }
    }
    schema.set("required", required);
    return schema.put("additionalProperties", false);
  }

  private ObjectNode component(RecordComponent component) {
    var schema = type(component.getGenericType());
    about(component, schema);
    var byDefault = component.getAnnotation(Default.class);
    if (byDefault != null) {
      if (byDefault.value().equals("null") && component.getType() != String.class) {
        var open = JSON.objectNode();
        open.putArray("anyOf").add(schema).addObject().put("type", "null");
        schema = open;
      }
      schema.set("default", json(Binder.byDefault(component)));
    }
    return schema;
  }

  private static void about(AnnotatedElement element, ObjectNode schema) {
    var about = element.getAnnotation(About.class);
    if (about != null) {
      schema.put("description", about.value());
    }
  }

  private ObjectNode type(Type type) {
    var schema = JSON.objectNode();
    if (type instanceof ParameterizedType generic) {
      boolean list = generic.getRawType() == List.class;
      var item = type(generic.getActualTypeArguments()[list ? 0 : 1]);
      schema.put("type", list ? "array" : "object");
      schema.set(list ? "items" : "additionalProperties", item);
      return schema;
    }
    var raw = (Class<?>) type;
    if (raw.isRecord() || raw.isSealed()) {
      return schema.put("$ref", "#/$defs/" + define(raw));
    }
    if (raw == String.class) {
      // An unquoted 1.10 or true is text where text is wanted.
      schema.putArray("type").add("string").add("number").add("boolean");
    } else if (raw == boolean.class || raw == Boolean.class) {
      schema.put("type", "boolean");
    } else if (raw == double.class || raw == Double.class) {
      schema.put("type", "number");
    } else if (raw.isEnum()) {
      var names = schema.putArray("enum");
      Scalars.constants(raw).forEach(names::add);
    } else {
      var either = schema.putArray("anyOf");
      either.addObject().put("type", "integer");
      either
          .addObject()
          .put("type", "string")
          .put("pattern", "^[+-]?[0-9][0-9_]*(\\.[0-9]+)? ?([KMGT]i?)?$");
    }
    return schema;
  }

  private String define(Class<?> type) {
    var name = type.getSimpleName();
    if (definitions.has(name)) {
      return name;
    }
    var schema = definitions.putObject(name);
    if (type.isRecord()) {
      schema.setAll(record(type, null));
      return name;
    }
    about(type, schema);
    schema.put("type", "object").putArray("required").add("kind");
    var kinds = Kinds.of(type);
    var names = JSON.arrayNode();
    kinds.keySet().forEach(names::add);
    schema.putObject("properties").putObject("kind").set("enum", names);
    var choices = schema.putArray("allOf");
    kinds.forEach((kind, record) -> {
      // If-then rather than one-of: an editor then reports the mistake in the chosen kind only.
      var choice = choices.addObject();
      var test = choice.putObject("if");
      test.putArray("required").add("kind");
      test.putObject("properties").putObject("kind").put("const", kind);
      choice.set("then", record(record, kind));
    });
    return name;
  }

  private static JsonNode json(Yaml tree) {
    return switch (tree) {
      case Yaml.Text text when text.isNull() -> JSON.nullNode();
      case Yaml.Text text when !text.plain() -> JSON.stringNode(text.text());
      case Yaml.Text text -> scalar(text.text());
      case Yaml.Items items -> {
        var list = JSON.arrayNode();
        items.items().forEach(item -> list.add(json(item)));
        yield list;
      }
      case Yaml.Fields fields -> {
        var object = JSON.objectNode();
        fields.fields().forEach((key, value) -> object.set(key, json(value)));
        yield object;
      }
    };
  }

  private static JsonNode scalar(String text) {
    if (text.equals("true") || text.equals("false")) {
      return JSON.booleanNode(Boolean.parseBoolean(text));
    }
    if (text.matches("-?\\d{1,18}")) {
      return JSON.numberNode(Long.parseLong(text));
    }
    return text.matches("-?\\d*\\.?\\d+([eE][+-]?\\d+)?")
        ? JSON.numberNode(Double.parseDouble(text))
        : JSON.stringNode(text);
  }
}
