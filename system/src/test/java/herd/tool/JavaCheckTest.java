package herd.tool;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class JavaCheckTest {
  private static final JavaCheck CHECK = new JavaCheck();

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      right     | int sum(int[] a, List<String> b) { return a.length; }
      right     | /** Sums. */ @Override public static int sum(final int[] a, List< String > b) throws X { a(); }
      right     | class Sums { int sum(int[] a, List<String> b) { return 1; } }
      right     | import java.util.List; class Sums { int sum(int[] a, List<String> b) { return 1; } }
      right     | void other() {} int sum(int[] a, List<String> b) { return 1; }
      signature | int sum(int[] a, List<String> b) {}
      signature | int sum(int[] a, List<String> b) { ; ;; }
      signature | int sum(int[] a, List<String> b);
      parses    | int sum(int[] a, List<Object> b) { return 1; }
      parses    | int sums(int[] a, List<String> b) { return 1; }
      parses    | int sum(int[] a) { return 1; }
      parses    | {}
      parses    | ;
      nothing   | int sum(int[] a, List<String> b) { return 1;
      nothing   | int sum(int[] a, List<String> b) { return 1; } }
      nothing   | int sum(int[] a, List<String> b) { return 1 }
      nothing   | Returns the sum of the array and the list.
      nothing   | int sum(int[] a, List<String> b) { /* never closed }
      nothing   | } class Other {
      nothing   | int sum(int[] a, List<String> b) { return 1; } } class Other {
      nothing   | ''
      """)
  void aMethodIsJudgedByItsSyntaxItsSignatureAndItsBody(String worth, String answer) {
    var verdict = CHECK.check(answer, "sum", List.of("int[]", "List<String>"));
    var found = verdict.right()
        ? "right"
        : verdict.signature() ? "signature" : verdict.parses() ? "parses" : "nothing";
    assertThat(found.toLowerCase(Locale.ROOT)).isEqualTo(worth);
  }

  @Test
  void aParameterOfVariableArityIsAnArray() {
    assertThat(CHECK
            .check("int sum(int... a) { return 1; }", "sum", List.of("int[]"))
            .right())
        .isTrue();
    assertThat(CHECK
            .check("int sum(int[] a) { return 1; }", "sum", List.of("int..."))
            .right())
        .isTrue();
  }

  @Test
  void codeIsWhatStandsInTheFirstFence() {
    assertThat(JavaCheck.code("int f();\n")).isEqualTo("int f();");
    assertThat(JavaCheck.code("Here:\n```java\nint f();\n```\nand\n```\nint g();\n```"))
        .isEqualTo("int f();");
    assertThat(JavaCheck.code("```\nint f() {\n")).isEqualTo("int f() {");
  }

  @Test
  void everyQuestionGetsItsOwnVerdict() {
    var questions = new ArrayList<JavaCheck.Question>();
    for (int i = 0; i < 300; i++) {
      String body = i % 3 == 0 ? "{ return " + i + "; }" : i % 3 == 1 ? "{" : "{}";
      questions.add(
          new JavaCheck.Question("int f" + i + "(char c) " + body, "f" + i, List.of("char")));
    }
    var verdicts = CHECK.check(questions);
    for (int i = 0; i < verdicts.size(); i++) {
      assertThat(verdicts.get(i).right()).isEqualTo(i % 3 == 0);
      assertThat(verdicts.get(i).parses()).isEqualTo(i % 3 != 1);
    }
    assertThat(CHECK.check(List.of())).isEmpty();
  }
}
