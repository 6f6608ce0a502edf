package herd.grammar;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import herd.engine.automaton.Vocabulary;
import herd.engine.grammar.Grammar;
import herd.engine.grammar.JsonStyle;
import herd.engine.infer.Constraint;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/// Whatever a grammar writes, another project's validator accepts, formats included.
class SchemaOracleTest {
  private static final Vocabulary BYTES = Vocabulary.of(bytes());
  private static final int WALKS = 30;

  static Stream<String> schemas() {
    var out = new ArrayList<String>();
    for (String format : List.of(
        "date",
        "time",
        "date-time",
        "duration",
        "email",
        "hostname",
        "ipv4",
        "ipv6",
        "uuid",
        "uri",
        "json-pointer")) {
      out.add("{\"type\":\"string\",\"format\":\"" + format + "\"}");
    }
    out.addAll(List.of(
        "{\"type\":\"integer\",\"minimum\":-30,\"exclusiveMaximum\":1205}",
        "{\"type\":\"number\",\"exclusiveMinimum\":-1.5,\"maximum\":0.25}",
        "{\"type\":\"number\",\"minimum\":9.99,\"maximum\":1000}",
        "{\"type\":\"number\",\"multipleOf\":0.01,\"minimum\":3}",
        "{\"type\":\"integer\",\"multipleOf\":12}",
        "{\"type\":\"string\",\"minLength\":2,\"maxLength\":5}",
        "{\"type\":\"string\",\"pattern\":\"[0-9]x\",\"maxLength\":6}",
        "{\"type\":[\"string\",\"null\",\"boolean\"],\"maxLength\":3}",
        "{\"type\":\"array\",\"prefixItems\":[{\"type\":\"null\"},{\"const\":[1,{\"a\":2}]}],"
            + "\"items\":{\"type\":\"boolean\"},\"minItems\":1,\"maxItems\":4}",
        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"},\"b\":{\"enum\":[1,\"é\"]},"
            + "\"c\":false},\"required\":[\"b\"],\"maxProperties\":3}",
        "{\"type\":\"object\",\"patternProperties\":{\"^a\":{\"type\":\"integer\"},"
            + "\"b$\":{\"minimum\":3}},\"additionalProperties\":{\"type\":\"null\"},"
            + "\"propertyNames\":{\"maxLength\":4}}",
        "{\"allOf\":[{\"properties\":{\"x\":{\"minimum\":2}},\"required\":[\"x\"]},"
            + "{\"properties\":{\"x\":{\"type\":\"integer\",\"maximum\":5}}}],\"type\":\"object\","
            + "\"additionalProperties\":false,\"properties\":{\"x\":true,\"y\":{\"type\":\"null\"}}}",
        "{\"oneOf\":[{\"type\":\"object\",\"properties\":{\"k\":{\"const\":1}},\"required\":[\"k\"]},"
            + "{\"type\":\"object\",\"properties\":{\"k\":{\"const\":2},\"v\":{\"type\":\"null\"}},"
            + "\"required\":[\"k\",\"v\"]},{\"type\":\"null\"}]}",
        "{\"type\":\"object\",\"dependentRequired\":{\"a\":[\"b\"]},\"properties\":{\"a\":true},"
            + "\"minProperties\":1,\"maxProperties\":2}",
        "{\"$ref\":\"#/$defs/t\",\"$defs\":{\"t\":{\"type\":\"object\",\"required\":[\"v\"],"
            + "\"additionalProperties\":false,\"properties\":{\"v\":{\"type\":\"integer\"},"
            + "\"l\":{\"$ref\":\"#/$defs/t\"},\"r\":{\"type\":\"array\",\"items\":"
            + "{\"$ref\":\"#/$defs/t\"}}}}}}",
        "{}"));
    return out.stream();
  }

  @ParameterizedTest
  @MethodSource("schemas")
  void whatIsWrittenIsValid(String schema) {
    var validator = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
        .getSchema(schema, InputFormat.JSON);
    for (var style : List.of(JsonStyle.COMPACT, JsonStyle.FLEXIBLE)) {
      Grammar grammar = Grammar.ofJsonSchema(schema, style);
      for (int seed = 0; seed < WALKS; seed++) {
        String text = walk(grammar.constraint(BYTES), new Random(seed), 1 + seed);
        if (text != null) {
          if (schema.contains("email")) { // the validator knows which top-level domains there are
            text = text.replaceFirst("\\.[A-Za-z]+\"$", ".org\"");
          }
          assertThat(validator.validate(
                  text,
                  InputFormat.JSON,
                  context -> context.executionConfig(c -> c.formatAssertionsEnabled(true))))
              .as(schema + " on " + text)
              .isEmpty();
        }
      }
    }
  }

  /// A random document, null where it does not end soon; after `length` bytes what closes first.
  private static String walk(Constraint constraint, Random random, int length) {
    var out = new ByteArrayOutputStream();
    long[] mask = new long[BYTES.size() + 63 >> 6];
    for (int step = 0; step < 3_000; step++) {
      constraint.allowed(mask);
      var allowed = BitSet.valueOf(mask);
      if (constraint.mayEnd() && (allowed.isEmpty() || random.nextInt(6) == 0)) {
        return out.toString(StandardCharsets.UTF_8);
      }
      int id = pick(allowed, random, step > length);
      constraint.accept(id);
      out.write(id);
    }
    return null;
  }

  private static int pick(BitSet allowed, Random random, boolean close) {
    for (char c : "\"}]0".toCharArray()) {
      if (close && allowed.get(c) && random.nextInt(4) > 0) {
        return c;
      }
    }
    int id = allowed.nextSetBit(0);
    for (int skip = random.nextInt(allowed.cardinality()); skip > 0; skip--) {
      id = allowed.nextSetBit(id + 1);
    }
    return id;
  }

  private static List<byte[]> bytes() {
    var out = new ArrayList<byte[]>();
    for (int i = 0; i < 256; i++) {
      out.add(new byte[] {(byte) i});
    }
    return out;
  }
}
