package herd.eval;

import java.util.List;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class JavaCheckTest {
  private static JavaCheck.Outcome check(String member) {
    return JavaCheck.check(member, "add", List.of("int", "List<String>"));
  }

  @Test
  void methodAsAskedParsesAndIsAsAsked() {
    var outcome =
        check("/** Adds. */ @Override public int add(final int a, List< String > b) { return a; }");
    assertThat(outcome).isEqualTo(new JavaCheck.Outcome(true, true));
  }

  @Test
  void parsingAloneIsNotEnough() {
    assertThat(check("{}")).isEqualTo(new JavaCheck.Outcome(true, false));
    assertThat(check("")).isEqualTo(new JavaCheck.Outcome(true, false));
    assertThat(check("int add(int a, List<String> b) {}"))
        .isEqualTo(new JavaCheck.Outcome(true, false));
    assertThat(check("abstract int add(int a, List<String> b);"))
        .isEqualTo(new JavaCheck.Outcome(true, false));
    assertThat(check("int sub(int a, List<String> b) { return 1; }").asked()).isFalse();
    assertThat(check("int add(long a, List<String> b) { return 1; }").asked()).isFalse();
  }

  @Test
  void garbageDoesNotParse() {
    assertThat(check("int add(int a, List<String> b) { return ").parses()).isFalse();
    assertThat(check("} class Other { ").parses()).isFalse();
    assertThat(check("public int add(int a").parses()).isFalse();
    assertThat(check("\u0000 ` ## \" unclosed").parses()).isFalse();
    assertThat(check("((((((".repeat(20_000)).parses()).isFalse();
  }

  @Test
  void variableArityIsAnArray() {
    var outcome = JavaCheck.check("int sum(int... a) { return 0; }", "sum", List.of("int[]"));
    assertThat(outcome.asked()).isTrue();
  }
}
