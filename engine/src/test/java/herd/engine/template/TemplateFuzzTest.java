package herd.engine.template;

import herd.engine.Effort;
import herd.engine.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;

import static org.assertj.core.api.Assertions.assertThat;

/// The templates of real models with parts of them cut out, doubled, moved and overwritten: each
/// renders, or is refused with its line, soon.
class TemplateFuzzTest {
  private static final double SECONDS = 10;
  private static final List<String> WHOLE = templates();
  private static final Map<String, Object> VARIABLES = variables();

  /// A change of a template, places in parts of its length.
  record Change(int kind, double at, double from, int length, String other) {}

  @Provide
  Arbitrary<List<Change>> changes() {
    var place = Arbitraries.doubles().between(0, 1);
    var other = Arbitraries.of(
        "{%",
        "%}",
        "{{",
        "}}",
        "{#",
        "-",
        "'",
        "\"",
        "(",
        ")",
        "[",
        "]",
        "|",
        "loop",
        "messages",
        "not ",
        " in ",
        " is ",
        "9999999999",
        "*",
        "**",
        "~",
        ".",
        ",",
        ":",
        "\\",
        "\n",
        "é",
        "\0",
        "{% for x in range(999999) %}",
        "{% endfor %}",
        "{% set messages = messages + messages %}",
        "{{ raise_exception('x') }}",
        "{{ messages * 99999999 }}");
    return Combinators.combine(
            Arbitraries.integers().between(0, 3),
            place,
            place,
            Arbitraries.integers().between(1, 60),
            other)
        .as(Change::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(3);
  }

  @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
  void damagedTemplatesRenderOrAreRefused(
      @ForAll int which, @ForAll("changes") List<Change> changes) {
    var text = WHOLE.get(Math.floorMod(which, WHOLE.size()));
    for (var change : changes) {
      text = changed(text, change);
    }
    String damaged = text;
    assertThat(Effort.seconds(() -> renderedOrRefused(damaged))).isLessThan(SECONDS);
  }

  private static void renderedOrRefused(String text) {
    try {
      var rendered =
          Template.parse(text, "t").render(VARIABLES, Map.of("bos_token", "<s>"), clock());
      assertThat(rendered.text()).isNotNull();
    } catch (UserError e) {
      assertThat(e.getMessage()).startsWith("t:");
    }
  }

  @Property(tries = 10_000)
  @Tag("slow")
  void longer(@ForAll int which, @ForAll("changes") List<Change> changes) {
    damagedTemplatesRenderOrAreRefused(which, changes);
  }

  private static LocalDateTime clock() {
    return LocalDateTime.of(2026, 11, 21, 12, 0);
  }

  private static String changed(String text, Change c) {
    int at = (int) (c.at * text.length());
    int from = (int) (c.from * text.length());
    int end = Math.min(text.length(), from + c.length);
    var piece = text.substring(from, end);
    return switch (c.kind) {
      case 0 -> text.substring(0, from) + text.substring(end);
      case 1 -> text.substring(0, at) + piece + text.substring(at);
      case 2 -> text.substring(0, at) + c.other + text.substring(at);
      default ->
        text.substring(0, at)
            + c.other
            + text.substring(Math.min(text.length(), at + c.other.length()));
    };
  }

  private static Map<String, Object> variables() {
    var function = Map.of(
        "name", "f", "arguments", Map.of("city", "Zürich", "days", 3L), "parameters", Map.of());
    var out = new LinkedHashMap<String, Object>();
    out.put(
        "messages",
        List.of(
            Map.of("role", "system", "content", "Be brief."),
            Map.of("role", "user", "content", "How is the weather?"),
            Map.of(
                "role",
                "assistant",
                "content",
                "",
                "tool_calls",
                List.of(Map.of("function", function))),
            Map.of("role", "tool", "content", "{\"sun\": true}"),
            Map.of("role", "user", "content", "<|eot_id|> thanks")));
    out.put("tools", List.of(Map.of("type", "function", "function", function)));
    out.put("add_generation_prompt", true);
    return out;
  }

  private static List<String> templates() {
    var out = new ArrayList<>(List.of("""
        {%- macro head(role) -%}<|{{ role|trim }}|>{%- endmacro -%}
        {{ bos_token }}{% for m in messages if m.content is string -%}
        {% set last = loop.last %}{{ head(m['role']) }}{{ m.content[0:] }}{% if not last %}
        {% endif %}{% endfor %}{% if tools %}{{ tools|tojson(indent=2) }}{% endif %}"""));
    Path golden = Path.of(System.getProperty("herd.shared", "../shared"), "golden/infer/chat");
    if (Files.isDirectory(golden)) {
      try (var files = Files.list(golden)) {
        for (Path file :
            files.filter(f -> f.toString().endsWith(".jinja")).sorted().toList()) {
          out.add(Files.readString(file));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return out;
  }
}
