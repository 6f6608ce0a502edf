package herd.tool;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class JavaParserTest {
  private static final JavaParser PARSER = new JavaParser();
  private static final String LEDGER = resource("/java/Ledger.txt");
  private static final JavaParser.Parsed PARSED = PARSER.parse(LEDGER);

  @Test
  void allNamedMethodsAreFound() {
    assertThat(PARSED.errors()).isEmpty();
    assertThat(PARSED.methods())
        .extracting(JavaMethod::key)
        .containsExactly(
            "Ledger#row(int,X...)",
            "Ledger#größe()",
            "Ledger#sum(int[],int[])",
            "Ledger#undocumented()",
            "Ledger#hidden()",
            "Ledger#toString()",
            "Ledger.Entry#isEmpty()",
            "Ledger.Reader#next(Map<String,List<? extends Entry>>,int...)",
            "Ledger.Reader#secret()",
            "Ledger.Reader#close()",
            "Ledger.Side#other()",
            "Ledger.Mark#value()");
    assertThat(PARSED.methods().stream().filter(m -> !m.isPublic()).map(JavaMethod::name))
        .containsExactly("hidden", "secret");
    assertThat(method("isEmpty").kind()).isEqualTo(JavaMethod.TypeKind.RECORD);
    assertThat(method("next").kind()).isEqualTo(JavaMethod.TypeKind.INTERFACE);
    assertThat(method("other").kind()).isEqualTo(JavaMethod.TypeKind.ENUM);
    assertThat(method("value").kind()).isEqualTo(JavaMethod.TypeKind.ANNOTATION);
  }

  @Test
  void aSignatureHasNeitherAnnotationsNorModifiersNorComments() {
    assertThat(method("row").signature())
        .isEqualTo("<X extends Map<String, int[]>> T row(int n, X... more)"
            + " throws IllegalStateException, NoSuchElementException");
    assertThat(method("row").head())
        .isEqualTo("public final <X extends Map<String, int[]>> T row(final int n, X... more)"
            + " throws IllegalStateException, NoSuchElementException");
    assertThat(method("next").head())
        .isEqualTo("Entry next(Map<String, List<? extends Entry>> known, int... limits)");
    assertThat(method("row").result()).isEqualTo("T");
  }

  @Test
  void aCommentBecomesPlainText() {
    var row = method("row");
    assertThat(row.summary())
        .isEqualTo("Returns the n-th row of this Ledger, e.g. the first one for 0.");
    assertThat(row.comment()).endsWith("from the beginning.\nMore about it.");
    assertThat(row.parameterTexts())
        .containsExactly(java.util.Map.entry("n", "the row, see List.get(int)"));
    assertThat(row.returns()).isEqualTo("the row, or <none>");
    assertThat(method("größe").summary()).isEqualTo("Größe in £ — <exact> & café 日本 🐄");
    assertThat(method("sum").summary())
        .isEqualTo("Sums *all* rows, see List and the sum, as long.");
    assertThat(method("next").summary()).isEqualTo("Reads the next entry, or waits.");
    assertThat(method("other").summary()).isEqualTo("Returns the other side.");
    assertThat(method("toString").summary()).isEmpty();
    assertThat(method("undocumented").comment()).isEmpty();
  }

  @Test
  void aBodyStandsAtTheMargin() {
    assertThat(method("row").body()).isEqualTo("""
            {
              // a comment with } in it
              if (n < 0) {
                throw new IllegalStateException("}");
              }

              return rows.get(n);
            }""");
    assertThat(method("row").statements()).isEqualTo(2);
    assertThat(method("sum").statements()).isZero(); // a lone semicolon
    assertThat(method("undocumented").body()).isEqualTo("{}");
    assertThat(method("next").body()).isEmpty();
  }

  @Test
  void garbageIsAnErrorAndDoesNotTouchItsNeighbours() {
    var garbage = List.of(
        "class A { void f( { }",
        "public static int f() { return 1;",
        "class \u0000 \uD800",
        "\"unclosed",
        "/** never closed",
        "@@@ <<<>>> ((((((((",
        "(".repeat(100_000),
        "enum E { A, B { void g( } class",
        "record R(int... a, int b) { R { } } } }",
        "Returns the length of the string.");
    var sources = Stream.concat(garbage.stream(), Stream.of(LEDGER)).toList();
    var parsed = PARSER.parse(sources);
    assertThat(parsed.getLast()).isEqualTo(PARSED);
    for (int i = 0; i < garbage.size(); i++) {
      assertThat(parsed.get(i).clean()).as(garbage.get(i)).isFalse();
    }
    assertThat(PARSER.parse("").clean()).isTrue();
    assertThat(PARSER.parse("package a; /** x */").methods()).isEmpty();
    assertThat(PARSER.parse(List.of())).isEmpty();
  }

  @Test
  void noTruncationAndNoFlippedCharacterBreaksTheParser() {
    var random = new Random(5);
    var broken = IntStream.range(0, 200)
        .mapToObj(i -> {
          if (i % 2 == 0) {
            return LEDGER.substring(0, random.nextInt(LEDGER.length()));
          }
          var text = new StringBuilder(LEDGER);
          for (int flips = 0; flips < 5; flips++) {
            text.setCharAt(random.nextInt(text.length()), (char) random.nextInt(0x250));
          }
          return text.toString();
        })
        .toList();
    var parsed = PARSER.parse(broken);
    assertThat(parsed).hasSameSizeAs(broken);
    assertThat(parsed.stream().filter(result -> !result.clean()).count()).isGreaterThan(60);
  }

  private static JavaMethod method(String name) {
    return PARSED.methods().stream()
        .filter(method -> method.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static String resource(String name) {
    try (var stream = JavaParserTest.class.getResourceAsStream(name)) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
