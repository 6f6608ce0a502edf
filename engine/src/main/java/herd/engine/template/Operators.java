package herd.engine.template;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/// Python's operators on the values of a template.
final class Operators {
  private final Budget budget;
  private final Printed printed;

  Operators(Budget budget, Printed printed) {
    this.budget = budget;
    this.printed = printed;
  }

  Value arithmetic(Value left, String operator, Value right) {
    if (operator.equals("~")) {
      return join(printed.str(left), printed.str(right));
    }
    defined(left);
    defined(right);
    if (operator.equals("+") && left instanceof Str a && right instanceof Str b) {
      return join(a, b);
    }
    if (operator.equals("+")
        && left instanceof Value.Seq a
        && right instanceof Value.Seq b
        && a.kind() == b.kind()) {
      return concatenated(a, b);
    }
    if (operator.equals("*") && (right instanceof Str || right instanceof Value.Seq)) {
      return times(right, left);
    }
    if (operator.equals("*") && (left instanceof Str || left instanceof Value.Seq)) {
      return times(left, right);
    }
    if (operator.equals("%") && left instanceof Str format) {
      return printed.format(
          format,
          right instanceof Value.Seq s && s.kind() == Value.Kind.TUPLE
              ? s.items()
              : List.of(right));
    }
    Value a = number(left);
    Value b = number(right);
    if (a == null || b == null) {
      throw new Failure(left.type() + " " + operator + " " + right.type());
    }
    try {
      return a instanceof Value.Int x && b instanceof Value.Int y && !operator.equals("/")
          ? whole(x.value(), operator, y.value())
          : new Value.Real(real(real(a), operator, real(b)));
    } catch (ArithmeticException e) {
      throw new Failure("a division by zero, or a number that is too large");
    }
  }

  private Value whole(long a, String operator, long b) {
    return new Value.Int(
        switch (operator) {
          case "+" -> Math.addExact(a, b);
          case "-" -> Math.subtractExact(a, b);
          case "*" -> Math.multiplyExact(a, b);
          case "//" -> Math.floorDivExact(a, b);
          case "%" -> Math.floorMod(a, b);
          case "**" -> {
            if (b < 0) {
              throw new Failure("a negative power of a whole number");
            }
            long out = 1;
            for (long i = 0; i < b && out != 0 && (out != 1 || i == 0 || a == -1); i++) {
              budget.steps(1);
              out = Math.multiplyExact(out, a);
            }
            yield a == -1 ? (b % 2 == 0 ? 1 : -1) : out;
          }
          default -> throw new Failure("int " + operator + " int");
        });
  }

  private static double real(double a, String operator, double b) {
    if (b == 0 && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
      throw new ArithmeticException();
    }
    return switch (operator) {
      case "+" -> a + b;
      case "-" -> a - b;
      case "*" -> a * b;
      case "/" -> a / b;
      case "//" -> Math.floor(a / b);
      case "%" -> a - b * Math.floor(a / b);
      case "**" -> Math.pow(a, b);
      default -> throw new Failure("float " + operator + " float");
    };
  }

  /// An `Int` or a `Real`, booleans being 0 and 1; null for anything else.
  static Value number(Value value) {
    return switch (value) {
      case Value.Int i -> i;
      case Value.Real r -> r;
      case Value.Bool b -> new Value.Int(b.value() ? 1 : 0);
      default -> null;
    };
  }

  static double real(Value number) {
    return number instanceof Value.Int i ? i.value() : ((Value.Real) number).value();
  }

  Value sign(Value value, boolean minus) {
    defined(value);
    return switch (number(value)) {
      case Value.Int i
      when i.value() != Long.MIN_VALUE -> new Value.Int(minus ? -i.value() : i.value());
      case Value.Real r -> new Value.Real(minus ? -r.value() : r.value());
      case null, default -> throw new Failure("a sign before " + value.type());
    };
  }

  Str join(Str a, Str b) {
    budget.characters((long) a.length() + b.length());
    return a.plus(b);
  }

