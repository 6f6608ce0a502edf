package herd.engine.text;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import static org.assertj.core.api.Assertions.assertThat;

/// The hand-written scanner against the pattern that it stands for.
class Llama3SplitterTest {
  private static final Pattern PATTERN = Pattern.compile(
      Llama3Splitter.PATTERN
          .replace("[^\\s", "[^\\p{IsWhite_Space}")
          .replaceAll("\\\\s", "\\\\p{IsWhite_Space}")
          .replaceAll("\\\\S", "\\\\P{IsWhite_Space}"),
      Pattern.UNICODE_CASE);

  static List<String> pieces(String text) {
    byte[] utf8 = Utf8.encode(text);
    var out = new ArrayList<String>();
    for (int at = 0; at < utf8.length; ) {
      int end = Llama3Splitter.end(utf8, at, utf8.length);
      out.add(new String(utf8, at, end - at, java.nio.charset.StandardCharsets.UTF_8));
      at = end;
    }
    return out;
  }

  @Property(tries = 3000)
  void cutsLikeThePattern(@ForAll("texts") String text) {
    var expected = PATTERN.matcher(text).results().map(m -> m.group()).toList();
    assertThat(pieces(text)).isEqualTo(expected);
    assertThat(String.join("", expected)).isEqualTo(text);
  }

  @Provide
  Arbitrary<String> texts() {
    var parts = Arbitraries.of(
        "a",
        "B",
        "é",
        "ß",
        "日",
        "\ud835\udc00",
        "1",
        "٣",
        "Ⅷ",
        "½",
        " ",
        " ",
        "\n",
        "\r",
        "\t",
        "\u00a0",
        "\u0085",
        "\u2003",
        "\u2028",
        "\u3000",
        "\u200b",
        "'",
        "'s",
        "'S",
        "'ſ",
        "'re",
        "'VE",
        "'ll",
        "'lL",
        "'d",
        "'m",
        "'T",
        "!",
        "-",
        "_",
        "\u0301",
        "\ud83d\ude00",
        "\ufe0f",
        "\u0000",
        "\u001c",
        "\u001f");
    var any = Arbitraries.integers()
        .between(0, 0x10FFFF)
        .filter(c -> c < 0xD800 || c > 0xDFFF)
        .map(Character::toString);
    return Arbitraries.frequencyOf(net.jqwik.api.Tuple.of(9, parts), net.jqwik.api.Tuple.of(1, any))
        .list()
        .ofMaxSize(24)
        .map(list -> String.join("", list));
  }
}
