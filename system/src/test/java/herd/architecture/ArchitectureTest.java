package herd.architecture;

import java.io.IOException;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/// The rules of the house over class files and sources: arrows between packages, sizes, names. A
/// rule is widened by an entry in [#EXCEPTIONS], which names the ADR that says why.
class ArchitectureTest {
  /// What each room may use directly; whatever those may use it may use too. Every room may use
  /// `run` and the engine, and the engine's own rooms stand in the second half.
  private static final Map<String, List<String>> ARROWS = Map.ofEntries(
      room(
          "herd.cli",
          "recipe",
          "data.rate",
          "train.encoder",
          "serve",
          "pull",
          "speed",
          "data.text",
          "scaling"),
      room(
          "herd.recipe",
          "settings",
          "pull",
          "data",
          "data.exercise",
          "train.course",
          "study",
          "tokens",
          "post",
          "eval",
          "safety",
          "report"),
      room("herd.serve", "safety", "tool", "serve.http", "serve.protocol", "engine.grammar"),
      room("herd.serve.http", "serve.protocol"),
      room("herd.serve.protocol"),
      room("herd.post", "train", "data", "tool"),
      room("herd.eval", "tool"),
      room("herd.settings"),
      room("herd.speed", "train"),
      room("herd.pull"),
      room(
          "herd.data",
          "pull",
          "data.source",
          "data.code",
          "data.web",
          "data.pii",
          "data.html",
          "data.text",
          "data.spill",
          "data.words",
          "data.fasttext",
          "data.dedup",
          "data.exercise",
          "engine.encoder"),
      room("herd.data.exercise"),
      room("herd.data.code"),
      room("herd.data.html"),
      room("herd.data.text", "data.parquet"),
      room("herd.data.spill"),
      room("herd.data.web"),
      room("herd.data.pii"),
      room("herd.data.words"),
      room("herd.data.dedup", "data.spill"),
      room("herd.data.office"),
      room("herd.data.parquet"),
      room("herd.data.source", "data.html", "data.code", "data.office", "data.parquet"),
      room("herd.train", "train.watch"),
      room("herd.train.watch"),
      room("herd.train.save", "train"),
      room("herd.train.course", "train.save"),
      room("herd.study", "train.course", "scaling"),
      room("herd.tokens", "data", "train"),
      room("herd.scaling"),
      room("herd.safety"),
      room("herd.report"),
      room("herd.tool"),
      room("herd.data.fasttext"),
      room("herd.data.rate", "data.fasttext", "engine.grammar"),
      room("herd.train.encoder", "engine.encoder"),
      Map.entry("herd.run", List.of("herd.engine.infer", "herd.engine.score")),
      Map.entry("herd.engine.grammar", List.of("herd.engine.automaton", "herd.engine.io")),
      Map.entry("herd.engine.automaton", List.of("herd.engine.infer", "herd.engine.text")),
      Map.entry(
          "herd.engine.infer",
          List.of(
              "herd.engine.model", "herd.engine.text", "herd.engine.sample", "herd.engine.kernel")),
      Map.entry("herd.engine.sample", List.of("herd.engine")),
      Map.entry("herd.engine.score", List.of("herd.engine.infer")),
      Map.entry("herd.engine.model", List.of("herd.engine.quant", "herd.engine.io")),
      Map.entry(
          "herd.engine.text",
          List.of("herd.engine.template", "herd.engine.io", "herd.engine.learn")),
      Map.entry("herd.engine.learn", List.of("herd.engine")),
      Map.entry("herd.engine.template", List.of("herd.engine")),
      Map.entry("herd.engine.io", List.of("herd.engine.block")),
      Map.entry("herd.engine.block", List.of("herd.engine")),
      Map.entry("herd.engine.quant", List.of("herd.engine.tensor", "herd.engine.code")),
      Map.entry("herd.engine.kernel", List.of("herd.engine.tensor", "herd.engine.code")),
      Map.entry("herd.engine.code", List.of("herd.engine")),
      Map.entry(
          "herd.engine.encoder",
          List.of("herd.engine.io", "herd.engine.tensor", "herd.engine.text")),
      Map.entry("herd.engine.tensor", List.of("herd.engine")),
      Map.entry("herd.engine", List.of()));

