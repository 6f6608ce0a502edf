package herd.post;

import java.util.List;
import java.util.function.Function;

/// The words in which questions are put and answered. The first form of each question is the one
/// that evaluation uses.
public final class Wording {
  /// [#describe] without the method: what an answer's likelihood is compared with.
  public static final String NAMELESS = "What does this method do?";

  static final List<Function<SourceMethod, String>> DESCRIBE = List.of(
      Wording::describe,
      method -> "What does " + method.call() + " do?",
      method -> "Describe the method " + method.call() + " in one sentence.",
      method -> "Explain what " + method.named() + " of the class " + method.type() + " does.");

  private static final List<String> FIND = List.of(
      "Which class offers a method for this? ",
      "Where is the method that does this? ",
      "Which method should I use? ");

  private static final List<String> COMPLETE = List.of(
      "Complete this Java method of %s.",
      "Write this method of %s.", "Implement this Java method of %s.");

  private Wording() {}

  /// Asks what a method does, naming its class and its signature.
  public static String describe(SourceMethod method) {
    return "What does this method of " + method.type() + " do?\n"
        + method.java().signature();
  }

  /// Asks what a method does as people do, by name alone.
  static String describeByName(SourceMethod method) {
    return "What does " + method.type() + "." + method.java().name() + " do?";
  }

  /// Asks which method does what `method` does.
  static String find(SourceMethod method, int form) {
    return FIND.get(form % FIND.size()) + method.description();
  }

  static String found(SourceMethod method) {
    return "The class %s, with its method %s.".formatted(method.type(), method.named());
  }

  /// Asks for a method by its comment and its declaration.
  public static String complete(SourceMethod method) {
    return complete(method, 0);
  }

  static String complete(SourceMethod method, int form) {
    return COMPLETE.get(form % COMPLETE.size()).formatted(method.type()) + "\n/** "
        + method.description() + " */\n" + method.java().head();
  }
}
