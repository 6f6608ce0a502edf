package herd.engine.automaton;

/// A JSON string of `min` to `max` characters between its quotation marks; a negative `max` is no
/// limit. Its states are reckoned, not stored, so that a limit of a million costs nothing.
public record Counted(int min, int max) {}
