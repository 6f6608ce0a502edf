package herd.settings;

import herd.engine.UserError;
import herd.run.Default;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SettingsTest {
  sealed interface Shape {}

  record Circle(double radius) implements Shape {
    Circle {
      if (radius <= 0) {
        throw new UserError("radius", "" + radius, "more than 0", "Raise it.");
      }
    }
  }

  record RoundedSquareShape(
      @Default("3") int side, @Default("0.5") double corner) implements Shape {}

  enum Colour {
    RED,
    DARK_GREEN
  }

  record Pen(
      Colour colour,
      @Default("true") boolean solid,
      @Default("null") Double width) {}

  record Drawing(
      String title,
      @Default("4M") long budget,
      @Default("{kind: circle, radius: 1}") Shape first,
      @Default("[]") List<Shape> shapes,
      @Default("{}") Map<String, Pen> pens,
      @Default("") String note) {}

  private static Drawing read(String yaml) {
    return Binder.bind(YamlReader.parse("d.yaml", yaml), Drawing.class, "drawing");
  }

  @Test
  void valuesAndDefaultsAreBound() {
    var drawing = read("""
            title: 1.10
            budget: 1_500K
            shapes:
              - {kind: circle, radius: 2e-3}
              - kind: rounded-square
                side: 2Ki
            pens:
              a: {colour: dark-green}
            """);
    assertThat(drawing)
        .isEqualTo(new Drawing(
            "1.10",
            1_500_000,
            new Circle(1),
            List.of(new Circle(2e-3), new RoundedSquareShape(2048, 0.5)),
            Map.of("a", new Pen(Colour.DARK_GREEN, true, null)),
            ""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "tilte: x | d.yaml:1:1: unknown key 'tilte' in drawing; allowed: title, budget, first, shapes, pens, note. Did you mean 'title'?",
        "budget: 3 | d.yaml:1:1: no 'title' in drawing; allowed: text. Add it.",
        "title: | d.yaml:1:7: nothing for 'title'; allowed: text. Give a value",
        "{title: a, budget: 4Q} | d.yaml:1:20: '4Q' for 'budget'; allowed: a whole number",
        "{title: a, budget: '4'} | d.yaml:1:20: '4' for 'budget'; allowed: a whole number, with K, M or G if you like. Remove the quotes.",
        "{title: a, budget: 1.0005K} | d.yaml:1:20: '1.0005K'",
        "{title: a, budget: 99999999999G} | d.yaml:1:20:",
        "{title: a, budget: 1e99} | d.yaml:1:20:",
        "{title: a, first: {kind: circel, radius: 1}} | d.yaml:1:26: unknown kind 'circel' in first; allowed: circle, rounded-square. Did you mean 'circle'?",
        "{title: a, first: {radius: 1}} | d.yaml:1:19: no 'kind' in first; allowed: circle, rounded-square",
        "{title: a, first: {kind: circle, radius: -1}} | d.yaml:1:42: radius: -1.0; allowed: more than 0. Raise it.",
        "{title: a, first: {kind: circle, radius: .nan}} | d.yaml:1:42: '.nan' for 'radius'; allowed: a finite number",
        "{title: a, first: {kind: circle, radius: 1, side: 2}} | d.yaml:1:45: unknown key 'side' in first; allowed: kind, radius",
        "{title: a, shapes: 3} | d.yaml:1:20: '3' for 'shapes'; allowed: a list",
        "{title: a, shapes: [3]} | d.yaml:1:21: '3' for 'shapes[0]'; allowed: a mapping",
        "{title: a, pens: {p: {colour: dark_green}}} | d.yaml:1:31: 'dark_green' for 'colour'; allowed: red, dark-green. Did you mean 'dark-green'?",
        "{title: a, pens: {p: {colour: red, solid: yes}}} | d.yaml:1:43: 'yes' for 'solid'; allowed: true, false",
        "{title: a, title: b} | d.yaml:1:12: key 'title' for the second time; allowed: each key once; first at d.yaml:1:2",
        "{title: [a} | d.yaml:1:11: not valid YAML",
        "[1, 2] | d.yaml:1:1: a list of 2 for 'drawing'; allowed: a mapping",
        "'' | d.yaml:1:1: '' for 'drawing'; allowed: a mapping",
        "? [a]: b | d.yaml:1:3: a list or mapping as a key",
        "{title: &a [*a]} | d.yaml",
        "title: !!java.net.URL [x] | d.yaml:1:8: a list of 1 for 'title'; allowed: text",
      })
  void mistakesAreNamedWithTheirPlace(String yaml, String message) {
    assertThatThrownBy(() -> read(yaml))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void secondDocumentIsRefused() {
    assertThatThrownBy(() -> read("title: a\n---\ntitle: b\n"))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("d.yaml:3:1: a second document");
  }

  @Test
  void emptyTextIsNamed() {
    assertThatThrownBy(() -> read("# nothing\n"))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("d.yaml:1:1: nothing for 'drawing'");
  }

  @Test
  void aliasBombIsBounded() {
    var bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 20; i++) {
      var before = "*a" + (i - 1) + ", ";
      bomb.append("a%d: &a%d [%s*a%d]\n".formatted(i, i, before.repeat(9), i - 1));
    }
    assertThatThrownBy(() -> read(bomb.toString()))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("too many values");
  }

  @Test
  void deepNestingIsBounded() {
    for (int depth : new int[] {100, 10_000, 400_000}) {
      assertThatThrownBy(() -> read("[".repeat(depth)))
          .isInstanceOf(UserError.class)
          .hasMessageStartingWith("d.yaml");
    }
  }

  @Test
  void filesThatAreNoTextAreNamed(@TempDir Path dir) throws IOException {
    var latin =
        Files.write(dir.resolve("l.yaml"), "title: é".getBytes(StandardCharsets.ISO_8859_1));
    var huge = Files.write(dir.resolve("h.yaml"), new byte[2 << 20]);
    assertThatThrownBy(() -> YamlReader.read(latin))
        .hasMessage(latin + ": not UTF-8; allowed: UTF-8 text. Save it as UTF-8.");
    assertThatThrownBy(() -> YamlReader.read(huge)).isInstanceOf(UserError.class);
    assertThatThrownBy(() -> YamlReader.read(dir)).hasMessageContaining("a directory");
    assertThatThrownBy(() -> YamlReader.read(dir.resolve("no.yaml")))
        .hasMessageContaining("no such file");
  }

  @Test
  void garbageIsAlwaysAUserError() {
    var random = new Random(7);
    var good = "title: a\nshapes:\n  - {kind: circle, radius: 2}\npens: {a: {colour: red}}\n";
    for (int i = 0; i < 3000; i++) {
      var bytes = good.substring(0, random.nextInt(good.length()) + 1).toCharArray();
      for (int flips = random.nextInt(4); flips > 0; flips--) {
        bytes[random.nextInt(bytes.length)] = (char) random.nextInt(flips == 1 ? 128 : 0x10000);
      }
      try {
        read(new String(bytes));
      } catch (UserError expected) {
        assertThat(expected).hasMessageStartingWith("d.yaml");
      }
    }
  }

  private static Drawing with(String yaml, String path, String value) {
    var tree = Overrides.apply(
        YamlReader.parse("d.yaml", yaml),
        Drawing.class,
        List.of(path.split("\\.")),
        value,
        "--set " + path + "=" + value);
    return Binder.bind(tree, Drawing.class, "drawing");
  }

  @Test
  void overridesReachValuesDefaultsAndItems() {
    assertThat(with("title: a", "budget", "8M").budget()).isEqualTo(8_000_000);
    assertThat(with("title: a", "title", "b: [c").title()).isEqualTo("b: [c");
    assertThat(with("title: a", "first.radius", "7").first()).isEqualTo(new Circle(7));
    assertThat(with("title: a", "first.kind", "rounded-square").first())
        .isEqualTo(new RoundedSquareShape(3, 0.5));
    assertThat(with("{title: a, shapes: [{kind: circle, radius: 1}]}", "shapes.0.radius", "3"))
        .satisfies(drawing -> assertThat(drawing.shapes()).containsExactly(new Circle(3)));
    assertThat(with("title: a", "shapes", "[{kind: circle, radius: 4}]").shapes())
        .containsExactly(new Circle(4));
    assertThat(with("{title: a, pens: {p: {colour: red}}}", "pens.p.solid", "false")
            .pens())
        .containsEntry("p", new Pen(Colour.RED, false, null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "first.radios=1|unknown key 'radios' in first; allowed: kind, radius. Did you mean 'radius'?",
        "bugdet=1|unknown key 'bugdet' in the recipe;",
        "shapes.3.radius=1|'3' in shapes, a list of 0; allowed: none: it is empty",
        "budget.x=1|'x' below budget, which is a single value",
        "budget=x|'x' for 'budget'; allowed: a whole number",
        "first.kind=sphere|unknown kind 'sphere' in first",
        "pens.q.solid=true|unknown key 'q' in pens",
        "first=[|not valid YAML",
      })
  void wrongOverridesAreNamed(String line) {
    var parts = line.split("\\|");
    var set = parts[0].split("=");
    assertThatThrownBy(() -> with("title: a", set[0], set[1]))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("--set " + parts[0] + ": " + parts[1]);
  }

  @Test
  void writtenSettingsReadBackEqual() {
    var drawing = new Drawing(
        "yes: \"it\" # is",
        1,
        new Circle(1e-9),
        List.of(new Circle(2), new RoundedSquareShape(1, 1)),
        Map.of("a b", new Pen(Colour.RED, false, 2.5)),
        "");
    assertThat(read(Written.yaml(Written.json(drawing, Drawing.class)))).isEqualTo(drawing);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "a",
        "true",
        "null",
        "1",
        "1.5",
        "-",
        "- a",
        "a: b",
        "a #b",
        "#",
        "\n",
        "é",
        "maven:a:b:1.0:sources",
        "a:",
        "*x",
        "&x",
        "!x",
        "@x",
        "%x",
        "'",
        "\"",
        "a\tb",
        "~",
        "0x1"
      })
  void everyTextSurvivesWriting(String text) {
    var drawing = new Drawing(text, 1, new Circle(1), List.of(), Map.of(), text);
    assertThat(read(Written.yaml(Written.json(drawing, Drawing.class)))).isEqualTo(drawing);
  }
}
