package herd.engine.io;

import herd.engine.UserError;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class JsonTest {
  private static Object read(String text) {
    return Json.read(text, "t.json");
  }

  @Test
  void readsEveryKindOfValue() {
    var map = new LinkedHashMap<String, Object>();
    map.put("b", Arrays.asList(1L, -2.5, true, false, null, "x\n\u00e9\ud83d\ude00/"));
    map.put("a", Map.of());
    assertThat(read(
            " {\"b\":[1,-25e-1,true,false,null,\"x\\n\\u00e9\\ud83d\\uDE00\\/\"] ,\t\"a\":{}}\r\n"))
        .isEqualTo(map);
    assertThat(read("9223372036854775807")).isEqualTo(Long.MAX_VALUE);
    assertThat(read("9223372036854775808")).isEqualTo(0x1p63);
    assertThat(read("-0")).isEqualTo(-0.0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '¦',
      value = {
        "{\"a\":1,¦1:8",
        "[1,]¦1:4",
        "[1 2]¦1:4",
        "{\"a\":1,\"a\":2}¦1:8",
        "01¦1:2",
        "1.¦1:3",
        "+1¦1:1",
        "1e999¦1:1",
        "NaN¦1:1",
        "tru¦1:1",
        "\"a¦1:3",
        "\"\\x\"¦1:3",
        "\"\\u12g4\"¦1:6",
        "[1]x¦1:4",
        "{a:1}¦1:2",
        "{\"a\" 1}¦1:6"
      })
  void namesLineAndColumnOfTheMistake(String text, String place) {
    assertThatThrownBy(() -> read("\n" + text))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("t.json:2:" + place.substring(2) + ": ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "  ", "\u0000", "\"\n\"", "\ufeff1", "//", "[", "]", "{", "\"\\"})
  void refusesWhatIsNotJson(String text) {
    assertThatThrownBy(() -> read(text)).isInstanceOf(UserError.class);
  }

  @Test
  void refusesDeepNestingWithoutOverflow() {
    assertThat(read("[".repeat(256) + "]".repeat(256))).isInstanceOf(List.class);
    assertThatThrownBy(() -> read("[".repeat(1_000_000)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("256 levels");
  }

  @Test
  void refusesBytesThatAreNotUtf8() {
    assertThatThrownBy(() -> Json.read(new byte[] {'"', 'a', (byte) 0xC3, '"'}, "f"))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("f, byte 2: not UTF-8");
  }

  @Test
  void keepsLoneSurrogatesAsEscapes() {
    assertThat(read("\"a\\ud800b\"")).isEqualTo("a\ud800b");
    assertThat(JsonWriter.write("a\ud800b\udc00\ud83d\ude00"))
        .isEqualTo("\"a\\ud800b\\udc00\ud83d\ude00\"");
  }

  @Test
  void aValueNamesItsPlace() {
    var json = new JsonValue(read("{\"a\":{\"b\":[1,\"x\"]}}"), "t.json");
    assertThat(json.get("a").get("b").list().get(0).integer(0, 5)).isEqualTo(1);
    assertThatThrownBy(() -> json.get("a").get("b").list().get(1).number())
        .hasMessageStartingWith("t.json: a.b[1]: \"x\"; allowed: a number");
    assertThatThrownBy(() -> json.get("c")).hasMessageStartingWith("t.json: no key 'c'");
    assertThat(json.find("c").integer(0, 9, 7)).isEqualTo(7);
  }

  @Property(tries = 300)
  void readsWhatItWrites(@ForAll("values") Object value) {
    assertThat(read(JsonWriter.write(value))).isEqualTo(value);
    assertThat(Json.read(JsonWriter.pretty(value).getBytes(StandardCharsets.UTF_8), "p"))
        .isEqualTo(value);
  }

  @Property(tries = 2000)
  void anyTextIsAValueOrAUserError(@ForAll("nearlyJson") String text) {
    try {
      read(text);
    } catch (UserError expected) {
      assertThat(expected).hasMessageStartingWith("t.json:");
    }
  }

  @Provide
  Arbitrary<String> nearlyJson() {
    return Arbitraries.strings().withChars("{}[],:\"\\u0123eE+-. \ntrufalsn").ofMaxLength(12);
  }

  @Provide
  Arbitrary<Object> values() {
    return Arbitraries.recursive(this::leaf, this::nested, 0, 3);
  }

  private Arbitrary<Object> leaf() {
    return Arbitraries.oneOf(
        Arbitraries.longs().map(n -> (Object) n),
        Arbitraries.doubles().filter(d -> Double.isFinite(d)).map(n -> (Object) n),
        Arbitraries.strings().all().ofMaxLength(8).map(s -> (Object) s),
        Arbitraries.of(true, false, null));
  }

  private Arbitrary<Object> nested(Arbitrary<Object> inner) {
    return Arbitraries.oneOf(
        inner.list().ofMaxSize(4).map(list -> (Object) new ArrayList<>(list)),
        Arbitraries.maps(Arbitraries.strings().all().ofMaxLength(5), inner)
            .ofMaxSize(4)
            .map(map -> (Object) new LinkedHashMap<>(map)));
  }
}