  private Value concatenated(Value.Seq a, Value.Seq b) {
    budget.steps(a.items().size() + b.items().size());
    var items = new ArrayList<>(a.items());
    items.addAll(b.items());
    return new Value.Seq(items, a.kind());
  }

  private Value times(Value what, Value count) {
    if (!(number(count) instanceof Value.Int n)) {
      throw new Failure(what.type() + " * " + count.type());
    }
    long times = Math.max(0, n.value());
    return switch (what) {
      case Str s -> {
        budget.characters(s.isEmpty() ? 0 : Math.min(times, Integer.MAX_VALUE) * s.length());
        int t = s.isEmpty() ? 0 : (int) times;
        yield new Str(s.text().repeat(t), s.origin().repeat(t));
      }
      case Value.Seq s -> {
        int size = s.items().size();
        budget.steps(size == 0 ? 0 : Math.min(times, Integer.MAX_VALUE) * size);
        var items = new ArrayList<Value>();
        for (long i = 0; size > 0 && i < times; i++) {
          items.addAll(s.items());
        }
        yield new Value.Seq(items, s.kind());
      }
      default -> throw new Failure(what.type() + " * " + count.type());
    };
  }

  boolean compare(Value left, String operator, Value right) {
    return switch (operator) {
      case "==" -> equal(left, right);
      case "!=" -> !equal(left, right);
      case "in" -> contains(right, left);
      case "not in" -> !contains(right, left);
      case "<" -> order(left, right) < 0;
      case "<=" -> order(left, right) <= 0;
      case ">" -> order(left, right) > 0;
      default -> order(left, right) >= 0;
    };
  }

  boolean equal(Value a, Value b) {
    budget.steps(1);
    return switch (a) {
      case Value.None _ -> b instanceof Value.None;
      case Value.Undefined _ -> b instanceof Value.Undefined;
      case Str s -> b instanceof Str t && s.text().equals(t.text());
      case Value.Int _, Value.Real _, Value.Bool _ -> {
        Value x = number(a);
        Value y = number(b);
        yield y != null
            && (x instanceof Value.Int i && y instanceof Value.Int j
                ? i.value() == j.value()
                : real(x) == real(y));
      }
      case Value.Seq s -> {
        if (!(b instanceof Value.Seq t)
            || s.kind() != t.kind()
            || s.items().size() != t.items().size()) {
          yield false;
        }
        boolean same = true;
        for (int i = 0; same && i < s.items().size(); i++) {
          same = equal(s.items().get(i), t.items().get(i));
        }
        yield same;
      }
      case Value.Dict d -> {
        if (!(b instanceof Value.Dict e) || d.entries().size() != e.entries().size()) {
          yield false;
        }
        boolean same = true;
        for (var entry : d.entries().entrySet()) {
          Value other = e.entries().get(entry.getKey());
          same = same && other != null && equal(entry.getValue(), other);
        }
        yield same;
      }
      case Value.Namespace _, Value.Loop _, Value.Function _ -> a == b;
    };
  }

  /// Below, at or above zero as `a` is less than, equal to or greater than `b`.
  int order(Value a, Value b) {
    budget.steps(1);
    defined(a);
    defined(b);
    Value x = number(a);
    Value y = number(b);
    if (x instanceof Value.Int i && y instanceof Value.Int j) {
      return Long.compare(i.value(), j.value());
    }
    if (x != null && y != null) {
      return Double.compare(real(x) + 0.0, real(y) + 0.0);
    }
    if (a instanceof Str s && b instanceof Str t) {
      return codePointOrder(s.text(), t.text());
    }
    if (a instanceof Value.Seq s && b instanceof Value.Seq t) {
      for (int i = 0; i < Math.min(s.items().size(), t.items().size()); i++) {
        if (!equal(s.items().get(i), t.items().get(i))) {
          return order(s.items().get(i), t.items().get(i));
        }
      }
      return Integer.compare(s.items().size(), t.items().size());
    }
    throw new Failure("a comparison of " + a.type() + " with " + b.type());
  }

