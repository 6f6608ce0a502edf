package herd.engine.template;

/// What a rendering may use up: steps, characters made, and depth. One rendering, one thread.
final class Budget {
  /// A conversation of thousands of messages takes some hundred thousand steps.
  static final long STEPS = 10_000_000;

  /// Characters of all strings made on the way, and of one string.
  static final long CHARACTERS = 200_000_000;

  static final int LONGEST = 32_000_000;

  /// Calls and expressions inside each other: far from the end of a thread's stack.
  static final int DEPTH = 400;

  private static final String REMEDY =
      "A template that needs more does not end, or it was made to do harm.";

  private long steps = STEPS;
  private long characters = CHARACTERS;
  private int depth;
  private int line = 1;

  /// One more expression or statement, at `line`.
  void step(int at) {
    line = at;
    steps(1);
  }

  void at(int now) {
    line = now;
  }

  int line() {
    return line;
  }

  void steps(long more) {
    steps -= more;
    if (steps < 0) {
      throw new Failure("more than " + STEPS + " steps", REMEDY);
    }
  }

  /// Charges for a string of `length` characters before it is made.
  void characters(long length) {
    characters -= length;
    if (length > LONGEST) {
      throw tooLong();
    }
    if (characters < 0) {
      throw new Failure("strings of more than " + CHARACTERS + " characters together", REMEDY);
    }
  }

  static Failure tooLong() {
    return new Failure("a string of more than " + LONGEST + " characters", REMEDY);
  }

  void enter() {
    if (++depth > DEPTH) {
      throw new Failure("calls and expressions nested deeper than " + DEPTH, REMEDY);
    }
  }

  void leave() {
    depth--;
  }
}
