package herd.spark;

import com.github.luben.zstd.ZstdInputStream;
import herd.data.Doc;
import herd.data.DocFile;
import herd.data.dedup.Groups;
import herd.data.text.TextFiles;
import herd.engine.UserError;
import herd.recipe.CurateRecipe;
import herd.run.Console;
import herd.run.Machine;
import herd.run.Raise;
import herd.run.RunDirectory;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/// A run on Spark leaves what `herd curate` leaves, however the corpus is cut.
class SparkCurationTest {
  private static final String STEPS = """
      steps:
        - {kind: extract-html}
        - {kind: short-document, minWords: 10}
        - {kind: url-duplicates}
        - {kind: pii, maxPerThousand: 900}
        - {kind: unsafe-domains, maxShare: 0.06, leastPages: 3, leastPii: 1}
        - {kind: exact-duplicates}
        - {kind: common-lines, maxOccurrences: 3, bucket: 70, minWords: 2}
        - {kind: repeated-paragraphs, minWords: 5}
        - {kind: near-duplicates, shingle: 2, bands: 10, rows: 8}
        - {kind: repeated-passages, words: 12}
        - {kind: near-duplicates, shingle: 2, bands: 20, rows: 2, verify: 0.3, perLanguage: false}
        - {kind: limit-shares, by: language, shares: {en: 0.2, de: 0.3}}
        - {kind: long-words}
      """;

  private static final String CODE = """
      repositories: true
      steps:
        - {kind: licence-filter, allow: [permissive, public-domain]}
        - {kind: code-language, types: [programming]}
        - {kind: join-repository, maxBytes: 400}
        - {kind: short-document, minWords: 5}
      """;

  private static SparkSession spark;

  @TempDir
  private static Path corpus;

  @TempDir
  private static Path repositories;

  @TempDir
  private Path dir;

