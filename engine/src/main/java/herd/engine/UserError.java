package herd.engine;

/// A mistake that the user can mend: in a recipe, an option, a data file, a model file or a
/// request. It carries no stack trace; the program prints its message alone and exits with 2. A bug
/// is an ordinary unchecked exception instead.
public final class UserError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String where;

  /// @param where file, line, column, tensor, byte offset or option that is wrong
  /// @param found what stands there
  /// @param allowed what may stand there
  /// @param remedy how to mend it, a whole sentence; empty where what is allowed says it
  public UserError(String where, String found, String allowed, String remedy) {
    this(
        where,
        "%s: %s; allowed: %s. %s".formatted(where, found, allowed, remedy).strip());
  }

  /// A mistake for which no list of allowed values makes sense.
  public UserError(String where, String found, String remedy) {
    this(where, "%s: %s. %s".formatted(where, found, remedy).strip());
  }

  private UserError(String where, String message) {
    super(message, null, false, false);
    this.where = where;
  }

  /// File, line, column, tensor, byte offset or option that is wrong.
  public String where() {
    return where;
  }

  /// The same mistake seen from farther away: `place` (a file and line, say) stands before it.
  public UserError in(String place) {
    return new UserError(place, place + ": " + getMessage());
  }
}
