package herd.engine.template;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// What an expression of a template can be; the kinds are Python's.
sealed interface Value
    permits Str,
        Value.None,
        Value.Bool,
        Value.Int,
        Value.Real,
        Value.Seq,
        Value.Dict,
        Value.Undefined,
        Value.Namespace,
        Value.Loop,
        Value.Function {
  Value NONE = new None();
  Value TRUE = new Bool(true);
  Value FALSE = new Bool(false);

  /// Python's `None`.
  record None() implements Value {}

  record Bool(boolean value) implements Value {}

  record Int(long value) implements Value {}

  record Real(double value) implements Value {}

  /// A list or something like it.
  record Seq(List<Value> items, Kind kind) implements Value {
    Seq(List<Value> items) {
      this(items, Kind.LIST);
    }
  }

  /// How Python treats a row of values: tuples print with parentheses, views have a length but no
  /// index, generators neither and they always count as true.
  enum Kind {
    LIST("list"),
    TUPLE("tuple"),
    VIEW("view"),
    LAZY("generator");

    final String python;

    Kind(String python) {
      this.python = python;
    }
  }

  record Dict(SequencedMap<Value, Value> entries) implements Value {
    Value get(String key) {
      return entries.get(Str.data(key));
    }
  }

  /// A name or key that is not there; most uses are errors that say `what`.
  record Undefined(String what) implements Value {}

  /// What `namespace()` makes: the only thing whose attributes a template may set.
  record Namespace(Map<String, Value> attributes) implements Value {}

  /// The `loop` of a running `for`: where it stands among its items.
  final class Loop implements Value {
    final List<Value> items;
    final int depth;
    final Body again; // calls the loop anew for a deeper level; null unless it is recursive
    int index;
    List<Value> last; // arguments of the latest `changed`

    Loop(List<Value> items, int depth, Body again) {
      this.items = items;
      this.depth = depth;
      this.again = again;
    }
  }

  /// A macro, a method or a function.
  record Function(String name, Body body) implements Value {}

  /// The body of a function.
  interface Body {
    Value call(Args args);
  }

  /// What a function is called with.
  record Args(List<Value> positional, Map<String, Value> named) {
    static final Args NONE = new Args(List.of(), Map.of());

    static Args of(Value... values) {
      return new Args(List.of(values), Map.of());
    }

    /// The values of the parameters `names` of `function`, null where none is given.
    Value[] bind(String function, String... names) {
      if (positional.size() > names.length) {
        throw new Failure(
            function + " with " + positional.size() + " arguments; it takes " + names.length);
      }
      var out = positional.toArray(new Value[names.length]);
      named.forEach((name, value) -> {
        int i = List.of(names).indexOf(name);
        if (i < 0 || out[i] != null) {
          throw new Failure(
              "the argument '" + name + "' of " + function + (i < 0 ? ", not known" : " twice"));
        }
        out[i] = value;
      });
      return out;
    }

    /// What is left without the first `count` positional ones.
    Args after(int count) {
      return new Args(positional.subList(count, positional.size()), named);
    }
  }

  static Value of(boolean value) {
    return value ? TRUE : FALSE;
  }

  /// A value of the data: what [herd.engine.io.Json] reads. Its strings are of origin data.
  static Value of(Object json) {
    return switch (json) {
      case null -> NONE;
      case Value v -> v;
      case Boolean b -> of(b.booleanValue());
      case Integer i -> new Int(i);
      case Long l -> new Int(l);
      case Double d -> new Real(d);
      case String s -> Str.data(s);
      case Map<?, ?> map -> {
        var entries = new LinkedHashMap<Value, Value>();
        map.forEach((key, value) -> entries.put(Str.data(String.valueOf(key)), of(value)));
        yield new Dict(entries);
      }
      case Collection<?> list -> {
        var items = new ArrayList<Value>(list.size());
        list.forEach(item -> items.add(of(item)));
        yield new Seq(items);
      }
      default -> throw new IllegalArgumentException("not JSON: " + json.getClass());
    };
  }

  /// Python's name for the kind of value.
  default String type() {
    return switch (this) {
      case None _ -> "None";
      case Bool _ -> "bool";
      case Int _ -> "int";
      case Real _ -> "float";
      case Str _ -> "str";
      case Seq s -> s.kind().python;
      case Dict _ -> "dict";
      case Undefined _ -> "undefined";
      case Namespace _ -> "namespace";
      case Loop _ -> "loop";
      case Function _ -> "function";
    };
  }

  /// Python's truth.
  default boolean truth() {
    return switch (this) {
      case None _ -> false;
      case Undefined _ -> false;
      case Bool b -> b.value();
      case Int i -> i.value() != 0;
      case Real r -> r.value() != 0;
      case Str s -> !s.isEmpty();
      case Seq s -> s.kind() == Kind.LAZY || !s.items().isEmpty();
      case Dict d -> !d.entries().isEmpty();
      case Namespace _, Loop _, Function _ -> true;
    };
  }
}
