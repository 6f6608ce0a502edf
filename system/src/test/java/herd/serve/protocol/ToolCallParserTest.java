package herd.serve.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/// Scripted streams, each cut in many ways: however tokens fall, the same calls are found.
class ToolCallParserTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final Map<String, List<String>> TOOLS = Map.of(
      "weather", List.of("city", "days"), "get_time", List.of("zone"), "f", List.of("a", "b"));

  /// What a stream gave: text, and calls as `name arguments`.
  private record Found(String text, List<String> calls) {}

  private static final class Heard implements ToolCallParser.Sink {
    final StringBuilder text = new StringBuilder();
    final List<String> names = new ArrayList<>();
    final List<StringBuilder> arguments = new ArrayList<>();

    @Override
    public void text(String delta) {
      text.append(delta);
    }

    @Override
    public void call(int index, String name) {
      assertThat(index).isEqualTo(names.size());
      names.add(name);
      arguments.add(new StringBuilder());
    }

    @Override
    public void arguments(int index, String delta) {
      assertThat(index).isEqualTo(names.size() - 1);
      assertThat(delta).isNotEmpty();
      arguments.get(index).append(delta);
    }

    Found found() {
      var calls = new ArrayList<String>();
      for (int i = 0; i < names.size(); i++) {
        calls.add(names.get(i) + " " + JSON.readTree(arguments.get(i).toString()));
      }
      return new Found(text.toString(), calls);
    }
  }

  private static Found parse(String stream, boolean tag, boolean parallel) {
    Found first = null;
    var random = new Random(5);
    for (int round = 0; round < 12; round++) {
      var heard = new Heard();
      var parser = new ToolCallParser(TOOLS, parallel, heard);
      if (tag) {
        parser.pythonTag();
      }
      for (int at = 0; at < stream.length(); ) {
        int size = round == 0 ? stream.length() : round == 1 ? 1 : 1 + random.nextInt(9);
        int end = Math.min(stream.length(), at + size);
        parser.accept(stream.substring(at, end));
        at = end;
      }
      parser.end();
      var found = heard.found();
      if (first != null) {
        assertThat(found).isEqualTo(first);
      }
      first = found;
    }
    return first;
  }

  private static void calls(String stream, String... calls) {
    var found = parse(stream, false, true);
    assertThat(found.calls()).containsExactly(calls);
    assertThat(found.text()).isBlank();
  }

  private static void isText(String stream) {
    assertThat(parse(stream, false, true)).isEqualTo(new Found(stream, List.of()));
  }

  @Test
  void jsonOfLlama31() {
    calls(
        "{\"name\": \"weather\", \"parameters\": {\"city\": \"Bern\", \"days\": 3}}",
        "weather {\"city\":\"Bern\",\"days\":3}");
    calls(
        "\n {\"type\": \"function\", \"name\": \"f\", \"parameters\": {\"a\": [1, {\"b\": \"}]\"}]}}",
        "f {\"a\":[1,{\"b\":\"}]\"}]}");
    calls("{\"type\": \"function\", \"function\": \"f\", \"parameters\": {}}", "f {}");
    calls(
        "{\"function\": {\"name\": \"f\", \"arguments\": {\"a\": 1}}, \"type\": \"function\"}",
        "f {\"a\":1}");
  }

  @Test
  void argumentsBeforeTheNameAndNone() {
    calls("{\"parameters\": {\"a\": 1}, \"name\": \"f\"}", "f {\"a\":1}");
    calls("{\"name\": \"f\"}", "f {}");
    calls("{\"name\": \"f\", \"parameters\": null}", "f {}");
  }

  @Test
  void argumentsAsAString() {
    calls(
        "{\"name\": \"f\", \"arguments\": \"{\\\"a\\\": \\\"x\\\\ny\\u00e9\\\"}\"}",
        "f {\"a\":\"x\\nyé\"}");
  }

  @Test
  void severalInParallel() {
    String[] both = {"weather {\"city\":\"Bern\"}", "get_time {\"zone\":\"CET\"}"};
    var one = "{\"name\": \"weather\", \"parameters\": {\"city\": \"Bern\"}}";
    var two = "{\"name\": \"get_time\", \"parameters\": {\"zone\": \"CET\"}}";
    calls(one + "; " + two, both);
    calls(one + "\n" + two, both);
    calls("[" + one + ", " + two + "]", both);
    calls("<|python_tag|>" + one + ";" + two, both);
    calls("<tool_call>\n" + one + "\n</tool_call>\n<tool_call>\n" + two + "\n</tool_call>", both);
    calls("[weather(city='Bern'), get_time(zone=\"CET\")]", both);
    calls(
        "<function=weather>{\"city\": \"Bern\"}</function>"
            + "<function=get_time>{\"zone\": \"CET\"}</function>",
        both);
  }

  @Test
  void onlyOneWhereOnlyOneIsWanted() {
    var one = "{\"name\": \"weather\", \"parameters\": {\"city\": \"Bern\"}}";
    assertThat(parse(one + "; " + one, false, false).calls()).hasSize(1);
  }

  @Test
  void pythonLiterals() {
    calls(
        "[f(a={'x': [1, -2.5e3, None], \"y\": (True, False)}, b='it\\'s (\"fine\"), really')]",
        "f {\"a\":{\"x\":[1,-2500.0,null],\"y\":[true,false]},"
            + "\"b\":\"it's (\\\"fine\\\"), really\"}");
    calls("[f('x', 2)]", "f {\"a\":\"x\",\"b\":2}");
    calls("[f()]", "f {}");
    calls("[f(a=now() + 1)]", "f {\"a\":\"now() + 1\"}");
  }

  @Test
  void pythonTagAsAToken() {
    assertThat(parse("weather.call(city=\"Bern\")", true, true).calls())
        .containsExactly("weather {\"city\":\"Bern\"}");
    assertThat(parse("import math\nprint(math.pi)", true, true))
        .isEqualTo(new Found("import math\nprint(math.pi)", List.of()));
  }

  @Test
  void textBeforeTaggedCalls() {
    var found = parse(
        "Let me < look.\n<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": 1}}</tool_call>",
        false,
        true);
    assertThat(found).isEqualTo(new Found("Let me < look.\n", List.of("f {\"a\":1}")));
  }

  @Test
  void textStaysText() {
    isText("The weather in Bern is fine.");
    isText("{\"name\": \"somebody\", \"parameters\": {}}");
    isText("{\"city\": \"Bern\", \"temperature\": 3}");
    isText("{not json at all");
    isText("{\"name\": 3}");
    isText("{\"name\": \"f\", \"parameters\": 3}".replace("\"f\"", "\"g\""));
    isText("[1, 2, 3]");
    isText("[see below](http://x)");
    isText("[other(a=1)]");
    isText("<b>bold</b> and a < b");
    isText("<function=unknown>{}</function>");
    isText("   ");
    isText("{\"name\": \"wea");
    isText("[wea");
  }

  @Test
  void callThatBreaksOffKeepsWhatCame() {
    var heard = new Heard();
    var parser = new ToolCallParser(TOOLS, true, heard);
    parser.accept("{\"name\": \"weather\", \"parameters\": {\"city\": \"Be");
    assertThat(heard.names).containsExactly("weather");
    assertThat(heard.arguments.getFirst().toString()).isEqualTo("{\"city\": \"Be");
    parser.end();
    assertThat(heard.text.toString()).isEmpty();
  }

  @Test
  void argumentsComeAsTheyAreWritten() {
    var heard = new Heard();
    var parser = new ToolCallParser(TOOLS, true, heard);
    parser.accept("{\"name\": \"weather\", \"parameters\": {\"ci");
    int before = heard.arguments.getFirst().length();
    parser.accept("ty\": \"B");
    assertThat(heard.arguments.getFirst().length()).isGreaterThan(before);
    assertThat(heard.names).hasSize(1);
  }
}
