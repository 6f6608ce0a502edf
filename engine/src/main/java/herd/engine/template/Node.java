package herd.engine.template;

import java.util.List;

/// A statement of a template, with the line where it starts.
sealed interface Node {
  int line();

  record Text(int line, Str text) implements Node {}

  record Print(int line, Expr value) implements Node {}

  record If(int line, Expr condition, List<Node> yes, List<Node> no) implements Node {}

  /// @param where condition of the loop itself, or null
  record For(
      int line,
      Target target,
      Expr over,
      Expr where,
      boolean recursive,
      List<Node> body,
      List<Node> otherwise)
      implements Node {}

  record Set(int line, Target target, Expr value) implements Node {}

  /// `{% set name | filters %}…{% endset %}`; `filters` may be null.
  record SetBlock(int line, Target target, Expr filters, List<Node> body) implements Node {}

  record Macro(int line, String name, List<String> parameters, List<Expr> defaults, List<Node> body)
      implements Node {}

  /// `{% call(parameters) call %}body{% endcall %}`: the body is the macro `caller`.
  record CallBlock(int line, Expr.Call call, Macro caller) implements Node {}

  record FilterBlock(int line, Expr filters, List<Node> body) implements Node {}

  /// What the assistant says: a mark for training that writes nothing itself.
  record Generation(int line, List<Node> body) implements Node {}

  record With(int line, List<Target> targets, List<Expr> values, List<Node> body) implements Node {}

  record Break(int line) implements Node {}

  record Continue(int line) implements Node {}

  /// Where a value goes.
  sealed interface Target {
    record Variable(String name) implements Target {}

    record Attribute(String namespace, String name) implements Target {}

    record Several(List<Target> targets) implements Target {}
  }
}
