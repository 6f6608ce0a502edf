package herd.engine.template;

import herd.engine.template.Value.Args;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The filters over lists and dicts.
final class ListFilters {
  private static final Set<String> NAMES = Set.of(
      "batch",
      "dictsort",
      "first",
      "groupby",
      "items",
      "join",
      "last",
      "list",
      "map",
      "max",
      "min",
      "reject",
      "rejectattr",
      "reverse",
      "select",
      "selectattr",
      "slice",
      "sort",
      "sum",
      "unique");

  private final Evaluator evaluator;
  private final Budget budget;
  private final Operators operators;
  private final Printed printed;
  private final Methods methods;

  ListFilters(Evaluator evaluator, Budget budget, Operators operators, Printed printed) {
    this.evaluator = evaluator;
    this.budget = budget;
    this.operators = operators;
    this.printed = printed;
    this.methods = evaluator.methods();
  }

  static boolean knows(String name) {
    return NAMES.contains(name);
  }

  Value apply(String name, Value value, Args args) {
    if (name.equals("items")) {
      args.bind(name);
      return switch (value) {
        case Value.Dict d -> new Value.Seq(methods.pairs(d), Value.Kind.LAZY);
        case Value.Undefined _ -> new Value.Seq(List.of(), Value.Kind.LAZY);
        default -> throw new Failure("items of a " + value.type());
      };
    }
    if (name.equals("dictsort")) {
      return dictSort(value, args);
    }
    var items = operators.iterate(value);
    budget.steps(items.size());
    return switch (name) {
      case "first", "last" -> {
        args.bind(name);
        yield items.isEmpty()
            ? new Value.Undefined("no " + name + " item, the list is empty")
            : name.equals("first") ? items.getFirst() : items.getLast();
      }
      case "join" -> {
        var a = args.bind(name, "d", "attribute");
        Value list = a[1] == null
            ? new Value.Seq(items)
            : new Value.Seq(items.stream().map(i -> attribute(i, a[1])).toList());
        yield methods.join(a[0] == null ? Str.EMPTY : printed.str(a[0]), list, false);
      }
      case "list" -> {
        args.bind(name);
        yield new Value.Seq(List.copyOf(items));
      }
      case "reverse" -> {
        args.bind(name);
        var reversed = new ArrayList<>(items);
        Collections.reverse(reversed);
        yield value instanceof Str
            ? methods.join(Str.EMPTY, new Value.Seq(reversed), false)
            : new Value.Seq(reversed, Value.Kind.LAZY);
      }
      case "map" -> map(items, args);
      case "select", "reject" -> choose(items, null, args, name.equals("select"));
      case "selectattr", "rejectattr" -> {
        if (args.positional().isEmpty()) {
          throw new Failure(name + " without an attribute");
        }
        yield choose(items, args.positional().getFirst(), args.after(1), name.equals("selectattr"));
      }
      case "sum" -> sum(items, args);
      case "batch", "slice" -> parts(name, items, args);
      default -> ordered(name, items, args);
    };
  }

  /// `a.b.0` of an item.
  private Value attribute(Value item, Value path) {
    if (path instanceof Value.Int index) {
      return evaluator.index(item, index);
    }
    Value value = item;
    for (String step : Filters.text(path).split("\\.")) {
      value = step.matches("\\d{1,9}")
          ? evaluator.index(value, new Value.Int(Integer.parseInt(step)))
          : evaluator.index(value, Str.template(step));
    }
    return value;
  }

  private Value map(List<Value> items, Args args) {
    var out = new ArrayList<Value>(items.size());
    Value attribute = args.named().get("attribute");
    if (attribute != null) {
      Value otherwise = args.named().get("default");
      for (Value item : items) {
        Value value = attribute(item, attribute);
        out.add(value instanceof Value.Undefined && otherwise != null ? otherwise : value);
      }
    } else {
      if (args.positional().isEmpty()) {
        throw new Failure("map without a filter");
      }
      String filter = Filters.text(args.positional().getFirst());
      for (Value item : items) {
        out.add(evaluator.filter(filter, item, args.after(1)));
      }
    }
    return new Value.Seq(out, Value.Kind.LAZY);
  }

  private Value choose(List<Value> items, Value attribute, Args args, boolean keep) {
    var out = new ArrayList<Value>();
    String test =
        args.positional().isEmpty() ? null : Filters.text(args.positional().getFirst());
    if (test != null && !Tests.knows(test)) {
      throw new Failure("the test '" + test + "', which is not known");
    }
    for (Value item : items) {
      Value value = attribute == null ? item : attribute(item, attribute);
      boolean holds = test == null ? value.truth() : evaluator.test(test, value, args.after(1));
      if (holds == keep) {
        out.add(item);
      }
    }
    return new Value.Seq(out, Value.Kind.LAZY);
  }

