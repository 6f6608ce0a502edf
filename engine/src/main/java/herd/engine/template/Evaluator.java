package herd.engine.template;

import herd.engine.template.Value.Args;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Works out expressions.
final class Evaluator {
  /// The names that are visible at a place: its own, then those around it.
  record Scope(Scope around, Map<String, Value> names) {
    Scope(Scope around) {
      this(around, new LinkedHashMap<>());
    }

    Value find(String name) {
      for (Scope scope = this; scope != null; scope = scope.around) {
        Value value = scope.names.get(name);
        if (value != null) {
          return value;
        }
      }
      return new Value.Undefined("'" + name + "' is undefined");
    }

    void put(String name, Value value) {
      names.put(name, value);
    }
  }

  private final Budget budget;
  private final Operators operators;
  private final Printed printed;
  private final Methods methods;
  private final Filters filters;
  private final Tests tests;

  Evaluator(Budget budget) {
    this.budget = budget;
    this.printed = new Printed(budget);
    this.operators = new Operators(budget, printed);
    this.methods = new Methods(budget, operators, printed);
    this.filters = new Filters(this, budget, operators, printed);
    this.tests = new Tests(operators);
  }

  Methods methods() {
    return methods;
  }

  Operators operators() {
    return operators;
  }

  Printed printed() {
    return printed;
  }

  Value filter(String name, Value value, Args args) {
    if (!Filters.knows(name)) {
      throw new Failure("the filter '" + name + "', which is not known");
    }
    budget.steps(1);
    return filters.apply(name, value, args);
  }

  boolean test(String name, Value value, Args args) {
    budget.steps(1);
    return tests.holds(name, value, args);
  }

  Value eval(Expr expr, Scope scope) {
    budget.step(expr.line());
    return switch (expr) {
      case Expr.Constant c -> c.value();
      case Expr.Name n -> scope.find(n.name());
      default -> {
        budget.enter();
        Value value = compound(expr, scope);
        budget.leave();
        yield value;
      }
    };
  }

  private Value compound(Expr expr, Scope scope) {
    return switch (expr) {
      case Expr.Constant c -> c.value();
      case Expr.Name n -> scope.find(n.name());
      case Expr.Items i -> {
        var items = new ArrayList<Value>(i.items().size());
        for (Expr item : i.items()) {
          items.add(eval(item, scope));
        }
        yield new Value.Seq(items, i.tuple() ? Value.Kind.TUPLE : Value.Kind.LIST);
      }
      case Expr.Entries e -> {
        var entries = new LinkedHashMap<Value, Value>();
        for (int i = 0; i < e.keys().size(); i++) {
          entries.put(eval(e.keys().get(i), scope), eval(e.values().get(i), scope));
        }
        yield new Value.Dict(entries);
      }
      case Expr.Attribute a -> {
        Value of = eval(a.of(), scope);
        budget.at(a.line());
        yield attribute(of, a.name());
      }
      case Expr.Index i -> {
        Value of = eval(i.of(), scope);
        Value index = eval(i.index(), scope);
        budget.at(i.line());
        yield index(of, index);
      }
      case Expr.Slice s -> {
        Value of = eval(s.of(), scope);
        Value from = s.from() == null ? null : eval(s.from(), scope);
        Value to = s.to() == null ? null : eval(s.to(), scope);
        Value step = s.step() == null ? null : eval(s.step(), scope);
        budget.at(s.line());
        yield operators.slice(of, from, to, step);
      }
      case Expr.Call c -> {
        Value function = eval(c.function(), scope);
        Args args = arguments(c.arguments(), scope);
        budget.at(c.line());
        yield call(function, args);
      }
      case Expr.Filter f -> {
        Value value = eval(f.value(), scope);
        Args args = arguments(f.arguments(), scope);
        budget.at(f.line());
        yield filter(f.name(), value, args);
      }
      case Expr.Test t -> {
        Value value = eval(t.value(), scope);
        Args args = arguments(t.arguments(), scope);
        budget.at(t.line());
        yield Value.of(test(t.name(), value, args));
      }
      default -> logic(expr, scope);
    };
  }

  private Value logic(Expr expr, Scope scope) {
    return switch (expr) {
      case Expr.Not n -> Value.of(!eval(n.value(), scope).truth());
      case Expr.And a -> {
        Value left = eval(a.left(), scope);
        yield left.truth() ? eval(a.right(), scope) : left;
      }
      case Expr.Or o -> {
        Value left = eval(o.left(), scope);
        yield left.truth() ? left : eval(o.right(), scope);
      }
      case Expr.Sign s -> operators.sign(eval(s.value(), scope), s.minus());
      case Expr.Arithmetic a -> {
        Value left = eval(a.left(), scope);
        Value right = eval(a.right(), scope);
        budget.at(a.line());
        yield operators.arithmetic(left, a.operator(), right);
      }
      case Expr.Compare c -> {
        Value left = eval(c.first(), scope);
        boolean holds = true;
        for (int i = 0; holds && i < c.others().size(); i++) {
          Value right = eval(c.others().get(i), scope);
          budget.at(c.line());
          holds = operators.compare(left, c.operators().get(i), right);
          left = right;
        }
        yield Value.of(holds);
      }
      case Expr.Either e -> {
        if (eval(e.condition(), scope).truth()) {
          yield eval(e.yes(), scope);
        }
        yield e.no() == null
            ? new Value.Undefined("an 'if' without 'else' that does not hold")
            : eval(e.no(), scope);
      }
      default -> throw new IllegalStateException("not an expression: " + expr);
    };
  }

