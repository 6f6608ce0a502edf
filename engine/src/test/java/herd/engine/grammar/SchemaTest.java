package herd.engine.grammar;

import herd.engine.Effort;
import herd.engine.UserError;
import herd.engine.infer.Constraint;
import herd.engine.io.Json;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SchemaTest {
  static final String PERSON = """
      {"type": "object", "additionalProperties": false, "required": ["name", "age"],
       "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 20},
         "age": {"type": "integer", "minimum": 0, "maximum": 130},
         "mail": {"type": ["string", "null"], "format": "email"},
         "tags": {"type": "array", "items": {"enum": ["a", "b", 1, null]}, "maxItems": 3},
         "friend": {"$ref": "#"}}}""";

  static Grammar compact(String schema) {
    return Grammar.ofJsonSchema(schema, JsonStyle.COMPACT);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        "{\"type\":\"integer\"};12;true",
        "{\"type\":\"integer\"};-0;false",
        "{\"type\":\"integer\"};01;false",
        "{\"type\":\"number\"};-0.5e-7;true",
        "{\"type\":\"integer\",\"minimum\":-7,\"maximum\":120};-8;false",
        "{\"type\":\"integer\",\"minimum\":-7,\"maximum\":120};-7;true",
        "{\"type\":\"integer\",\"minimum\":-7,\"maximum\":120};120;true",
        "{\"type\":\"integer\",\"minimum\":-7,\"maximum\":120};121;false",
        "{\"type\":\"integer\",\"exclusiveMinimum\":2.5};2;false",
        "{\"type\":\"integer\",\"exclusiveMinimum\":2.5};3;true",
        "{\"type\":\"number\",\"minimum\":1.25,\"exclusiveMaximum\":10};1.25;true",
        "{\"type\":\"number\",\"minimum\":1.25,\"exclusiveMaximum\":10};1.249;false",
        "{\"type\":\"number\",\"minimum\":1.25,\"exclusiveMaximum\":10};10.0;false",
        "{\"type\":\"number\",\"minimum\":1.25,\"exclusiveMaximum\":10};9.999;true",
        "{\"type\":\"number\",\"minimum\":-0.5,\"maximum\":-0.25};-0.3;true",
        "{\"type\":\"number\",\"minimum\":-0.5,\"maximum\":-0.25};-0.6;false",
        "{\"type\":\"integer\",\"multipleOf\":7};-91;true",
        "{\"type\":\"integer\",\"multipleOf\":7};92;false",
        "{\"type\":\"number\",\"multipleOf\":0.25};3.75;true",
        "{\"type\":\"number\",\"multipleOf\":0.25};3.7;false",
        "{\"type\":\"string\",\"maxLength\":2};\"é🙂\";true",
        "{\"type\":\"string\",\"maxLength\":2};\"\\ud83d\\ude42a\";true",
        "{\"type\":\"string\",\"maxLength\":2};\"abc\";false",
        "{\"type\":\"string\"};\"\\ud83d\";false",
        "{\"type\":\"string\",\"pattern\":\"^a+$\",\"minLength\":2};\"aa\";true",
        "{\"type\":\"string\",\"pattern\":\"^a+$\",\"minLength\":2};\"a\";false",
        "{\"type\":\"string\",\"pattern\":\"b\"};\"abc\";true",
        "{\"type\":\"string\",\"pattern\":\"[\\\\n\\\"]\"};\"x\\n\";true",
        "{\"type\":\"string\",\"format\":\"date\"};\"2024-02-29\";true",
        "{\"type\":\"string\",\"format\":\"date\"};\"2023-02-29\";false",
        "{\"type\":\"string\",\"format\":\"ipv6\"};\"1::8\";true",
        "{\"type\":\"string\",\"format\":\"ipv6\"};\"1:2\";false",
        "{\"enum\":[\"é\",{\"a\":[1,2]},1.5]};{\"a\":[1,2]};true",
        "{\"const\":\"a\\\"b\"};\"a\\\"b\";true",
        "{\"enum\":[1,\"x\",null],\"type\":\"integer\"};\"x\";false",
        "{\"type\":\"array\",\"prefixItems\":[{\"const\":1}],\"items\":{\"const\":2}};[1,2,2];true",
        "{\"type\":\"array\",\"prefixItems\":[{\"const\":1}],\"items\":{\"const\":2}};[2];false",
        "{\"type\":\"array\",\"prefixItems\":[{\"const\":1}],\"items\":false};[1,2];false",
        "{\"type\":\"array\",\"items\":{\"const\":1},\"minItems\":2,\"maxItems\":3};[1];false",
        "{\"type\":\"array\",\"items\":{\"const\":1},\"minItems\":2,\"maxItems\":3};[1,1,1];true",
        "{\"type\":\"array\",\"items\":{\"const\":1},\"minItems\":2,\"maxItems\":3};[1,1,1,1];false",
        "{\"type\":\"array\",\"items\":{\"const\":1},\"minItems\":2};[1,1,1,1];true",
        "{\"type\":\"array\",\"maxItems\":0};[];true",
        "{\"type\":\"object\"};{\"a\":{\"b\":[]}};true",
        "{\"type\":\"object\",\"properties\":{\"a\":{\"const\":1}}};{\"a\":2};false",
        "{\"type\":\"object\",\"properties\":{\"a\":{\"const\":1}}};{\"\\u0061\":2};false",
        "{\"type\":\"object\",\"properties\":{\"a\":{\"const\":1}}};{\"b\":2};true",
        "{\"type\":\"object\",\"patternProperties\":{\"^x\":{\"const\":1}}};{\"xy\":1,\"z\":2};true",
        "{\"type\":\"object\",\"patternProperties\":{\"^x\":{\"const\":1}}};{\"xy\":2};false",
        "{\"type\":\"object\",\"minProperties\":2};{\"a\":1};false",
        "{\"type\":\"object\",\"maxProperties\":1};{\"a\":1,\"b\":1};false",
        "{\"type\":\"object\",\"propertyNames\":{\"maxLength\":1}};{\"ab\":1};false",
        "{\"type\":\"object\",\"propertyNames\":{\"maxLength\":1}};{\"b\":1};true",
        "{\"dependentRequired\":{\"a\":[\"b\"]}};{\"a\":1};false",
        "{\"dependentRequired\":{\"a\":[\"b\"]}};{\"a\":1,\"b\":1};true",
        "{\"allOf\":[{\"minimum\":3},{\"type\":\"integer\"}],\"maximum\":5};4;true",
        "{\"allOf\":[{\"minimum\":3},{\"type\":\"integer\"}],\"maximum\":5};6;false",
        "{\"anyOf\":[{\"type\":\"null\"},{\"$ref\":\"#/$defs/n\"}],\"$defs\":{\"n\":{\"const\":7}}};7;true",
        "{\"oneOf\":[{\"type\":\"null\"},{\"type\":\"string\"}]};null;true",
        "true;[{}];true"
      })
  void documentsAreDecided(String schema, String text, boolean fits) {
    assertThat(Texts.accepts(compact(schema), text)).isEqualTo(fits);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        "{\"properties\":{\"a/b\":{\"not\":{}}}};#/properties/a~1b/not",
        "{\"items\":{\"uniqueItems\":true}};#/items/uniqueItems",
        "{\"type\":\"array\",\"contains\":{}};#/contains",
        "{\"if\":{}};#/if",
        "{\"minlength\":3};#/minlength",
        "{\"nullable\":true};#/nullable",
        "{\"type\":\"strin\"};#/type",
        "{\"$ref\":\"#/$defs/x\"};#/$ref",
        "{\"$ref\":\"http://example.com/x\"};#/$ref",
        "{\"$ref\":\"#\"};leads back to itself",
        "{\"format\":\"idn-email\"};#/format",
        "{\"pattern\":\"(?=a)\"};#/pattern",
        "{\"oneOf\":[{\"minimum\":3},{\"minimum\":5}]};#/oneOf",
        "{\"unevaluatedProperties\":false};#/unevaluatedProperties",
        "{\"minLength\":-1};#/minLength",
        "{\"required\":\"a\"};#/required",
        "{\"type\":\"object\",\"properties\":[]};#/properties",
        "{\"items\":3};#/items",
        "false;no text at all fits",
        "{\"type\":\"string\",\"enum\":[1]};no text at all fits",
        "{\"type\":\"object\",\"required\":[\"a\"],\"properties\":{\"a\":{\"$ref\":\"#\"}}};no text at all"
      })
  void whatIsNotSupportedIsRefusedWithItsPointer(String schema, String named) {
    assertThatThrownBy(() -> compact(schema))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(named);
  }

  @Property(tries = 50)
  void everyWalkIsAPerson(@ForAll long seed, @ForAll boolean flexible) {
    var random = new Random(seed);
    var style = flexible ? JsonStyle.FLEXIBLE : JsonStyle.COMPACT;
    Constraint constraint = Grammar.ofJsonSchema(PERSON, style).constraint(Texts.SMALL);
    byte[] text = Texts.walk(constraint, Texts.SMALL, random, 40);
    if (text != null) {
      Object person = Json.read(text, "walk");
      var schemas = new Schemas(Json.read(PERSON, "schema"), "schema");
      assertThat(new Values(schemas, new Strings(schemas)).satisfy(person, List.of(schemas.root())))
          .as(new String(text, StandardCharsets.UTF_8))
          .isTrue();
    }
  }

  @Property(tries = 15)
  void theMaskIsWhatTryingEveryTokenFinds(@ForAll long seed) {
    var random = new Random(seed);
    Constraint constraint =
        Grammar.ofJsonSchema(PERSON, JsonStyle.FLEXIBLE).constraint(Texts.SMALL);
    for (int steps = 0; steps < 10; steps++) {
      var allowed = Texts.allowed(constraint, Texts.SMALL);
      assertThat(allowed).isEqualTo(GrammarTest.tried(constraint, Texts.SMALL));
      if (allowed.isEmpty()) {
        break;
      }
      constraint.accept(allowed.stream()
          .skip(random.nextInt(allowed.cardinality()))
          .findFirst()
          .getAsInt());
    }
  }

  @Test
  void whiteSpaceAndClosedObjectsAreAChoice() {
    String schema = "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"}}}";
    var flexible = Grammar.ofJsonSchema(schema, JsonStyle.FLEXIBLE);
    assertThat(Texts.accepts(flexible, "{\n  \"a\": 1\n}")).isTrue();
    assertThat(Texts.accepts(flexible, "{\"a\":1}")).isTrue();
    assertThat(Texts.accepts(compact(schema), "{\"a\": 1}")).isFalse();
    var closed = Grammar.ofJsonSchema(schema, new JsonStyle(false, true));
    assertThat(Texts.accepts(closed, "{\"a\":1,\"b\":2}")).isFalse();
    assertThat(Texts.accepts(closed, "{}")).isTrue();
    assertThat(Texts.accepts(compact(schema), "{\"a\":1,\"b\":2}")).isTrue();
  }

  @Test
  void tenThousandChoicesAndLongLimitsAreQuick() {
    assertThat(Effort.seconds(SchemaTest::manyChoicesAndALongLimit)).isLessThan(20);
  }

  private static void manyChoicesAndALongLimit() {
    String names = IntStream.range(0, 10_000)
        .mapToObj(i -> "\"choice number " + i * 7919 % 10_000 + "\"")
        .collect(Collectors.joining(","));
    Grammar choices = compact("{\"enum\":[" + names + "]}");
    assertThat(Texts.accepts(choices, "\"choice number 77\"")).isTrue();
    assertThat(Texts.accepts(choices, "\"choice number 10001\"")).isFalse();
    Grammar longest = compact("{\"type\":\"string\",\"maxLength\":1000000}");
    assertThat(Texts.accepts(longest, "\"" + "a".repeat(20_000) + "\"")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"type\":\"array\",\"minItems\":100000000}",
        "{\"type\":\"object\",\"maxProperties\":100000000}",
        "{\"type\":\"string\",\"pattern\":\"^(a|b)*a(a|b){30}$\"}",
        "{\"type\":\"number\",\"multipleOf\":0.123456789}"
      })
  void hostileSchemasEndSoon(String schema) {
    assertThatThrownBy(() -> compact(schema)).isInstanceOf(UserError.class);
  }

  @Test
  void manyCombinationsAreRefused() {
    String any = "{\"anyOf\":[{\"minimum\":1},{\"minimum\":2},{\"maximum\":9},{\"maximum\":8}]}";
    String all = String.join(",", Collections.nCopies(12, any));
    assertThatThrownBy(() -> compact("{\"allOf\":[" + all + "]}"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("combinations");
  }
}