  private static int codePointOrder(String a, String b) {
    int at = 0;
    int end = Math.min(a.length(), b.length());
    while (at < end && a.charAt(at) == b.charAt(at)) {
      at++;
    }
    return at == end
        ? Integer.compare(a.length(), b.length())
        : Integer.compare(a.codePointAt(at), b.codePointAt(at));
  }

  boolean contains(Value where, Value what) {
    return switch (where) {
      case Str s
      when what instanceof Str part -> {
        budget.steps(s.length() / 64);
        yield s.text().contains(part.text());
      }
      case Value.Seq s -> {
        boolean found = false;
        for (Iterator<Value> i = s.items().iterator(); !found && i.hasNext(); ) {
          found = equal(i.next(), what);
        }
        yield found;
      }
      case Value.Dict d -> d.entries().containsKey(what);
      case Value.Undefined _ -> false;
      default -> throw new Failure("'in' with " + what.type() + " and " + where.type());
    };
  }

  /// `of[from:to:step]`, all but `of` null if left out.
  Value slice(Value of, Value from, Value to, Value step) {
    defined(of);
    long by = step == null || step instanceof Value.None ? 1 : index(step);
    if (by == 0) {
      throw new Failure("a slice in steps of 0");
    }
    int size =
        switch (of) {
          case Str s -> s.codePoints();
          case Value.Seq s
          when s.kind() == Value.Kind.LIST || s.kind() == Value.Kind.TUPLE ->
            s.items().size();
          default -> throw new Failure("a slice of " + of.type());
        };
    long first = bound(from, by > 0 ? 0 : size - 1, size, by);
    long last = bound(to, by > 0 ? size : -1, size, by);
    if (of instanceof Str s && by == 1) {
      budget.characters(Math.max(0, last - first));
      return first >= last ? Str.EMPTY : s.cut(s.offset((int) first), s.offset((int) last));
    }
    var items = of instanceof Str s ? characters(s) : ((Value.Seq) of).items();
    var out = new ArrayList<Value>();
    for (long i = first; by > 0 ? i < last : i > last; i += by) {
      budget.steps(1);
      out.add(items.get((int) i));
    }
    if (of instanceof Str) {
      var joined = new Str.Builder();
      out.forEach(item -> joined.add((Str) item));
      return joined.str();
    }
    return new Value.Seq(out, ((Value.Seq) of).kind());
  }

  private long bound(Value value, int otherwise, int size, long by) {
    if (value == null || value instanceof Value.None) {
      return otherwise;
    }
    long index = index(value);
    long counted = index < 0 ? Math.max(index, -size - 1L) + size : Math.min(index, size);
    return by > 0 ? Math.clamp(counted, 0, size) : Math.clamp(counted, -1, size - 1L);
  }

  static long index(Value value) {
    if (number(value) instanceof Value.Int i) {
      return i.value();
    }
    throw new Failure(value.type() + " where a whole number should stand");
  }

  /// What a loop over `value` sees.
  List<Value> iterate(Value value) {
    return switch (value) {
      case Value.Seq s -> s.items();
      case Value.Dict d -> List.copyOf(d.entries().keySet());
      case Str s -> characters(s);
      case Value.Undefined _ -> List.of();
      default -> throw new Failure(value.type() + ", which cannot be looped over");
    };
  }

  private List<Value> characters(Str s) {
    budget.steps(s.length());
    var out = new ArrayList<Value>(s.length());
    for (int at = 0; at < s.length(); ) {
      int end = at + Character.charCount(s.text().codePointAt(at));
      out.add(s.cut(at, end));
      at = end;
    }
    return out;
  }

  /// Refuses a value that is not there.
  static Value defined(Value value) {
    if (value instanceof Value.Undefined u) {
      throw new Failure(u.what());
    }
    return value;
  }
}