  private Value sum(List<Value> items, Args args) {
    var a = args.bind("sum", "attribute", "start");
    Value total = a[1] == null ? new Value.Int(0) : a[1];
    for (Value item : items) {
      boolean whole = a[0] == null || a[0] instanceof Value.None;
      total = operators.arithmetic(total, "+", whole ? item : attribute(item, a[0]));
    }
    return total;
  }

  private Value parts(String name, List<Value> items, Args args) {
    var a = args.bind(name, "count", "fill_with");
    int count = Math.toIntExact(
        Math.clamp(Operators.index(Filters.needed(a[0], name)), 1L, Math.max(1L, items.size())));
    var out = new ArrayList<Value>();
    if (name.equals("batch")) {
      for (int at = 0; at < items.size(); at += count) {
        var part = new ArrayList<>(items.subList(at, Math.min(items.size(), at + count)));
        while (a[1] != null && part.size() < count) {
          part.add(a[1]);
        }
        out.add(new Value.Seq(part));
      }
    } else {
      int each = items.size() / count;
      int more = items.size() % count;
      int at = 0;
      for (int i = 0; i < count; i++) {
        int end = at + each + (i < more ? 1 : 0);
        var part = new ArrayList<>(items.subList(at, end));
        if (a[1] != null && i >= more && more > 0) {
          part.add(a[1]);
        }
        out.add(new Value.Seq(part));
        at = end;
      }
    }
    return new Value.Seq(out, Value.Kind.LAZY);
  }

  /// `sort`, `unique`, `min`, `max`, `groupby`.
  private Value ordered(String name, List<Value> items, Args args) {
    var a = name.equals("sort")
        ? args.bind(name, "reverse", "case_sensitive", "attribute")
        : name.equals("groupby")
            ? args.bind(name, "attribute", "default", "case_sensitive")
            : args.bind(name, "case_sensitive", "attribute");
    boolean sort = name.equals("sort");
    boolean group = name.equals("groupby");
    Value sensitive = a[sort ? 1 : group ? 2 : 0];
    Value path = group ? Filters.needed(a[0], name) : a[sort ? 2 : 1];
    Value attribute = path instanceof Value.None ? null : path;
    boolean folds = sensitive == null || !sensitive.truth();
    Comparator<Value> order =
        (x, y) -> operators.order(key(x, attribute, folds), key(y, attribute, folds));
    budget.steps(items.size() * 2L);
    switch (name) {
      case "min", "max" -> {
        if (items.isEmpty()) {
          return new Value.Undefined("no " + name + " of an empty list");
        }
        Value best = items.getFirst();
        for (Value item : items) {
          int compared = order.compare(item, best);
          best = (name.equals("min") ? compared < 0 : compared > 0) ? item : best;
        }
        return best;
      }
      case "unique" -> {
        var out = new ArrayList<Value>();
        var seen = new java.util.HashSet<Value>();
        for (Value item : items) {
          if (seen.add(key(item, attribute, folds))) {
            out.add(item);
          }
        }
        return new Value.Seq(out, Value.Kind.LAZY);
      }
      default -> {
        var sorted = new ArrayList<>(items);
        sorted.sort(sort && a[0] != null && a[0].truth() ? order.reversed() : order);
        return sort ? new Value.Seq(sorted) : groups(sorted, attribute, folds);
      }
    }
  }

  private Value groups(List<Value> sorted, Value attribute, boolean folds) {
    var out = new ArrayList<Value>();
    for (int at = 0; at < sorted.size(); ) {
      Value key = key(sorted.get(at), attribute, folds);
      int end = at + 1;
      while (end < sorted.size() && operators.equal(key, key(sorted.get(end), attribute, folds))) {
        end++;
      }
      out.add(new Value.Seq(
          List.of(
              attribute(sorted.get(at), attribute),
              new Value.Seq(List.copyOf(sorted.subList(at, end)))),
          Value.Kind.TUPLE));
      at = end;
    }
    return new Value.Seq(out);
  }

  private Value key(Value item, Value attribute, boolean folds) {
    Value value = attribute == null ? item : attribute(item, attribute);
    return folds && value instanceof Str s ? s.map(text -> text.toLowerCase(Locale.ROOT)) : value;
  }

  private Value dictSort(Value value, Args args) {
    var a = args.bind("dictsort", "case_sensitive", "by", "reverse");
    if (!(Operators.defined(value) instanceof Value.Dict dict)) {
      throw new Failure("dictsort of a " + value.type());
    }
    String by = a[1] == null ? "key" : Filters.text(a[1]);
    if (!by.equals("key") && !by.equals("value")) {
      throw new Failure("dictsort by '" + by + "'");
    }
    boolean folds = a[0] == null || !a[0].truth();
    Value index = new Value.Int(by.equals("key") ? 0 : 1);
    var pairs = new ArrayList<>(methods.pairs(dict));
    Comparator<Value> order = (x, y) -> operators.order(key(x, index, folds), key(y, index, folds));
    pairs.sort(a[2] != null && a[2].truth() ? order.reversed() : order);
    return new Value.Seq(pairs);
  }
}
