package herd.settings;

import herd.engine.UserError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/// Reads one YAML file into a tree. Bounded: 1 MiB of text, 64 levels, 100,000 nodes after
/// aliases are followed.
public final class YamlReader {
  private static final int MAX_BYTES = 1 << 20;
  private static final int MAX_DEPTH = 64;
  private static final int MAX_NODES = 100_000;

  private final String name;
  private final String fixedPlace;
  private int nodes;

  private YamlReader(String name, String fixedPlace) {
    this.name = name;
    this.fixedPlace = fixedPlace;
  }

  /// The tree of a file.
  /// @throws UserError if there is none, it is not UTF-8, or it is not one YAML document
  public static Yaml read(Path file) {
    return parse(file.toString(), text(file));
  }

  /// The tree of `text`; places begin with `name`.
  public static Yaml parse(String name, String text) {
    return new YamlReader(name, null).tree(text);
  }

  /// The tree of a value that stands at one place: an option, a default.
  static Yaml value(String place, String text) {
    return new YamlReader(place, place).tree(text);
  }

  private static String text(Path file) {
    try {
      if (Files.isDirectory(file)) {
        throw new UserError(file.toString(), "a directory", "a YAML file", "Name the file in it.");
      }
      if (Files.size(file) > MAX_BYTES) {
        throw new UserError(
            file.toString(), Files.size(file) + " bytes", "up to " + MAX_BYTES, "Shorten it.");
      }
      var bytes = Files.readAllBytes(file);
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (NoSuchFileException e) {
      throw new UserError(file.toString(), "no such file", "Check the path.");
    } catch (CharacterCodingException e) {
      throw new UserError(file.toString(), "not UTF-8", "UTF-8 text", "Save it as UTF-8.");
    } catch (IOException e) {
      throw new UserError(file.toString(), "cannot be read (" + e.getMessage() + ")", "Check it.");
    }
  }

  private Yaml tree(String text) {
    var settings = LoadSettings.builder()
        .setLabel(name)
        .setCodePointLimit(MAX_BYTES)
        .setAllowDuplicateKeys(true)
        .setAllowRecursiveKeys(false)
        .setAllowNonScalarKeys(true)
        .setMaxAliasesForCollections(10_000)
        .build();
    try {
      var documents = new Compose(settings).composeAllFromString(text).iterator();
      if (!documents.hasNext()) {
        return new Yaml.Text(fixedPlace != null ? fixedPlace : name + ":1:1", "", true);
      }
      var root = convert(documents.next(), 0);
      if (documents.hasNext()) {
        var second = documents.next();
        throw new UserError(place(second), "a second document", "one document", "Remove '---'.");
      }
      return root;
    } catch (StackOverflowError e) {
      throw new UserError(
          name, "nested too deeply", MAX_DEPTH + " levels", "Close the brackets that are open.");
    } catch (MarkedYamlEngineException e) {
      var mark = e.getProblemMark().or(e::getContextMark);
      throw new UserError(
          mark.map(this::place).orElse(name),
          "not valid YAML: " + oneLine(e.getProblem()),
          "Check indentation, quotes and brackets there.");
    } catch (YamlEngineException e) {
      throw new UserError(name, "not valid YAML: " + oneLine(e.getMessage()), "Correct it.");
    }
  }

  private Yaml convert(Node node, int depth) {
    if (++nodes > MAX_NODES || depth > MAX_DEPTH) {
      throw new UserError(
          place(node),
          nodes > MAX_NODES ? "too many values" : "nested too deeply",
          MAX_NODES + " values, " + MAX_DEPTH + " levels",
          "Do not refer to an anchor from within itself or over and over.");
    }
    return switch (node) {
      case ScalarNode scalar ->
        new Yaml.Text(place(node), scalar.getValue(), scalar.getScalarStyle() == ScalarStyle.PLAIN);
      case SequenceNode sequence -> {
        var items = new ArrayList<Yaml>();
        for (var item : sequence.getValue()) {
          items.add(convert(item, depth + 1));
        }
        yield new Yaml.Items(place(node), items);
      }
      case MappingNode mapping -> mapping(mapping, depth);
      default -> throw new IllegalStateException("unknown node " + node.getNodeType());
    };
  }

  private Yaml mapping(MappingNode mapping, int depth) {
    var fields = new LinkedHashMap<String, Yaml>();
    var places = new LinkedHashMap<String, String>();
    for (var tuple : mapping.getValue()) {
      var at = place(tuple.getKeyNode());
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        throw new UserError(at, "a list or mapping as a key", "a name", "Give a name.");
      }
      if (places.containsKey(key.getValue())) {
        throw new UserError(
            at,
            "key '" + key.getValue() + "' for the second time",
            "each key once; first at " + places.get(key.getValue()),
            "Remove one of the two.");
      }
      places.put(key.getValue(), at);
      fields.put(key.getValue(), convert(tuple.getValueNode(), depth + 1));
    }
    return new Yaml.Fields(place(mapping), fields, places);
  }

  private String place(Node node) {
    return place(node.getStartMark());
  }

  private String place(Optional<Mark> mark) {
    return mark.map(this::place).orElse(name);
  }

  private String place(Mark mark) {
    return fixedPlace != null
        ? fixedPlace
        : name + ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1);
  }

  private static String oneLine(String text) {
    return text == null ? "" : text.lines().findFirst().orElse("").strip();
  }
}