  /// `rule subject` to the number of the ADR that allows it.
  private static final Map<String, String> EXCEPTIONS =
      Map.of("function herd.engine.tensor.Tile8x3.three", "003");

  private static final Pattern FORBIDDEN =
      Pattern.compile(".*(Manager|Utils?|Helpers?|Provider|Factory|Base|Impl)");
  private static final int FUNCTION_LINES = 70;
  private static final int FILE_LINES = 500;
  private static final int KERNEL_FILE_LINES = 800;
  private static final int PACKAGE_FILES = 20;

  private static final Set<String> KERNELS =
      Set.of("herd.engine.tensor", "herd.engine.quant", "herd.engine.kernel");

  private static final Path ENGINE = Path.of("../engine");
  private static final Path SYSTEM = Path.of("");
  private static final List<Compiled> ENGINE_CLASSES =
      Compiled.under(ENGINE.resolve("target/classes"));
  private static final List<Compiled> SYSTEM_CLASSES =
      Compiled.under(SYSTEM.resolve("target/classes"));

  private static Map.Entry<String, List<String>> room(String name, String... uses) {
    var rooms = new ArrayList<>(List.of("herd.run"));
    for (String use : uses) rooms.add("herd." + use);
    return Map.entry(name, rooms);
  }

  @Test
  void theClassesWereFound() {
    assertThat(ENGINE_CLASSES.size()).isGreaterThan(15);
    assertThat(SYSTEM_CLASSES.size()).isGreaterThan(25);
  }

  @Test
  void arrowsPointOneWay() {
    var wrong = new TreeSet<String>();
    for (var type : all()) {
      String room = type.packageName();
      var allowed = reachable(room);
      for (String use : type.uses()) {
        if (!use.startsWith("herd.")) continue;
        String other = Compiled.packageOf(use);
        if (!allowed.contains(other))
          wrong.add(room + " -> " + other + " (" + type.name() + " uses " + use + ")");
      }
    }
    assertNone("arrow", wrong);
  }

  @Test
  void everyPackageIsARoomAndTheArrowsHaveNoCircle() {
    for (var type : all()) assertThat(ARROWS).containsKey(type.packageName());
    for (String room : ARROWS.keySet()) {
      for (String used : ARROWS.get(room)) {
        assertThat(reachable(used)).as("from " + used + " back to " + room).doesNotContain(room);
      }
    }
  }

  @Test
  void theEngineNeedsNothingButTheJdksBase() {
    var modules = new HashMap<String, String>();
    for (var reference : ModuleFinder.ofSystem().findAll()) {
      var descriptor = reference.descriptor();
      for (String name : descriptor.packages()) modules.put(name, descriptor.name());
    }
    var wrong = new TreeSet<String>();
    for (var type : ENGINE_CLASSES) {
      for (String use : type.uses()) {
        if (use.startsWith("herd.engine.")) continue;
        String module = modules.getOrDefault(Compiled.packageOf(use), "none of the JDK's modules");
        boolean vector =
            module.equals("jdk.incubator.vector") && KERNELS.contains(type.packageName());
        if (!module.equals("java.base") && !vector) {
          wrong.add(type.name() + " uses " + use + " of " + module);
        }
      }
    }
    assertNone("engine", wrong);
  }

  @Test
  void functionsAreShort() {
    var wrong = new TreeSet<String>();
    for (var type : all()) {
      type.lines().forEach((method, lines) -> {
        if (lines > FUNCTION_LINES) wrong.add(type.name() + "." + method + ": " + lines + " lines");
      });
    }
    assertNone("function", wrong);
  }

  @Test
  void namesSayWhatATypeDoes() {
    assertNone("name", names(all(), type -> FORBIDDEN.matcher(type.simpleName()).matches()));
  }

  @Test
  void nothingStaticChanges() {
    var wrong = new TreeSet<String>();
    for (var type : all()) {
      for (String field : type.mutableStatics()) wrong.add(type.name() + "." + field);
    }
    assertNone("static", wrong);
  }

