package herd.engine.template;

import java.util.List;
import java.util.Map;

/// An expression of a template, with the line where it stands.
sealed interface Expr {
  int line();

  record Constant(int line, Value value) implements Expr {}

  record Name(int line, String name) implements Expr {}

  record Items(int line, List<Expr> items, boolean tuple) implements Expr {}

  record Entries(int line, List<Expr> keys, List<Expr> values) implements Expr {}

  record Attribute(int line, Expr of, String name) implements Expr {}

  record Index(int line, Expr of, Expr index) implements Expr {}

  /// `of[from:to:step]`; what is left out is null.
  record Slice(int line, Expr of, Expr from, Expr to, Expr step) implements Expr {}

  record Call(int line, Expr function, Arguments arguments) implements Expr {}

  /// `value|name(arguments)`; `value` is null for what a `filter` block encloses.
  record Filter(int line, Expr value, String name, Arguments arguments) implements Expr {}

  /// `value is name(arguments)`.
  record Test(int line, Expr value, String name, Arguments arguments) implements Expr {}

  record Not(int line, Expr value) implements Expr {}

  record Sign(int line, Expr value, boolean minus) implements Expr {}

  record And(int line, Expr left, Expr right) implements Expr {}

  record Or(int line, Expr left, Expr right) implements Expr {}

  record Arithmetic(int line, Expr left, String operator, Expr right) implements Expr {}

  /// `a < b <= c`: each operand once, all comparisons must hold.
  record Compare(int line, Expr first, List<String> operators, List<Expr> others) implements Expr {}

  /// `yes if condition else no`; `no` may be null.
  record Either(int line, Expr condition, Expr yes, Expr no) implements Expr {}

  /// What stands in the parentheses of a call.
  /// @param list the value after `*`, or null
  /// @param map the value after `**`, or null
  record Arguments(List<Expr> positional, Map<String, Expr> named, Expr list, Expr map) {
    static final Arguments NONE = new Arguments(List.of(), Map.of(), null, null);
  }
}
