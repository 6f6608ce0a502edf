package herd.tool;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// What a model wrote when it was asked for a Java method.
///
/// The code of an answer is what stands in its first block fenced by three backticks, up to the end
/// where the fence is not closed; without a fence it is the whole answer. It parses if the JDK's
/// parser finds no mistake in it, either as members of a class or as a source file of its own.
public final class JavaCheck {
  private static final Pattern FENCE =
      Pattern.compile("```[\\w.+-]*[ \\t]*\\R?(.*?)(?:```|\\z)", Pattern.DOTALL);

  private final JavaParser parser = new JavaParser();

  /// @param answer what the model wrote
  /// @param name of the method that was asked for
  /// @param parameterTypes as in [JavaMethod.Parameter]
  public record Question(String answer, String name, List<String> parameterTypes) {}

  /// @param code that was taken from the answer
  /// @param parses whether it is Java and not blank; `{}` is
  /// @param signature whether it parses and holds a method of the right name and parameter types
  /// @param right whether that method has a body with at least one statement
  public record Verdict(String code, boolean parses, boolean signature, boolean right) {}

  /// The code of an answer.
  public static String code(String answer) {
    var fence = FENCE.matcher(answer);
    return (fence.find() ? fence.group(1) : answer).strip();
  }

  /// One verdict for each question, in order.
  public List<Verdict> check(List<Question> questions) {
    var codes = questions.stream().map(question -> code(question.answer())).toList();
    var parsed =
        new ArrayList<>(parser.parse(codes.stream().map(JavaCheck::wrapped).toList()));
    var again = new ArrayList<Integer>();
    for (int i = 0; i < codes.size(); i++) {
      if (!parsed.get(i).clean() || parsed.get(i).types() != 1) {
        again.add(i); // with more than one type the code closed the class around it
      }
    }
    var files = parser.parse(again.stream().map(codes::get).toList());
    for (int i = 0; i < files.size(); i++) {
      parsed.set(again.get(i), files.get(i));
    }
    var verdicts = new ArrayList<Verdict>();
    for (int i = 0; i < codes.size(); i++) {
      verdicts.add(verdict(codes.get(i), parsed.get(i), questions.get(i)));
    }
    return verdicts;
  }

  /// The verdict on one answer.
  public Verdict check(String answer, String name, List<String> parameterTypes) {
    return check(List.of(new Question(answer, name, parameterTypes))).getFirst();
  }

  private static String wrapped(String code) {
    return "class Answer {\n" + code + "\n}\n";
  }

  private static Verdict verdict(String code, JavaParser.Parsed parsed, Question question) {
    boolean parses = parsed.clean() && !code.isBlank();
    boolean signature = false;
    boolean right = false;
    for (var method : parsed.methods()) {
      if (parses
          && method.name().equals(question.name())
          && arrays(method.parameterTypes()).equals(arrays(question.parameterTypes()))) {
        signature = true;
        right |= method.statements() > 0;
      }
    }
    return new Verdict(code, parses, signature, right);
  }

  /// A parameter of variable arity is an array.
  private static List<String> arrays(List<String> types) {
    return types.stream()
        .map(type -> type.replaceAll("\\s+", "").replace("...", "[]"))
        .toList();
  }
}
