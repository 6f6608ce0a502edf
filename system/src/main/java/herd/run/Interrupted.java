package herd.run;

/// The user asked the program to stop and the work has saved what it needs to go on later. `main`
/// ends with 130.
public final class Interrupted extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// The one form.
  public Interrupted() {
    super("interrupted; the state is saved", null, false, false);
  }
}
