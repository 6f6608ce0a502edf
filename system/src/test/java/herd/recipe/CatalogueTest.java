package herd.recipe;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import herd.settings.Binder;
import herd.settings.Kinds;
import herd.settings.SettingsSchema;
import herd.settings.Written;
import herd.settings.YamlReader;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/// Every kind that a recipe can name has an example under
/// `src/test/resources/catalogue/INTERFACE/KIND.yaml`, and every example works.
class CatalogueTest {
  private static final Path CATALOGUE = Path.of("src/test/resources/catalogue");

  /// A record wraps an interface so that the schema's root is a record.
  record Example(Class<?> type, String kind) {
    Path file() {
      return CATALOGUE.resolve(Kinds.kebab(type.getSimpleName())).resolve(kind + ".yaml");
    }

    @Override
    public String toString() {
      return type.getSimpleName() + " " + kind;
    }
  }

  static Stream<Example> examples() {
    return sealed().stream()
        .flatMap(type -> Kinds.of(type).keySet().stream().map(kind -> new Example(type, kind)));
  }

  /// All sealed interfaces that a recipe's settings can hold.
  private static Set<Class<?>> sealed() {
    var seen = new LinkedHashSet<Class<?>>();
    collect(Recipe.class, seen);
    seen.removeIf(type -> !type.isSealed());
    return seen;
  }

  private static void collect(Type type, Set<Class<?>> seen) {
    if (type instanceof ParameterizedType generic) {
      List.of(generic.getActualTypeArguments()).forEach(argument -> collect(argument, seen));
    } else if (type instanceof Class<?> raw && raw.getName().startsWith("herd.") && seen.add(raw)) {
      if (raw.isRecord()) {
        Stream.of(raw.getRecordComponents()).forEach(c -> collect(c.getGenericType(), seen));
      } else if (raw.isSealed()) {
        Kinds.of(raw).values().forEach(record -> collect(record, seen));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("examples")
  void everyKindHasAnExampleThatWorks(Example example) throws IOException {
    assertThat(example.file()).exists();
    var text = Files.readString(example.file());
    var tree = YamlReader.parse(example.file().toString(), text);
    var value = Binder.bind(tree, example.type(), example.kind());
    assertThat(Kinds.name(example.type(), value.getClass())).isEqualTo(example.kind());
    var written = Written.json(value, example.type());
    var again = YamlReader.parse("written", Written.yaml(written));
    assertThat(Binder.bind(again, example.type(), example.kind())).isEqualTo(value);
    assertThat(mistakes(example, text)).isEmpty();
    assertThat(mistakes(example, text + "\nnonsense: 1\n")).isNotEmpty();
  }

  /// What an editor would say, by an independent validator.
  private static List<String> mistakes(Example example, String yaml) {
    var schema = SettingsSchema.of(Recipe.class, "recipe").deepCopy();
    schema.remove(List.of("type", "properties", "required", "additionalProperties"));
    schema.put("$ref", "#/$defs/" + example.type().getSimpleName());
    var registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    return registry
        .getSchema(schema.toString(), InputFormat.JSON)
        .validate(yaml, InputFormat.YAML)
        .stream()
        .map(Object::toString)
        .toList();
  }

  @Test
  void thereIsNoExampleWithoutAKind() throws IOException {
    var known = examples().map(Example::file).toList();
    var extra = new ArrayList<Path>();
    try (var files = Files.walk(CATALOGUE)) {
      files.filter(Files::isRegularFile).filter(file -> !known.contains(file)).forEach(extra::add);
    }
    assertThat(extra).isEmpty();
    assertThat(known).hasSizeGreaterThan(5);
  }
}
