package herd.engine.automaton;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/// Copies small rules to where they are used: what remains in one automaton needs no calls while
/// text is generated.
final class Inliner {
  private static final int DEPTH = 100;

  private final Rules rules;
  private final BitSet may;
  private final int limit;
  private final Expr[] copies; // by rule: its body inlined
  private final BitSet tried = new BitSet();

  Inliner(Rules rules, BitSet may, int limit) {
    this.rules = rules;
    this.may = may;
    this.limit = limit;
    copies = new Expr[rules.size()];
  }

  Expr inlined(Expr expr) {
    return inlined(expr, 0);
  }

  private Expr inlined(Expr expr, int depth) {
    return switch (expr) {
      case Expr.Ref(int rule) -> {
        Expr copy = copy(rule, depth + 1);
        yield copy == null ? expr : copy;
      }
      case Expr.Seq(List<Expr> parts) -> new Expr.Seq(all(parts, depth));
      case Expr.Alt(List<Expr> parts) -> new Expr.Alt(all(parts, depth));
      case Expr.Repeat(Expr part, int min, int max) ->
        new Expr.Repeat(inlined(part, depth), min, max);
      case Expr.Chars _, Expr.Text _, Expr.Edge _ -> expr;
    };
  }

  private List<Expr> all(List<Expr> parts, int depth) {
    var out = new ArrayList<Expr>(parts.size());
    for (Expr part : parts) {
      out.add(inlined(part, depth));
    }
    return out;
  }

  /// The body of a rule that is small and does not call itself, or null.
  private Expr copy(int rule, int depth) {
    if (!may.get(rule) || depth > DEPTH || rules.body(rule) == null) {
      return null;
    }
    if (!tried.get(rule)) {
      tried.set(rule); // while it is tried, a call of itself finds no copy
      Expr copy = inlined(rules.body(rule), depth);
      copies[rule] = size(copy) <= limit && !calls(copy, rule) ? copy : null;
    }
    return copies[rule];
  }

  private static boolean calls(Expr expr, int rule) {
    return switch (expr) {
      case Expr.Ref(int other) -> other == rule;
      case Expr.Seq(List<Expr> parts) -> parts.stream().anyMatch(part -> calls(part, rule));
      case Expr.Alt(List<Expr> parts) -> parts.stream().anyMatch(part -> calls(part, rule));
      case Expr.Repeat repeat -> calls(repeat.part(), rule);
      case Expr.Chars _, Expr.Text _, Expr.Edge _ -> false;
    };
  }

  private static long size(Expr expr) {
    return switch (expr) {
      case Expr.Ref _ -> 2;
      case Expr.Chars(Codes codes) -> 1 + codes.ranges();
      case Expr.Text(String text) -> 1 + text.length();
      case Expr.Seq(List<Expr> parts) -> parts.stream().mapToLong(Inliner::size).sum();
      case Expr.Alt(List<Expr> parts) ->
        parts.size() + parts.stream().mapToLong(Inliner::size).sum();
      case Expr.Repeat(Expr part, int min, int max) ->
        1 + size(part) * Math.max(1, Math.max(min, max));
      case Expr.Edge _ -> 1;
    };
  }
}
