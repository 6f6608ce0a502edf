package herd.engine.template;

import java.util.Locale;
import java.util.Set;

/// What may stand after `is`.
final class Tests {
  private static final Set<String> NAMES = Set.of(
      "boolean",
      "callable",
      "defined",
      "divisibleby",
      "==",
      "eq",
      "equalto",
      "!=",
      "ne",
      "even",
      "odd",
      "false",
      "true",
      "float",
      "integer",
      "number",
      "<",
      "lt",
      "lessthan",
      "<=",
      "le",
      ">",
      "gt",
      "greaterthan",
      ">=",
      "ge",
      "in",
      "iterable",
      "lower",
      "upper",
      "mapping",
      "none",
      "sameas",
      "sequence",
      "string",
      "undefined",
      "filter",
      "test");

  private final Operators operators;

  Tests(Operators operators) {
    this.operators = operators;
  }

  static boolean knows(String name) {
    return NAMES.contains(name);
  }

  boolean holds(String name, Value value, Value.Args args) {
    return switch (name) {
      case "==", "eq", "equalto" -> operators.equal(value, one(name, args));
      case "!=", "ne" -> !operators.equal(value, one(name, args));
      case "<", "lt", "lessthan" -> operators.order(value, one(name, args)) < 0;
      case "<=", "le" -> operators.order(value, one(name, args)) <= 0;
      case ">", "gt", "greaterthan" -> operators.order(value, one(name, args)) > 0;
      case ">=", "ge" -> operators.order(value, one(name, args)) >= 0;
      case "in" -> operators.contains(Operators.defined(one(name, args)), value);
      case "sameas" -> same(value, one(name, args));
      case "divisibleby" -> {
        long by = Operators.index(one(name, args));
        if (by == 0) {
          throw new Failure("divisibleby(0)");
        }
        yield Operators.index(Operators.defined(value)) % by == 0;
      }
      default -> {
        args.bind(name);
        yield alone(name, value);
      }
    };
  }

  private boolean alone(String name, Value value) {
    return switch (name) {
      case "defined" -> !(value instanceof Value.Undefined);
      case "undefined" -> value instanceof Value.Undefined;
      case "none" -> value instanceof Value.None;
      case "boolean" -> value instanceof Value.Bool;
      case "true" -> value instanceof Value.Bool b && b.value();
      case "false" -> value instanceof Value.Bool b && !b.value();
      case "integer" -> value instanceof Value.Int;
      case "float" -> value instanceof Value.Real;
      case "number" -> Operators.number(value) != null;
      case "string" -> value instanceof Str;
      case "mapping" -> value instanceof Value.Dict;
      case "iterable" ->
        value instanceof Str
            || value instanceof Value.Seq
            || value instanceof Value.Dict
            || value instanceof Value.Loop
            || value instanceof Value.Undefined;
      case "sequence" ->
        value instanceof Str
            || value instanceof Value.Dict
            || value instanceof Value.Undefined
            || value instanceof Value.Seq s
                && (s.kind() == Value.Kind.LIST || s.kind() == Value.Kind.TUPLE);
      case "callable" -> value instanceof Value.Function || value instanceof Value.Undefined;
      case "even", "odd" ->
        (Operators.index(Operators.defined(value)) % 2 == 0) == name.equals("even");
      case "lower" -> cased(value).equals(cased(value).toLowerCase(Locale.ROOT)) && letters(value);
      case "upper" -> cased(value).equals(cased(value).toUpperCase(Locale.ROOT)) && letters(value);
      case "filter" -> Filters.knows(cased(value));
      case "test" -> knows(cased(value));
      default -> throw new Failure("the test '" + name + "', which is not known");
    };
  }

  private static String cased(Value value) {
    return Operators.defined(value) instanceof Str s ? s.text() : "";
  }

  private static boolean letters(Value value) {
    return cased(value)
        .codePoints()
        .anyMatch(c -> Character.isUpperCase(c) || Character.isLowerCase(c));
  }

  private static Value one(String name, Value.Args args) {
    Value value = args.bind(name, "other")[0];
    if (value == null) {
      throw new Failure("the test '" + name + "' without its argument");
    }
    return value;
  }

  private static boolean same(Value a, Value b) {
    return a == b
        || a.getClass() == b.getClass()
            && (a instanceof Value.Bool || a instanceof Value.None || a instanceof Value.Int)
            && a.equals(b);
  }
}