  @Test
  void filesAndPackagesAreSmall() throws IOException {
    var wrong = new TreeSet<String>();
    var packages = new TreeMap<Path, Integer>();
    var kinds =
        new TreeSet<String>(); // the language wants them in the package of their sealed type
    for (var type : all()) kinds.addAll(type.permits());
    for (Path file : sources()) {
      String name = typeOf(file);
      boolean command = name.startsWith("herd.cli.") && name.endsWith("Command"); // kinds of Main
      if (!name.endsWith("package-info") && !kinds.contains(name) && !command) {
        packages.merge(file.getParent(), 1, Integer::sum);
      }
      long lines = Files.readAllLines(file).size();
      boolean kernel = KERNELS.stream()
          .anyMatch(room -> file.getParent().endsWith(Path.of(room.replace('.', '/'))));
      if (lines > (kernel ? KERNEL_FILE_LINES : FILE_LINES))
        wrong.add(file + ": " + lines + " lines");
    }
    packages.forEach((folder, files) -> {
      if (files > PACKAGE_FILES) wrong.add(folder + ": " + files + " files");
    });
    assertNone("size", wrong);
  }

  @Test
  void everyPackageSaysWhatItIsFor() throws IOException {
    var wrong = new TreeSet<String>();
    for (Path file : sources()) {
      Path said = file.resolveSibling("package-info.java");
      if (file.endsWith("module-info.java")) continue;
      if (!Files.exists(said) || !Files.readString(said).startsWith("///"))
        wrong.add(said.toString());
    }
    assertNone("package-info", wrong);
  }

  @Test
  void everyExceptionHasItsDecision() throws IOException {
    for (var exception : EXCEPTIONS.entrySet()) {
      try (var decisions =
          Files.newDirectoryStream(Path.of("../docs/adr"), exception.getValue() + "-*.md")) {
        assertThat(decisions)
            .as("the decision that allows " + exception.getKey())
            .isNotEmpty();
      }
    }
  }

  /// A long Markdown comment line that the formatter cut goes on with `//` and is lost.
  @Test
  void documentationIsWhole() throws IOException {
    var cut = Pattern.compile("(?m)^ *///.*\\n *//(?!/).*\\n *(///|[\\w@])");
    var wrong = new TreeSet<String>();
    for (Path file : sources()) {
      cut.matcher(Files.readString(file))
          .results()
          .forEach(m -> wrong.add(file + ": " + m.group()));
    }
    assertNone("documentation", wrong);
  }

  private static List<Compiled> all() {
    var all = new ArrayList<>(ENGINE_CLASSES);
    all.addAll(SYSTEM_CLASSES);
    return all;
  }

  private static List<Path> sources() throws IOException {
    var sources = new ArrayList<Path>();
    for (Path module : List.of(ENGINE, SYSTEM)) {
      try (var files = Files.walk(module.resolve("src/main/java"))) {
        files.filter(file -> file.toString().endsWith(".java")).sorted().forEach(sources::add);
      }
    }
    return sources;
  }

  private static String typeOf(Path source) {
    String path = source.toString().replaceFirst(".*src/main/java/", "");
    return path.replace(".java", "").replace('/', '.');
  }

  /// The room itself and all that the arrows lead to from it.
  private static Set<String> reachable(String room) {
    var seen = new TreeSet<>(Set.of(room));
    for (String next : ARROWS.getOrDefault(room, List.of())) {
      if (!seen.contains(next)) seen.addAll(reachable(next));
    }
    return seen;
  }

  private static Set<String> names(List<Compiled> types, Predicate<Compiled> wrong) {
    var names = new TreeSet<String>();
    for (var type : types) if (wrong.test(type)) names.add(type.name());
    return names;
  }

  /// An exception is written as the rule and the subject up to its first blank or colon.
  private static void assertNone(String rule, Set<String> wrong) {
    var left = new TreeSet<>(wrong);
    left.removeIf(found -> EXCEPTIONS.containsKey(rule + " " + found.split("[ :]")[0]));
    assertThat(left).as("rule of the house: " + rule).isEmpty();
  }
}
