package herd.engine.grammar;

/// How the JSON of a schema is written.
/// @param flexible whether a blank, or a new line and up to 80 blanks or tabs, may follow `{`,
///     `[`, `,` and `:` and come before `}` and `]`; otherwise there is no white space
/// @param closed whether an object whose schema names properties and says nothing of further
///     ones may only have those; by the specification it may have any
public record JsonStyle(boolean flexible, boolean closed) {
  /// White space as the model likes it, objects as the specification has it.
  public static final JsonStyle FLEXIBLE = new JsonStyle(true, false);

  /// No white space, objects as the specification has it.
  public static final JsonStyle COMPACT = new JsonStyle(false, false);
}
