package herd.settings;

import herd.engine.UserError;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/// Single values: whole numbers with or without a suffix, numbers, flags, texts, constants.
final class Scalars {
  private static final Pattern WHOLE =
      Pattern.compile("([+-]?\\d[\\d_]{0,30}(?:\\.\\d{1,20})?(?:[eE]\\+?\\d{1,2})?) ?([KMGT]i?)?");
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d[\\d_]*(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d{1,3})?");
  private static final String SUFFIXES = "KMGT";

  private Scalars() {}

  static Object parse(Yaml.Text node, Class<?> type, String what) {
    if (node.isNull()) {
      throw wrong(node, what, allowed(type), "Give a value or remove the key.");
    }
    if (type == String.class) {
      return node.text();
    }
    if (type.isEnum()) {
      return constant(node, type, what);
    }
    if (!node.plain()) {
      throw wrong(node, what, allowed(type), "Remove the quotes.");
    }
    if (type == boolean.class || type == Boolean.class) {
      return switch (node.text()) {
        case "true" -> true;
        case "false" -> false;
        default -> throw wrong(node, what, allowed(type), "Write true or false.");
      };
    }
    if (type == double.class || type == Double.class) {
      return number(node, what);
    }
    if (type == long.class || type == Long.class) {
      return whole(node, what, type).longValue();
    }
    if (type == int.class || type == Integer.class) {
      return whole(node, what, type).intValue();
    }
    throw new IllegalStateException("settings cannot hold a " + type.getName());
  }

  private static double number(Yaml.Text node, String what) {
    if (NUMBER.matcher(node.text()).matches()) {
      double value = Double.parseDouble(node.text().replace("_", ""));
      if (Double.isFinite(value)) {
        return value;
      }
    }
    throw wrong(node, what, allowed(double.class), "Write it like 0.1 or 2e-3.");
  }

  private static BigInteger whole(Yaml.Text node, String what, Class<?> type) {
    var match = WHOLE.matcher(node.text());
    if (!match.matches()) {
      throw wrong(node, what, allowed(type), "Write it like 4000000, 4M or 512K.");
    }
    var value = new BigDecimal(match.group(1).replace("_", ""));
    if (match.group(2) != null) {
      var base = BigDecimal.valueOf(match.group(2).length() == 2 ? 1024 : 1000);
      value = value.multiply(base.pow(SUFFIXES.indexOf(match.group(2).charAt(0)) + 1));
    }
    int bits = type == int.class || type == Integer.class ? 31 : 63;
    if (value.stripTrailingZeros().scale() > 0 || value.toBigInteger().bitLength() > bits) {
      throw wrong(node, what, allowed(type), "Write a whole number in that range.");
    }
    return value.toBigInteger();
  }

  private static Object constant(Yaml.Text node, Class<?> type, String what) {
    var names = constants(type);
    int at = names.indexOf(node.text());
    if (at < 0) {
      throw wrong(
          node,
          what,
          String.join(", ", names),
          Spelling.remedy(node.text(), names, "Choose one of these."));
    }
    return type.getEnumConstants()[at];
  }

  static List<String> constants(Class<?> type) {
    return Arrays.stream(type.getEnumConstants())
        .map(constant -> Kinds.constant((Enum<?>) constant))
        .toList();
  }

  /// What a value of a type may be, in words.
  static String allowed(Type type) {
    if (type instanceof ParameterizedType generic) {
      return generic.getRawType() == List.class ? "a list" : "a mapping";
    }
    var raw = (Class<?>) type;
    if (raw == int.class || raw == Integer.class) {
      return "a whole number up to 2147483647, with K, M or G if you like";
    }
    if (raw == long.class || raw == Long.class) {
      return "a whole number, with K, M or G if you like";
    }
    if (raw == double.class || raw == Double.class) {
      return "a finite number";
    }
    if (raw == boolean.class || raw == Boolean.class) {
      return "true, false";
    }
    if (raw.isEnum()) {
      return String.join(", ", constants(raw));
    }
    return raw == String.class ? "text" : "a mapping";
  }

  private static UserError wrong(Yaml.Text node, String what, String allowed, String remedy) {
    return new UserError(node.place(), node.describe() + " for '" + what + "'", allowed, remedy);
  }
}