  @BeforeAll
  static void start() throws IOException {
    new Corpus(7).write(corpus);
    new Repos(5).write(repositories);
    spark = SparkSession.builder()
        .master("local[2]")
        .config("spark.ui.enabled", false)
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", 3)
        .config("spark.sql.codegen.wholeStage", false)
        .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        .config(
            "spark.hadoop.fs.viewfs.mounttable.far.link./corpus", corpus.toUri().toString())
        .config(
            "spark.hadoop.fs.viewfs.mounttable.far.link./code",
            repositories.toUri().toString())
        .getOrCreate();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  /// What a run left.
  private record Outcome(List<Doc> documents, List<String> rejected, JsonNode facts) {}

  private static Outcome outcome(Path out) throws IOException {
    var documents = new ArrayList<Doc>();
    for (var file : TextFiles.of(List.of(out.resolve("curate/documents").toString()))) {
      documents.addAll(DocFile.read(file));
    }
    var rejected = new ArrayList<String>();
    if (Files.exists(out.resolve("curate/rejected"))) {
      for (var file : TextFiles.of(List.of(out.resolve("curate/rejected").toString()))) {
        try (var in = new ZstdInputStream(Files.newInputStream(file))) {
          new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().forEach(rejected::add);
        }
      }
    }
    Collections.sort(rejected);
    var stage = JsonMapper.shared().readTree(Files.readString(out.resolve("curate/stage.json")));
    return new Outcome(documents, rejected, stage.path("facts"));
  }

  private Outcome embedded(Path recipe, String in) throws IOException {
    var out = dir.resolve("embedded");
    var read = CurateRecipe.read(recipe, List.of());
    var task = read.task(read.sources(List.of(in)), true, 2);
    var raise = new Raise(new RunDirectory(out), read.seed(), List.of(task));
    var silent = new PrintStream(OutputStream.nullOutputStream());
    var console = new Console(silent, Console.Form.PLAIN, 80, () -> false, System::nanoTime);
    raise.run(raise.plan(null, null), console, Machine.here("none"), _ -> {});
    return outcome(out);
  }

  private static CurateOnSpark command(Path recipe, String in, Path out, String... more) {
    var arguments = new ArrayList<>(List.of(
        "--in", in, "--out", out.toString(), "--recipe", recipe.toString(), "--keep-rejected"));
    arguments.addAll(Arrays.asList(more));
    var command = new CurateOnSpark();
    new CommandLine(command).parseArgs(arguments.toArray(String[]::new));
    return command;
  }

  private Outcome onSpark(Path recipe, String in, long partBytes, int shuffles) throws IOException {
    var out = dir.resolve("spark-" + partBytes);
    command(recipe, in, out, "--part-bytes", "" + partBytes, "--shuffles", "" + shuffles)
        .run(spark);
    return outcome(out);
  }

  private static void same(Outcome found, Outcome expected) {
    assertThat(found.documents()).isEqualTo(expected.documents());
    assertThat(found.rejected()).isEqualTo(expected.rejected());
    for (var count : List.of("read", "documents", "bytes", "estimatedTokens")) {
      assertThat(found.facts().path("counts").path(count))
          .isEqualTo(expected.facts().path("counts").path(count));
    }
    assertThat(rows(found)).isEqualTo(rows(expected));
    assertThat(found.facts().path("samples")).isEqualTo(expected.facts().path("samples"));
  }

  private static Set<String> reasons(Outcome outcome) {
    return outcome
        .facts()
        .path("funnel")
        .valueStream()
        .map(row -> row.path("reason").asString())
        .collect(Collectors.toSet());
  }

  /// The funnel but for the seconds.
  private static List<String> rows(Outcome outcome) {
    return outcome
        .facts()
        .path("funnel")
        .valueStream()
        .map(row -> row.toString().replaceAll("\"seconds\":[^,}]*", ""))
        .toList();
  }

  private Path recipe(String text) throws IOException {
    return Files.writeString(dir.resolve("recipe.yaml"), text);
  }

  @Test
  void keepsWhatTheEmbeddedExecutorKeepsHoweverTheCorpusIsCut() throws IOException {
    var recipe = recipe(STEPS);
    var expected = embedded(recipe, corpus.toString());
    assertThat(reasons(expected))
        .as(rows(expected).toString())
        .contains(
            "unreadable-file",
            "older-version",
            "unsafe-domain",
            "same-text",
            "near-duplicate",
            "over-represented-en");
    assertThat(expected.documents().size()).isGreaterThan(30);
    same(onSpark(recipe, corpus.toString(), 1, 2), expected);
    same(onSpark(recipe, corpus.toString(), 40_000, 5), expected);
  }

  @Test
  void joinsRepositoriesHoweverTheirFilesAreSpread() throws IOException {
    var recipe = recipe(CODE);
    var expected = embedded(recipe, repositories.toString());
    assertThat(reasons(expected))
        .contains("licence-copyleft", "licence-missing", "licence-unknown", "joined-to-repository");
    assertThat(expected.documents())
        .anySatisfy(doc -> assertThat(doc.metadata().get("files").lines()).hasSizeGreaterThan(2))
        .anySatisfy(doc -> assertThat(doc.metadata().get("part")).startsWith("2/"))
        .anySatisfy(doc -> assertThat(doc.id()).endsWith("code!/#1"));
    same(onSpark(recipe, repositories.toString(), 1, 2), expected);
    same(onSpark(recipe, repositories.toString(), 12_000, 5), expected);
    var far = onSpark(recipe, "viewfs://far/code/*/*", 1 << 20, 3);
    var here = repositories + "/";
    assertThat(whole(far, "viewfs://far/code/", here)).isEqualTo(whole(expected, here, here));
  }

  /// All of the documents; names of files begin with another folder.
  private static List<String> whole(Outcome outcome, String folder, String shown) {
    return outcome.documents().stream()
        .map(doc -> List.of(
                doc.id(), doc.group(), doc.text(), doc.origin(), new TreeMap<>(doc.metadata()))
            .toString()
            .replace(folder, shown))
        .toList();
  }

  @Test
  void findsFilesOfAnyFileSystemAndScoresOfEachLanguage() throws IOException {
    var recipe = recipe("""
        steps:
          - {kind: best-share, share: 0.8}
          - {kind: limit-shares, by: language, shares: {en: 0.2}}
          - {kind: exact-duplicates}
        """);
    var expected = embedded(recipe, corpus + "/*.jsonl");
    var found = onSpark(recipe, "viewfs://far/corpus/*.jsonl", 1, 3);
    assertThat(found.documents().getFirst().origin().file())
        .isEqualTo("viewfs://far/corpus/a.jsonl");
    assertThat(texts(found)).isEqualTo(texts(expected)).isNotEmpty();
    assertThat(rows(found)).isEqualTo(rows(expected));
  }

  private static List<String> texts(Outcome outcome) {
    return outcome.documents().stream().map(doc -> doc.id() + doc.text()).toList();
  }

  @Test
  void knowsDocumentsOfAnEarlierCorpus() throws IOException {
    var index = dir.resolve("earlier.index");
    var near = "near-duplicates, shingle: 2, bands: 10, rows: 8, perLanguage: false";
    var first = recipe("steps: [{kind: %s, writeIndex: %s}]".formatted(near, index));
    embedded(first, corpus + "/a.jsonl");
    var written = Files.readAllBytes(index);
    Files.delete(index);
    onSpark(first, corpus + "/a.jsonl", 1, 3);
    assertThat(index).hasBinaryContent(written);
    var both = dir.resolve("both.index");
    var second =
        recipe("steps: [{kind: %s, index: %s, writeIndex: %s}]".formatted(near, index, both));
    var expected = embedded(second, corpus + "/more/d.jsonl");
    assertThat(expected.rejected().toString()).contains("known-near-duplicate");
    var writtenToo = Files.readAllBytes(both);
    Files.delete(both);
    same(onSpark(second, corpus + "/more/d.jsonl", 2, 2), expected);
    assertThat(both).hasBinaryContent(writtenToo);
  }

  @Test
  @Tag("golden")
  void keepsWhatTheEmbeddedExecutorKeepsOfOddWebArchives() throws IOException {
    var shared = Path.of(System.getProperty("herd.shared", "../../shared"));
    var archives = shared.resolve("data-curation/warc");
    Assumptions.assumeTrue(Files.isDirectory(archives), "no web archives in " + archives);
    var recipe = recipe("""
        steps:
          - {kind: extract-html}
          - {kind: url-duplicates}
          - {kind: near-duplicates}
          - {kind: common-lines}
        """);
    var expected = embedded(recipe, archives + "/*.{gz,warc}");
    same(onSpark(recipe, archives + "/*.{gz,warc}", 1, 2), expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{kind: limit-shares, by: kind, shares: {text: 0.5}} | room for some text",
        "{kind: best-share, share: 0.5} | no quality",
        "{kind: short-document, minWords: 5000} | no document is left",
        "{kind: domain-block-list, files: [nowhere.txt]} | nowhere.txt"
      })
  void whatCannotBeDoneIsSaid(String step, String said) throws IOException {
    var recipe = recipe("steps: [{kind: exact-duplicates}, %s]".formatted(step));
    var out = dir.resolve("out");
    var command = command(recipe, corpus + "/docs.parquet", out);
    assertThatThrownBy(() -> command.run(spark))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(said);
    assertThat(out.resolve("curate")).doesNotExist();
  }

  @Test
  void aResultIsNotOverwritten() throws IOException {
    var recipe = recipe("steps: []");
    Files.createDirectories(dir.resolve("there/curate"));
    var command = command(recipe, corpus + "/a.jsonl", dir.resolve("there"));
    assertThatThrownBy(() -> command.run(spark))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("there already");
    var nothing = command(recipe, "viewfs://far/corpus/none*", dir.resolve("new"));
    assertThatThrownBy(() -> nothing.run(spark))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("no file");
  }

  @Test
  void joinsChainsStarsAndCircles() {
    int size = 200;
    var random = new Random(3);
    var groups = new Groups(size);
    var pairs = new ArrayList<Row>();
    for (int i = 1; i < size; i++) {
      int other = i < 20 ? i - 1 : i < 60 ? 20 : 60 + random.nextInt(140);
      if (other != i && (i < 60 || random.nextInt(3) == 0)) {
        groups.join(i, other);
        pairs.add(RowFactory.create((long) Math.max(i, other), (long) Math.min(i, other), 0L));
      }
    }
    var rows = spark.createDataFrame(pairs, Table.FOUND);
    var found = new TreeMap<Long, Long>();
    new Joined(spark, 3).of(rows).collectAsList().forEach(row -> assertThat(
            found.put(row.getLong(0), row.getLong(1)))
        .isNull());
    for (int i = 0; i < size; i++) {
      long root = groups.root(i);
      boolean alone = !found.containsKey((long) i);
      assertThat(alone ? i : found.get((long) i)).isEqualTo(root);
    }
  }
}
