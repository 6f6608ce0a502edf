package herd.engine.template;

import herd.engine.template.Evaluator.Scope;
import herd.engine.template.Node.Target;
import herd.engine.template.Value.Args;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/// Runs statements: one rendering of a template.
final class Statements {
  /// How a list of statements ended.
  private enum End {
    NORMAL,
    BREAK,
    CONTINUE
  }

  private final Budget budget;
  private final Evaluator evaluator;
  private final List<int[]> generated = new ArrayList<>();
  private final Str.Builder whole = new Str.Builder();
  private Str.Builder out = whole;

  Statements(Budget budget) {
    this.budget = budget;
    this.evaluator = new Evaluator(budget);
  }

  /// All that the template writes.
  Str run(List<Node> nodes, Scope scope) {
    exec(nodes, scope);
    return whole.str();
  }

  /// Stretches `[from, to)` of the result that stood in `generation` blocks.
  List<int[]> generated() {
    return generated;
  }

  private End exec(List<Node> nodes, Scope scope) {
    budget.enter();
    for (Node node : nodes) {
      budget.step(node.line());
      End end = exec(node, scope);
      if (end != End.NORMAL) {
        budget.leave();
        return end;
      }
    }
    budget.leave();
    return End.NORMAL;
  }

  private End exec(Node node, Scope scope) {
    switch (node) {
      case Node.Text t -> write(t.text());
      case Node.Print p -> write(evaluator.printed().str(evaluator.eval(p.value(), scope)));
      case Node.If i -> {
        return exec(evaluator.eval(i.condition(), scope).truth() ? i.yes() : i.no(), scope);
      }
      case Node.For f ->
        loop(f, evaluator.operators().iterate(evaluator.eval(f.over(), scope)), scope, 0);
      case Node.Set s -> assign(s.target(), evaluator.eval(s.value(), scope), scope);
      case Node.SetBlock s -> {
        Value value = captured(s.body(), new Scope(scope));
        assign(s.target(), filtered(s.filters(), value, scope), scope);
      }
      case Node.Macro m -> scope.put(m.name(), macro(m, scope));
      case Node.CallBlock c -> {
        Value function = evaluator.eval(c.call().function(), scope);
        Args args = evaluator.arguments(c.call().arguments(), scope);
        var named = new LinkedHashMap<>(args.named());
        named.put("caller", macro(c.caller(), scope));
        budget.at(c.line());
        write(
            evaluator.printed().str(evaluator.call(function, new Args(args.positional(), named))));
      }
      case Node.FilterBlock f ->
        write(evaluator
            .printed()
            .str(filtered(f.filters(), captured(f.body(), new Scope(scope)), scope)));
      case Node.Generation g -> {
        int from = out.length();
        exec(g.body(), scope);
        if (out == whole) {
          generated.add(new int[] {from, out.length()});
        }
      }
      case Node.With w -> {
        var inner = new Scope(scope);
        for (int i = 0; i < w.targets().size(); i++) {
          assign(w.targets().get(i), evaluator.eval(w.values().get(i), scope), inner);
        }
        return exec(w.body(), inner);
      }
      case Node.Break _ -> {
        return End.BREAK;
      }
      case Node.Continue _ -> {
        return End.CONTINUE;
      }
    }
    return End.NORMAL;
  }

  private void write(Str text) {
    budget.characters(text.length());
    out.add(text);
  }

  /// What `body` writes, as a value.
  private Str captured(List<Node> body, Scope scope) {
    var outer = out;
    out = new Str.Builder();
    exec(body, scope);
    Str text = out.str();
    out = outer;
    return text;
  }

  private Value filtered(Expr filters, Value value, Scope scope) {
    if (filters == null) {
      return value;
    }
    if (!(filters instanceof Expr.Filter f)) {
      throw new IllegalStateException("not a filter: " + filters);
    }
    Value inner = f.value() == null ? value : filtered(f.value(), value, scope);
    Args args = evaluator.arguments(f.arguments(), scope);
    budget.at(f.line());
    return evaluator.filter(f.name(), inner, args);
  }

  private void loop(Node.For f, List<Value> all, Scope scope, int depth) {
    List<Value> items = all;
    if (f.where() != null) {
      items = new ArrayList<>();
      for (Value item : all) {
        var inner = new Scope(scope);
        assign(f.target(), item, inner);
        if (evaluator.eval(f.where(), inner).truth()) {
          items.add(item);
        }
      }
    }
    if (items.isEmpty()) {
      exec(f.otherwise(), new Scope(scope));
      return;
    }
    Value.Body again = f.recursive() ? args -> again(f, args, scope, depth) : null;
    var loop = new Value.Loop(items, depth, again);
    for (Value item : items) {
      budget.step(f.line());
      var inner = new Scope(scope);
      inner.put("loop", loop);
      assign(f.target(), item, inner);
      if (exec(f.body(), inner) == End.BREAK) {
        break;
      }
      loop.index++;
    }
  }

  private Value again(Node.For f, Args args, Scope scope, int depth) {
    Value over = args.bind("loop", "iterable")[0];
    if (over == null) {
      throw new Failure("loop() without a list");
    }
    budget.enter();
    var outer = out;
    out = new Str.Builder();
    loop(f, evaluator.operators().iterate(over), scope, depth + 1);
    Str text = out.str();
    out = outer;
    budget.leave();
    return text;
  }

  private void assign(Target target, Value value, Scope scope) {
    switch (target) {
      case Target.Variable v -> scope.put(v.name(), value);
      case Target.Attribute a -> {
        if (!(scope.find(a.namespace()) instanceof Value.Namespace namespace)) {
          throw new Failure(
              "an attribute of '" + a.namespace() + "' is set, which is no namespace");
        }
        namespace.attributes().put(a.name(), value);
      }
      case Target.Several s -> {
        var items = evaluator.operators().iterate(Operators.defined(value));
        if (items.size() != s.targets().size()) {
          throw new Failure(items.size() + " values for " + s.targets().size() + " names");
        }
        for (int i = 0; i < items.size(); i++) {
          assign(s.targets().get(i), items.get(i), scope);
        }
      }
    }
  }

  private Value macro(Node.Macro m, Scope scope) {
    return new Value.Function(m.name(), args -> call(m, args, scope));
  }

  private Value call(Node.Macro m, Args args, Scope scope) {
    budget.enter();
    var inner = new Scope(scope);
    var names = m.parameters();
    var named = new LinkedHashMap<>(args.named());
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      Value given = named.remove(name);
      int optional = i - (names.size() - m.defaults().size());
      if (i < args.positional().size()) {
        if (given != null) {
          throw new Failure("the argument '" + name + "' of " + m.name() + " twice");
        }
        given = args.positional().get(i);
      } else if (given == null && optional >= 0) {
        given = evaluator.eval(m.defaults().get(optional), inner);
      }
      inner.put(
          name,
          given != null
              ? given
              : new Value.Undefined("the parameter '" + name + "' was not given"));
    }
    Value caller = named.remove("caller");
    if (caller != null) {
      inner.put("caller", caller);
    }
    var rest = args.positional()
        .subList(
            Math.min(names.size(), args.positional().size()), args.positional().size());
    var kwargs = new LinkedHashMap<Value, Value>();
    named.forEach((name, value) -> kwargs.put(Str.template(name), value));
    inner.put("varargs", new Value.Seq(List.copyOf(rest), Value.Kind.TUPLE));
    inner.put("kwargs", new Value.Dict(kwargs));
    Str text = captured(m.body(), inner);
    budget.leave();
    return text;
  }
}
