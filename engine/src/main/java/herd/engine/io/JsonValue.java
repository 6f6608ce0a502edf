package herd.engine.io;

import herd.engine.UserError;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// A value of a JSON document together with the place where it stands, so that a wrong type or a
/// missing key becomes a [UserError] naming file and key.
/// @param value as [Json] reads it: map, list, string, `Long`, `Double`, boolean or null
/// @param where file and path, such as `config.json: rope_scaling.factor`
public record JsonValue(Object value, String where) {
  /// The value of `key`, which must be there.
  public JsonValue get(String key) {
    if (!has(key)) {
      throw new UserError(
          where, "no key '" + key + "'", "The file is incomplete or of another kind.");
    }
    return find(key);
  }

  /// The value of `key`; where it is missing, a value that [#isNull()].
  public JsonValue find(String key) {
    return new JsonValue(object().get(key), where + (where.contains(": ") ? "." : ": ") + key);
  }

  /// Whether `key` is there, even if null.
  public boolean has(String key) {
    return object().containsKey(key);
  }

  public boolean isNull() {
    return value == null;
  }

  public boolean isObject() {
    return value instanceof Map;
  }

  public boolean isList() {
    return value instanceof List;
  }

  public boolean isString() {
    return value instanceof String;
  }

  @SuppressWarnings("unchecked")
  public SequencedMap<String, Object> object() {
    if (value instanceof SequencedMap<?, ?> map) {
      return (SequencedMap<String, Object>) map;
    }
    throw wrong("an object");
  }

  /// The values of a list, each with its place, made when it is asked for.
  public List<JsonValue> list() {
    var list = items();
    return new AbstractList<>() {
      @Override
      public JsonValue get(int index) {
        return new JsonValue(list.get(index), where + "[" + index + "]");
      }

      @Override
      public int size() {
        return list.size();
      }
    };
  }

  /// The string at `index` of a list; its place is only made for an error.
  public String stringAt(int index) {
    return items().get(index) instanceof String text ? text : list().get(index).string();
  }

  /// The whole number at `index` of a list; its place is only made for an error.
  public long integerAt(int index) {
    return items().get(index) instanceof Long number
        ? number
        : list().get(index).integer();
  }

  /// The strings of a list as bytes, for lists of many.
  public Texts texts() {
    if (value instanceof Texts texts) {
      return texts;
    }
    var strings = new String[items().size()];
    Arrays.setAll(strings, this::stringAt);
    return Texts.of(Arrays.asList(strings));
  }

  /// The whole numbers of a list, each from `low` to `high`, both included.
  public int[] integers(int low, int high) {
    var out = new int[items().size()];
    var numbers = value instanceof GgufNumbers list && list.areWhole() ? list : null;
    for (int i = 0; i < out.length; i++) {
      long number = numbers != null ? numbers.wholeAt(i) : integerAt(i);
      if (number < low || number > high) {
        throw list().get(i).wrong("a whole number from " + low + " to " + high);
      }
      out[i] = (int) number;
    }
    return out;
  }

  /// The values of a list without their places: for lists of many.
  public List<?> items() {
    if (value instanceof List<?> list) {
      return list;
    }
    throw wrong("a list");
  }

  public String string() {
    return value instanceof String s ? s : fail("a string");
  }

  public String string(String otherwise) {
    return value == null ? otherwise : string();
  }

  /// A whole number; `3.0` counts as one.
  public long integer() {
    if (value instanceof Double d && d == Math.rint(d) && Math.abs(d) < 1L << 53) {
      return d.longValue();
    }
    return value instanceof Long l ? l : fail("a whole number");
  }

  /// A whole number from `low` to `high`, both included.
  public int integer(int low, int high) {
    long number = integer();
    if (number < low || number > high) {
      throw wrong("a whole number from " + low + " to " + high);
    }
    return (int) number;
  }

  public int integer(int low, int high, int otherwise) {
    return value == null ? otherwise : integer(low, high);
  }

  public double number() {
    return value instanceof Number n ? n.doubleValue() : fail("a number");
  }

  public double number(double otherwise) {
    return value == null ? otherwise : number();
  }

  public boolean bool() {
    return value instanceof Boolean b ? b : fail("true or false");
  }

  public boolean bool(boolean otherwise) {
    return value == null ? otherwise : bool();
  }

  private <T> T fail(String allowed) {
    throw wrong(allowed);
  }

  /// The error for a value that is not what is allowed here.
  public UserError wrong(String allowed) {
    String found = JsonWriter.write(value);
    if (found.length() > 60) {
      found = found.substring(0, 60) + "…";
    }
    return new UserError(where, found, allowed, "Correct the file.");
  }
}
