package herd.recipe;

import herd.data.Doc;
import herd.data.DocFile;
import herd.engine.UserError;
import herd.engine.kernel.KernelChoice;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Workers;
import herd.engine.text.BpeTrainer;
import herd.engine.text.Tokenizer;
import herd.report.Report;
import herd.run.Fingerprint;
import herd.run.Interrupted;
import herd.run.Progress;
import herd.run.Workspace;
import herd.settings.Binder;
import herd.settings.YamlReader;
import herd.study.Findings;
import herd.train.TokenShard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/// A whole study on models of some thousand parameters and texts of few words.
class ScaleStudyTest {
  private static final String GRID = "budgets: [1.5e9, 3e9, 6e9]\nsizes: 3\ntimes: 3\n"
      + "tuning: {batch: 0.25}\ntokensPerParameter: 3\nsequence: 64\nholdoutTokens: 2K\n";

  @TempDir
  private Path folder;

  @TempDir
  private static Path inputs;

  private static final Map<String, Path> INPUTS = new HashMap<>();

  private final List<String> said = new ArrayList<>();
  private final Map<String, Path> results = new HashMap<>(INPUTS);

  /// Pages of numbers that follow each other, code of words in an order that is drawn.
  @BeforeAll
  static void makeInputs() throws IOException {
    var random = new Random(1);
    var docs = new ArrayList<Doc>();
    for (int d = 0; d < 700; d++) {
      boolean page = d % 2 == 0;
      var text = new StringBuilder();
      int at = random.nextInt(50);
      for (int w = 0; w < 120; w++) {
        at = page || random.nextInt(3) > 0 ? (at * 7 + 3) % 53 : random.nextInt(53);
        text.append(page ? "n" : "word").append(at).append(w % 9 == 8 ? ".\n" : " ");
      }
      var kind = page ? "page" : "code";
      docs.add(new Doc("d" + d, "d" + d, "s", kind, "d" + d, "", text.toString()));
    }
    var curate = Files.createDirectories(inputs.resolve("curate"));
    DocFile.write(curate.resolve("train.parquet"), docs.subList(40, 700));
    DocFile.write(curate.resolve("holdout.parquet"), docs.subList(0, 40));
    var tokenizer =
        BpeTrainer.train(docs.stream().map(Doc::text).toList(), 600, Tokenizer.LLAMA3_SPECIALS);
    var tokens = Files.createDirectories(inputs.resolve("tokenizer"));
    tokenizer.save(tokens.resolve("tokenizer.json"));
    for (var kind : List.of("page", "code")) {
      TokenShard.write(
          tokens.resolve("train-" + kind + ".tokens"),
          tokenizer.vocab(),
          Fingerprint.of(tokens.resolve("tokenizer.json")),
          docs.subList(40, 700).stream()
              .filter(doc -> doc.kind().equals(kind))
              .map(doc -> tokenizer.encode(doc.text()))
              .toList());
    }
    INPUTS.put("curate", curate);
    INPUTS.put("tokenizer", tokens);
  }

  /// Runs a stage; `ends` is told of each line and may ask to stop.
  private ObjectNode run(String name, Stage stage, int slots, Progress progress)
      throws IOException {
    var facts = JsonNodeFactory.instance.objectNode();
    var result = Files.createDirectories(folder.resolve(name));
    var workspace = new Workspace(
        result, Files.createDirectories(folder.resolve("." + name)), facts, progress, 5);
    try (var workers = new Workers(2)) {
      var singles = new ArrayList<Kernels>();
      for (int i = 0; i < slots; i++) {
        singles.add(KernelChoice.best(new Workers(1)));
      }
      var kernels = KernelChoice.best(workers);
      stage.run(workspace, new Inputs(folder, results, null, kernels, singles));
    }
    results.put(name, result);
    var record = JsonNodeFactory.instance.objectNode().put("stage", name);
    record.put("kind", name).set("facts", facts);
    Files.writeString(result.resolve("stage.json"), record.toString());
    return facts;
  }

  private static <T extends Stage> T stage(Class<T> type, String yaml) {
    return Binder.bind(YamlReader.parse("test", yaml), type, "stage");
  }

