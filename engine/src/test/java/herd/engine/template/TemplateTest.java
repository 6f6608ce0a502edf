package herd.engine.template;

import herd.engine.Effort;
import herd.engine.Golden;
import herd.engine.UserError;
import herd.engine.io.Json;
import herd.engine.io.JsonValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TemplateTest {
  private static final LocalDateTime CLOCK = LocalDateTime.of(2024, 7, 6, 5, 4, 3);

  private static String render(String template, Map<String, ?> variables) {
    return Template.parse(template, "t").render(variables, Map.of(), CLOCK).text();
  }

  /// The file holds a context, then templates with what jinja2 3.1.6, set up as transformers sets
  /// it up, made of them.
  @Test
  void everyConstructGivesWhatJinjaGives() throws IOException {
    List<String> lines;
    try (var in = TemplateTest.class.getResourceAsStream("jinja.jsonl")) {
      lines = new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
    var context = row(lines.getFirst()).get("context").object();
    for (String line : lines.subList(1, lines.size())) {
      var row = row(line);
      String template = row.get("template").string();
      if (row.has("error")) {
        assertThatThrownBy(() -> render(template, context))
            .as(template)
            .isInstanceOf(UserError.class)
            .hasMessageStartingWith("t:");
      } else {
        assertThat(render(template, context))
            .as(template)
            .isEqualTo(row.get("text").string());
      }
    }
  }

  private static JsonValue row(String line) {
    return new JsonValue(Json.read(line, "row"), line.substring(0, Math.min(90, line.length())));
  }

  @Test
  @Tag("golden")
  void realTemplatesGiveTheGoldenTextsAndErrors() throws IOException {
    Path chat = Golden.folder("infer/chat");
    var templates = new HashMap<String, Template>();
    for (String line : Files.readAllLines(chat.resolve("renders.jsonl"))) {
      var row = row(line);
      var template =
          templates.computeIfAbsent(row.get("template").string(), name -> template(chat, name));
      var variables = new LinkedHashMap<String, Object>();
      for (String key : List.of("messages", "tools", "add_generation_prompt")) {
        variables.put(key, row.get(key).value());
      }
      variables.putAll(row.get("vars").object());
      String date = row.get("strftime_now_date").string(null);
      var clock = date == null ? null : LocalDate.parse(date).atStartOfDay();
      var own = Map.of("bos_token", "<|begin_of_text|>");
      if (row.has("error")) {
        assertThatThrownBy(() -> template.render(variables, own, clock))
            .as(row.where())
            .isInstanceOf(UserError.class);
      } else {
        assertThat(template.render(variables, own, clock).text())
            .as(row.where())
            .isEqualTo(row.get("text").string());
      }
    }
  }

  /// The template whose file name has the parts of `name`: llama3.1 is in Llama-3.1.
  static Template template(Path chat, String name) {
    String wanted = name.replaceAll("(\\D)(\\d\\.)", "$1-$2").toLowerCase(java.util.Locale.ROOT);
    try (var files = Files.list(chat)) {
      Path file = files
          .filter(f -> f.toString().endsWith(".jinja"))
          .filter(
              f -> f.getFileName().toString().toLowerCase(java.util.Locale.ROOT).contains(wanted))
          .findFirst()
          .orElseThrow();
      return Template.parse(Files.readString(file), file.getFileName().toString());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '¦',
      value = {
        "'a\n{{ x|nope }}'¦t:2: the filter 'nope'",
        "'a\n\n{% include \"x\" %}'¦t:3: the statement 'include'",
        "'{{ 1\n+ }}'¦t:2: '}}' where a value",
        "'{% if a %}\n{% for b in c %}\n{% endif %}'¦t:3: 'endif' where 'endfor' (for line 2)",
        "'\n{{ raise_exception(\"No tools.\") }}'¦t:2: No tools.. The template refuses",
        "'\n{{\nx.y }}'¦t:3: 'x' is undefined",
        "'{% set messages.x = 1 %}'¦no namespace",
        "'{{ \"a\".__class__() }}'¦no attribute '__class__'"
      })
  void anErrorNamesTheLine(String template, String message) {
    assertThatThrownBy(() -> render(template, Map.of("messages", List.of())))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(message);
  }

  @Test
  void everyCharacterKnowsWhereItComesFrom() {
    var rendered = Template.parse(
            "{% set x %}<|u|>{{ m|trim }}{% endset %}{{ x + b }}{{ m.split('|')[1] }}"
                + "{{ m|replace('e', '<|e|>') }}{{ [m]|tojson }}{{ (m ~ '|')[1:]|upper }}",
            "t")
        .render(Map.of("m", " <|eot|> "), Map.of("b", "<|bos|>"), null);
    var marked = new StringBuilder();
    for (int i = 0; i < rendered.text().length(); i++) {
      marked.append(rendered.byTemplate(i, i + 1) ? rendered.text().charAt(i) : '.');
    }
    assertThat(rendered.text())
        .isEqualTo("<|u|><|eot|><|bos|>eot <|<|e|>ot|> [\" <|eot|> \"]<|EOT|> |");
    assertThat(marked.toString())
        .isEqualTo("<|u|>.......<|bos|>......<|e|>..........................|");
  }

  @Test
  void generationBlocksAreMarked() {
    var rendered = Template.parse("a{% generation %}{{ m }}!{% endgeneration %}b", "t")
        .render(Map.of("m", "hi"), Map.of(), null);
    assertThat(rendered.text()).isEqualTo("ahi!b");
    assertThat(rendered.generated()).containsExactly(new int[] {1, 4});
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% macro f(x) %}{{ f(x ~ x) }}{{ f(x) }}{% endmacro %}{{ f('a') }}",
        "{{ range(999999999999) }}",
        "{{ 'x' * 99999999999 }}",
        "{{ [1] * 99999999999 }}",
        "{% set ns = namespace(x='xx') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}"
            + "{% endfor %}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}"
            + "{% endfor %}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(9999) %}{% set ns.x = [ns.x, ns.x] %}"
            + "{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x=1) %}{% for i in range(500) %}{% set ns.x = [ns.x] %}"
            + "{% endfor %}{{ ns.x == ns.x }}{{ ns.x|tojson }}",
        "{% set x %}{{ 'a' * 9999999 }}{% endset %}{% for i in range(99) %}{{ x }}{% endfor %}",
        "{{ 'a'.center(99999999999) }}",
        "{{ '%999999999d' % 1 }}",
        "{{ 2 ** 9999999999 }}",
        "{{ ('a' * 100000).replace('a', 'b' * 100000) }}",
        "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        "{{ range(99999)|map('string')|join('x' * 99999) }}",
        "{{ ('a ' * 15000000).split() }}"
      })
  void hostileTemplatesEnd(String template) {
    double seconds = Effort.seconds(
        () -> assertThatThrownBy(() -> render(template, Map.of())).isInstanceOf(UserError.class));
    assertThat(seconds).isLessThan(30);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"(", "[", "{{ (", "{% if x %}", "not ", "-", "{{ {1:", "{% for x in y %}", "a."})
  void deepNestingIsRefusedOrRead(String part) {
    for (String template : List.of(part.repeat(100_000), "{{ " + part.repeat(100_000) + " }}")) {
      try {
        render(template, Map.of());
      } catch (UserError expected) {
        assertThat(expected).hasMessageStartingWith("t:");
      }
    }
  }

  @Property(tries = 500)
  void anyTemplateRendersOrIsAUserError(@ForAll("templates") String template) {
    try {
      render(template, Map.of("messages", List.of(Map.of("role", "user", "content", "x"))));
    } catch (UserError expected) {
      assertThat(expected).hasMessageStartingWith("t:");
    }
  }

  @Provide
  Arbitrary<String> templates() {
    var parts = Arbitraries.of(
        "{{",
        "}}",
        "{%",
        "%}",
        "{#",
        "#}",
        "-",
        "+",
        " ",
        "\n",
        "'",
        "\"",
        "\\",
        "if ",
        "else",
        "elif ",
        "endif",
        "for ",
        "x",
        " in ",
        "endfor",
        "set ",
        "=",
        "endset",
        "macro ",
        "f",
        "endmacro",
        "call",
        "endcall",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ":",
        ",",
        ".",
        "|",
        "~",
        "*",
        "**",
        "//",
        "%",
        "<",
        "==",
        "is ",
        "not ",
        "and ",
        "or ",
        "messages",
        "content",
        "loop",
        "range(3)",
        "1",
        "0",
        "2.5",
        "'a'",
        "tojson",
        "trim",
        "join",
        "map",
        "sort",
        "items",
        "first",
        "length",
        "replace",
        "split",
        "defined",
        "none",
        "true",
        "namespace",
        "raw ",
        "endraw",
        "generation",
        "filter ",
        "upper",
        "break",
        "recursive",
        "é",
        "😀");
    var expression = parts.list().ofMaxSize(12).map(l -> String.join(" ", l));
    var tag = expression.map(e -> "{{ " + e + " }}");
    var chaos = parts.list().ofMaxSize(25).map(l -> String.join("", l));
    var whole = Arbitraries.of(
            "messages", "messages[0]", "'ab'", "5", "2.5", "none", "x", "[3,1]", "{'a':1}", "range")
        .flatMap(value -> Arbitraries.of(
                "tojson",
                "trim",
                "join",
                "map('upper')",
                "sort",
                "items",
                "first",
                "length",
                "replace('a','b')",
                "sum",
                "min",
                "batch(2)",
                "slice(2)",
                "groupby('a')",
                "unique",
                "dictsort",
                "indent",
                "int",
                "round",
                "list",
                "string",
                "default(1)",
                "format(1)",
                "selectattr('a')",
                "select('odd')",
                "reverse",
                "title",
                "center",
                "abs",
                "float")
            .list()
            .ofMaxSize(4)
            .map(filters -> "{{ " + value
                + filters.stream().map(f -> "|" + f).collect(Collectors.joining()) + " }}"));
    return Arbitraries.oneOf(tag, chaos, whole);
  }
}
