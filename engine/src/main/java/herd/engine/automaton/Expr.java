package herd.engine.automaton;

import java.util.List;

/// What a rule of a grammar, or a regular expression, says.
public sealed interface Expr {
  /// The empty text.
  Expr EMPTY = new Seq(List.of());

  /// No text at all.
  Expr NOTHING = new Alt(List.of());

  /// One character of a set.
  record Chars(Codes codes) implements Expr {}

  /// A literal.
  record Text(String text) implements Expr {}

  /// One after the other.
  record Seq(List<Expr> parts) implements Expr {}

  /// One of them.
  record Alt(List<Expr> parts) implements Expr {}

  /// From `min` to `max` times; a negative `max` is no limit.
  record Repeat(Expr part, int min, int max) implements Expr {}

  /// What the rule of that number says.
  record Ref(int rule) implements Expr {}

  /// The begin or the end of the whole text; only in regular expressions.
  record Edge(boolean begin) implements Expr {}

  /// One after the other.
  static Expr seq(Expr... parts) {
    return new Seq(List.of(parts));
  }

  /// One of them.
  static Expr alt(Expr... parts) {
    return new Alt(List.of(parts));
  }

  /// A literal.
  static Expr text(String text) {
    return new Text(text);
  }

  /// It or nothing.
  static Expr optional(Expr part) {
    return new Repeat(part, 0, 1);
  }

  /// One character from `low` to `high`.
  static Expr range(int low, int high) {
    return new Chars(Codes.of(low, high));
  }
}