  private final class Lines implements Progress {
    private final AtomicInteger left;

    /// @param most models that may end before it asks to stop
    Lines(int most) {
      left = new AtomicInteger(most);
    }

    @Override
    public void at(long done, long total, String unit, Map<String, Object> more) {}

    @Override
    public synchronized void say(String line) {
      said.add(line);
      if (line.contains(", loss ")) {
        left.decrementAndGet();
      }
    }

    @Override
    public boolean interrupted() {
      return left.get() <= 0;
    }
  }

  @Test
  @Tag("slow")
  void aStoppedStudyGoesOnAndComesToTheSameAndPredicts() throws IOException {
    var grid = stage(ScaleGrid.class, GRID);
    assertThatThrownBy(() -> run("grid", grid, 1, new Lines(4))).isInstanceOf(Interrupted.class);
    run("grid", grid, 2, new Lines(100));
    assertThat(said).anyMatch(line -> line.matches("[1-9] of [0-9]+ models are trained"));
    var trained = said.stream().filter(line -> line.contains(", loss ")).toList();
    assertThat(trained).doesNotHaveDuplicates().hasSizeGreaterThanOrEqualTo(9);
    var stopped = losses("grid");
    assertThat(stopped).hasSameSizeAs(trained);
    run("again", grid, 1, new Lines(100));
    assertThat(losses("again")).isEqualTo(stopped);

    var fit = run("fit", stage(ScaleFit.class, "window: 2\nresamples: 20"), 1, new Lines(100));
    assertThat(fit.path("plots").size())
        .isGreaterThanOrEqualTo(2); // and one of what over-training costs
    var facts = run("confirm", stage(ScaleConfirm.class, "holdoutTokens: 2K"), 1, new Lines(9));
    var prediction = facts.path("prediction");
    assertThat(prediction.path("measured").asDouble()).isBetween(0.1, 6.0);
    assertThat(prediction.path("error").asDouble()).isBetween(-0.9, 2.0);
    assertThat(folder.resolve("confirm/model/config.json")).exists();

    var mix = run(
        "mix",
        stage(
            ScaleMix.class,
            "mixes: {pages: {page: 1}, even: {page: 1, code: 1}, code: {code: 1}}\n"
                + "budgets: [1.5e9, 2e9, 3e9]\ntimes: 2\nholdoutTokens: 2K"),
        2,
        new Lines(100));
    // A model that saw only one kind knows nothing of the other.
    assertThat(mix.at("/mixes/measuredBest").asString()).isEqualTo("even");
    assertThat(mix.at("/mixes/predictedBest").asString()).isEqualTo("even");
    assertThat(Files.readString(Report.write(folder)))
        .contains("Scaling laws", "a curve for each budget", "Mixes", "predicted and measured");
  }

  private List<Double> losses(String stage) {
    return Findings.runs(folder.resolve(stage).resolve("runs.json")).stream()
        .map(run -> run.loss())
        .toList();
  }

  @Test
  void textThatIsTooShortIsRefusedWithTheFigures() {
    var grid = stage(ScaleGrid.class, GRID.replace("6e9", "6e11"));
    assertThatThrownBy(() -> run("grid", grid, 1, new Lines(100)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("more than once the text")
        .hasMessageContaining("each seen once");
  }

  @Test
  void wrongSettingsAreRefusedWhereTheyStand() {
    for (var wrong : List.of(
        "budgets: [2e9, 1e9]",
        "budgets: [1e9]",
        "sizes: 2",
        "apart: 1",
        "minutes: 0",
        "times: 0.5",
        "sequence: 1",
        "tuning: {rate: 0}",
        "tokensPerParameter: 0",
        "holdoutTokens: 0")) {
      assertThatThrownBy(() -> stage(ScaleGrid.class, wrong))
          .as(wrong)
          .isInstanceOf(UserError.class)
          .hasMessageContaining("test:1:");
    }
    for (var wrong : List.of("mixes: {a: {page: 1}}", "mixes: {a: {page: 1}, b: {page: -1}}")) {
      assertThatThrownBy(() -> stage(ScaleMix.class, wrong))
          .as(wrong)
          .isInstanceOf(UserError.class);
    }
  }
}
