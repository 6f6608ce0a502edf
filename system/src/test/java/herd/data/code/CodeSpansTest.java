package herd.data.code;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class CodeSpansTest {
  /// The pieces, each after the first letter of its kind.
  private static List<String> pieces(String language, String text) {
    var all = new ArrayList<String>();
    CodeSpans.each(
        text,
        Languages.named(language),
        (kind, from, to) -> all.add(kind.name().charAt(0) + text.substring(from, to)));
    return all;
  }

  @Test
  void commentsAndLiteralsOfLanguagesWithSlashes() {
    assertThat(pieces("java", "a = \"//\" + '\\''; // it's\nb /* \" */ c"))
        .containsExactly(
            "Ca = ", "L\"//\"", "C + ", "L'\\''", "C; ", "C// it's", "C\nb ", "C/* \" */", "C c");
    assertThat(pieces("java", "x = \"\"\"\n  \"a\" // no\n\"\"\";"))
        .containsExactly("Cx = ", "L\"\"\"\n  \"a\" // no\n\"\"\"", "C;");
    assertThat(pieces("javascript", "f(`a\n${b} // c`)"))
        .containsExactly("Cf(", "L`a\n${b} // c`", "C)");
    assertThat(pieces("rust", "fn f<'a>(x: &'a str) -> char { 'x' }"))
        .containsExactly("Cfn f<'a>(x: &'a str) -> char { ", "L'x'", "C }");
  }

  @Test
  void whatSaysWhatPythonIsForIsAComment() {
    assertThat(pieces("python", "def f():\n  r\"\"\"Says.\n\n  More.\"\"\"\n  return '''x'''  # y"))
        .containsExactly(
            "Cdef f():\n  r",
            "C\"\"\"Says.\n\n  More.\"\"\"",
            "C\n  return ",
            "L'''x'''",
            "C  ",
            "C# y");
  }

  @Test
  void commentsOfOtherLanguages() {
    assertThat(pieces("shell", "echo $# ${a#b} # c")).containsExactly("Cecho $# ${a#b} ", "C# c");
    assertThat(pieces("sql", "select 'it''s' -- x")).contains("C-- x");
    assertThat(pieces("html", "<a><!-- b -->c")).containsExactly("C<a>", "C<!-- b -->", "Cc");
    assertThat(pieces("ocaml", "let x = \"a\" (* b *)")).contains("L\"a\"", "C(* b *)");
  }

  @Property(tries = 300)
  void piecesAreTheTextWhateverStandsInIt(
      @ForAll @StringLength(max = 60) @CharRange(from = ' ', to = '~') String text,
      @ForAll boolean lines) {
    var source = lines ? text.replace('x', '\n').replace('y', '\\').replace('z', '"') : text;
    for (var language : Languages.all()) {
      var again = new StringBuilder();
      CodeSpans.each(source, language, (kind, from, to) -> {
        assertThat(to).isGreaterThan(from);
        assertThat(from).isEqualTo(again.length());
        again.append(source, from, to);
      });
      assertThat(again.toString()).isEqualTo(source);
    }
  }
}
