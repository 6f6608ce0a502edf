package herd.engine.template;

/// What goes wrong inside a template; [Template] adds the name and the line and makes a
/// [herd.engine.UserError] of it.
final class Failure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String remedy;

  Failure(String found) {
    this(found, "The template cannot be run; correct it or take the model's own.");
  }

  Failure(String found, String remedy) {
    super(found, null, false, false);
    this.remedy = remedy;
  }

  String remedy() {
    return remedy;
  }
}