  Args arguments(Expr.Arguments given, Scope scope) {
    if (given == Expr.Arguments.NONE) {
      return Args.NONE;
    }
    var positional = new ArrayList<Value>();
    for (Expr one : given.positional()) {
      positional.add(eval(one, scope));
    }
    if (given.list() != null) {
      positional.addAll(operators.iterate(Operators.defined(eval(given.list(), scope))));
    }
    var named = new LinkedHashMap<String, Value>();
    for (var entry : given.named().entrySet()) {
      named.put(entry.getKey(), eval(entry.getValue(), scope));
    }
    if (given.map() != null) {
      if (!(eval(given.map(), scope) instanceof Value.Dict dict)) {
        throw new Failure("'**' before something that is no dict");
      }
      dict.entries().forEach((key, value) -> named.put(printed.str(key).text(), value));
    }
    return new Args(positional, named);
  }

  Value call(Value function, Args args) {
    return switch (Operators.defined(function)) {
      case Value.Function f -> f.body().call(args);
      case Value.Loop l when l.again != null -> l.again.call(args);
      default -> throw new Failure("a call of a " + function.type());
    };
  }

  /// `of.name`: an attribute or method first, then a key.
  private Value attribute(Value of, String name) {
    Value found =
        switch (of) {
          case Value.Undefined u -> throw new Failure(u.what());
          case Value.Namespace n -> n.attributes().get(name);
          case Value.Loop l -> loop(l, name);
          case Value.Dict d -> {
            Value method = methods.find(d, name);
            yield method != null ? method : d.get(name);
          }
          default -> methods.find(of, name);
        };
    return found != null ? found : missing(of, name);
  }

  private static Value missing(Value of, String name) {
    return new Value.Undefined("'" + of.type() + "' has no attribute '" + name + "'");
  }

  /// `of[index]`: an item or key first, then an attribute.
  Value index(Value of, Value index) {
    Operators.defined(of);
    if (of instanceof Value.Dict d) {
      Value found = d.entries().get(index);
      if (found != null) {
        return found;
      }
    } else if (Operators.number(index) instanceof Value.Int number) {
      return item(of, number.value());
    }
    return index instanceof Str name
        ? attribute(of, name.text())
        : new Value.Undefined("'" + of.type() + "' has no item " + printed.str(index));
  }

  private Value item(Value of, long index) {
    return switch (of) {
      case Value.Seq s
      when s.kind() == Value.Kind.LIST || s.kind() == Value.Kind.TUPLE -> {
        long at = index < 0 ? index + s.items().size() : index;
        yield at >= 0 && at < s.items().size()
            ? s.items().get((int) at)
            : new Value.Undefined("the list has no item " + index);
      }
      case Str s -> {
        int size = s.codePoints();
        long at = index < 0 ? index + size : index;
        if (at < 0 || at >= size) {
          yield new Value.Undefined("the string has no character " + index);
        }
        budget.steps(at / 64);
        int from = s.offset((int) at);
        yield s.cut(from, s.text().offsetByCodePoints(from, 1));
      }
      default -> new Value.Undefined("'" + of.type() + "' has no item " + index);
    };
  }

  private Value loop(Value.Loop l, String name) {
    int size = l.items.size();
    return switch (name) {
      case "index" -> new Value.Int(l.index + 1L);
      case "index0" -> new Value.Int(l.index);
      case "revindex" -> new Value.Int(size - l.index);
      case "revindex0" -> new Value.Int(size - l.index - 1L);
      case "first" -> Value.of(l.index == 0);
      case "last" -> Value.of(l.index == size - 1);
      case "length" -> new Value.Int(size);
      case "depth" -> new Value.Int(l.depth + 1L);
      case "depth0" -> new Value.Int(l.depth);
      case "previtem" ->
        l.index > 0 ? l.items.get(l.index - 1) : new Value.Undefined("there is no previous item");
      case "nextitem" ->
        l.index < size - 1
            ? l.items.get(l.index + 1)
            : new Value.Undefined("there is no next item");
      case "cycle" ->
        new Value.Function(name, args -> {
          List<Value> values = args.positional();
          if (values.isEmpty()) {
            throw new Failure("loop.cycle() without values");
          }
          return values.get(l.index % values.size());
        });
      case "changed" ->
        new Value.Function(name, args -> {
          boolean changed = l.last == null || !l.last.equals(args.positional());
          l.last = args.positional();
          return Value.of(changed);
        });
      default -> null;
    };
  }
}
