package herd.train.course;

import herd.engine.UserError;
import herd.engine.kernel.KernelChoice;
import herd.engine.model.Adapter;
import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import herd.engine.model.Recompute;
import herd.engine.tensor.DType;
import herd.engine.tensor.Workers;
import herd.run.Interrupted;
import herd.run.Progress;
import herd.run.Workspace;
import herd.train.AdamW;
import herd.train.Batch;
import herd.train.BatchRamp;
import herd.train.Batches;
import herd.train.Objective;
import herd.train.PackedBatches;
import herd.train.Schedule;
import herd.train.SourceLosses;
import herd.train.TokenShard;
import herd.train.Training;
import herd.train.save.Checkpoints;
import herd.train.save.Retention;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

/// Whole trainings with their options, on a tiny model and two sources.
class TrainingRunTest {
  private static final int STEPS = 40;
  private static final LlamaConfig TINY =
      new LlamaConfig(64, 16, 2, 4, 2, 4, 24, 500_000, null, 1e-5, true, 64);

  @TempDir
  private Path folder;

  private final Arena arena = Arena.ofShared();
  private final Workers workers = new Workers(1);
  private final List<String> said = new ArrayList<>();
  private List<PackedBatches.Source> sources;
  private int runs;

  @BeforeEach
  void write() {
    sources = new ArrayList<>();
    for (var name : List.of("page", "code")) {
      var random = new Random(name.hashCode());
      var documents = new ArrayList<int[]>();
      for (int d = 0; d < 60; d++) {
        int first = random.nextInt(60);
        var document = new int[2 + random.nextInt(40)];
        for (int i = 0; i < document.length; i++) {
          document[i] = name.equals("code") ? (first + i) % 64 : random.nextInt(64);
        }
        documents.add(document);
      }
      Path shard = folder.resolve(name + ".tokens");
      TokenShard.write(shard, 64, "t", documents);
      sources.add(PackedBatches.Source.of(name, List.of(TokenShard.open(shard, arena)), 1));
    }
  }

  @AfterEach
  void close() {
    workers.close();
    arena.close();
  }

  private PackedBatches batches() {
    return new PackedBatches(sources, PackedBatches.Frame.NONE, 16, 64, 32, 5);
  }

  private TrainOptions options(SpikeRule spikes) {
    return new TrainOptions(Recompute.NONE, 0, 2, 0, 0, spikes, 0, List.of(), LowRankSettings.NONE);
  }

  private record Trained(Llama model, ObjectNode facts, Path result, List<Double> losses) {}

  private Workspace workspace(Path run, Progress progress) throws IOException {
    return new Workspace(
        Files.createDirectories(run.resolve("result")),
        Files.createDirectories(run.resolve("scratch")),
        JsonNodeFactory.instance.objectNode(),
        progress,
        5);
  }

  private Trained train(Path run, Batches batches, TrainOptions options, Progress progress)
      throws IOException {
    var model = Llama.random(arena, DType.F32, TINY, 7);
    var workspace = workspace(run, progress);
    var losses = new ArrayList<Double>();
    Training.Listener listener = (step, _) -> {
      while (losses.size() >= step.number()) {
        losses.removeLast();
      }
      while (losses.size() < step.number() - 1) {
        losses.add(Double.NaN);
      }
      losses.add(step.loss());
    };
    var objective =
        new Objective.LanguageModel(options.zLoss(), new SourceLosses(List.of("page", "code")));
    new TrainingRun(
            KernelChoice.best(workers),
            objective,
            new AdamW(),
            new Schedule.WarmupCosine(1e-2, 4, STEPS, 0.1),
            batches,
            STEPS,
            5,
            options)
        .run(model, workspace, List.of(listener), start -> start);
    return new Trained(model, workspace.facts(), workspace.result(), losses);
  }

  private Trained train(Batches batches, TrainOptions options) throws IOException {
    return train(folder.resolve("run" + runs++), batches, options, new Says());
  }

  private final class Says implements Progress {
    @Override
    public void at(long done, long total, String unit, Map<String, Object> facts) {}

    @Override
    public void say(String line) {
      said.add(line);
    }
  }

  /// Batches of which one, by its number, has targets that follow no rule.
  private Batches poisoned(long bad) {
    var batches = batches();
    return number -> {
      var found = batches.microBatches(number);
      if (number != bad) {
        return found;
      }
      var random = new Random(1);
      return found.stream()
          .map(b -> new Batch(
              random.ints(b.tokens().length, 0, 64).toArray(),
              b.segments(),
              java.util.Arrays.stream(b.targets()).map(t -> t < 0 ? t : 0).toArray()))
          .toList();
    };
  }

  @Test
  void aSpikeIsGoneBackFromAndItsBatchesPassedOver() throws IOException {
    var plain = train(poisoned(-1), options(SpikeRule.NEVER));
    var spiky = train(poisoned(27), options(SpikeRule.NEVER));
    assertThat(spiky.losses.get(27)).isGreaterThan(plain.losses.get(27) + 0.5);
    assertThat(said).isEmpty();

    var rule = new SpikeRule(3, 10, 3);
    var healed = train(poisoned(27), options(rule));
    assertThat(said).singleElement().asString().contains("step 28 is a spike", "back to step 25");
    assertThat(healed.losses).hasSize(STEPS);
    // Step 26 now sees what step 29 would have seen.
    var from29 = new ArrayList<Double>();
    var shifted = train(
        number -> batches().microBatches(number < 25 ? number : number + 3),
        options(SpikeRule.NEVER));
    from29.addAll(shifted.losses);
    assertThat(healed.losses).isEqualTo(from29);
    assertThat(Files.readAllLines(healed.result.resolve("metrics.jsonl"))).hasSize(STEPS);

    // Interrupted after the rollback, it goes on with the same batches passed over.
    said.clear();
    var run = folder.resolve("interrupted");
    var stopping = new Progress() {
      private int left = 35;

      @Override
      public void at(long done, long total, String unit, Map<String, Object> facts) {
        left--;
      }

      @Override
      public boolean interrupted() {
        return left == 0;
      }
    };
    assertThatThrownBy(() -> train(run, poisoned(27), options(rule), stopping))
        .isInstanceOf(Interrupted.class);
    var resumed = train(run, poisoned(27), options(rule), new Says());
    assertThat(resumed.losses.getLast()).isEqualTo(healed.losses.getLast());
    assertThat(resumed.model.parameters().get("model.norm.weight").toFloats())
        .isEqualTo(healed.model.parameters().get("model.norm.weight").toFloats());
  }

  @Test
  void tooManySpikesEndTheTraining() {
    assertThatThrownBy(() -> train(poisoned(27), options(new SpikeRule(3, 10, 0))))
        .isInstanceOf(UserError.class)
        .hasMessageContainingAll("step 28", "spike", "peak learning rate");
  }

  @ParameterizedTest
  @EnumSource(Recompute.class)
  void whatIsComputedAgainChangesNothing(Recompute recompute) throws IOException {
    var plain = train(batches(), options(SpikeRule.NEVER));
    var other = train(
        batches(),
        new TrainOptions(
            recompute, 0, 2, 0, 0, SpikeRule.NEVER, 0, List.of(), LowRankSettings.NONE));
    assertThat(other.losses).isEqualTo(plain.losses);
  }

  @Test
  void eachSourceHasItsCurveAndTheStatisticsAreWritten() throws IOException {
    var trained = train(
        batches(),
        new TrainOptions(
            Recompute.NONE, 0, 2, 0, 1e-4, SpikeRule.NEVER, 20, List.of(), LowRankSettings.NONE));
    var series = trained.facts.path("series").path(1);
    assertThat(series.path("name").asString()).isEqualTo("sources");
    var last = series.path("rows").path(STEPS - 1);
    double code = last.path(1).asDouble();
    double page = last.path(2).asDouble();
    assertThat(code).isLessThan(page); // counting is learnt, chance is not
    var lines = Files.readAllLines(trained.result.resolve(Statistics.FILE));
    assertThat(lines).hasSize(2);
    assertThat(lines.getLast())
        .contains("\"step\":40", "gradientNorms", "model.layers.1.mlp.swiglu", "weightNorms");
    try (var files = Files.list(trained.result)) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .anyMatch(name -> name.startsWith("events.out.tfevents."));
    }
  }

  @Test
  void frozenPartsStayAndTheRestLearns() throws IOException {
    var trained = train(
        batches(),
        new TrainOptions(
            Recompute.NONE,
            0,
            2,
            0,
            0,
            SpikeRule.NEVER,
            0,
            List.of("embed", "layers.0."),
            LowRankSettings.NONE));
    var fresh = Llama.random(arena, DType.F32, TINY, 7);
    fresh.parameters().forEach((name, tensor) -> {
      boolean frozen = name.contains("embed") || name.contains("layers.0.");
      var now = trained.model.parameters().get(name);
      assertThat(now.data().mismatch(tensor.data()) == -1).as(name).isEqualTo(frozen);
    });
    assertThat(trained.losses.getLast()).isLessThan(trained.losses.getFirst() - 0.05);
  }

  @Test
  void lowRankAdditionsAreTrainedMergedAndSaved() throws IOException {
    var lora = new LowRankSettings(2, List.of("q_proj", "v_proj", "down_proj"));
    var trained = train(
        batches(),
        new TrainOptions(Recompute.FULL, 0, 2, 0, 0, SpikeRule.NEVER, 0, List.of(), lora));
    var fresh = Llama.random(arena, DType.F32, TINY, 7);
    var adapter = Adapter.load(trained.result.resolve("adapter"), arena);
    assertThat(adapter.parts()).hasSize(6);
    adapter.mergeInto(fresh);
    fresh.parameters().forEach((name, tensor) -> {
      var now = trained.model.parameters().get(name);
      for (int c = 0; c < tensor.cols(); c++) {
        assertThat(now.get(0, c)).as(name).isCloseTo(tensor.get(0, c), within(1e-6));
      }
    });
    assertThat(trained.losses.getLast()).isLessThan(trained.losses.getFirst() - 0.02);
  }

  /// Checkpoints after 15 and 30 of 40 steps: what the last ten steps changed counts, too, and
  /// most.
  @ParameterizedTest
  @ValueSource(doubles = {1, 0.5})
  void theAverageIsThatOfTheEndAndTheCheckpointsBeforeIt(double decay) throws IOException {
    var workspace = workspace(folder.resolve("averaged"), new Says());
    var model = Llama.random(arena, DType.F32, TINY, 7);
    var schedule = new Schedule.LinearToZero(1e-2, STEPS);
    assertThat(schedule.at(STEPS)).isZero();
    var run = new TrainingRun(
        KernelChoice.best(workers),
        new Objective.LanguageModel(),
        new AdamW(),
        schedule,
        batches(),
        STEPS,
        15,
        TrainOptions.DEFAULTS.withKeep(100));
    run.run(model, workspace);
    var name = "model.layers.0.mlp.up_proj.weight";
    var sets = new ArrayList<float[]>(List.of(model.parameters().get(name).toFloats()));
    var place = workspace.scratch().resolve("checkpoints");
    try (var checkpoints = new Checkpoints(place, new Retention(100), workspace.progress())) {
      for (long step : new long[] {30, 15}) {
        var saved = Llama.random(arena, DType.F32, TINY, 1);
        checkpoints.at(step).into(Checkpoints.MODEL, saved.parameters());
        sets.add(saved.parameters().get(name).toFloats());
      }
    }
    assertThat(run.average(model, workspace, decay)).isEqualTo(3);
    var mean = model.parameters().get(name).toFloats();
    for (int i = 0; i < mean.length; i++) {
      double sum = sets.get(0)[i] + decay * sets.get(1)[i] + decay * decay * sets.get(2)[i];
      assertThat((double) mean[i]).isCloseTo(sum / (1 + decay + decay * decay), within(1e-6));
    }
    assertThat(new TrainingRun(
                KernelChoice.best(workers),
                new Objective.LanguageModel(),
                new AdamW(),
                schedule,
                batches(),
                STEPS,
                15,
                TrainOptions.DEFAULTS.withKeep(2))
            .average(model, workspace))
        .isEqualTo(2);
  }

  @Test
  void batchesRiseAndMixesChange() {
    var ramp = new BatchRamp(32, List.of(new BatchRamp.Rise(320, 64)));
    var changes = List.of(new PackedBatches.MixChange(640, List.of(0.0, 1.0)));
    var frame = PackedBatches.Frame.NONE;
    var batches = new PackedBatches(sources, changes, frame, 16, ramp, 32, 5);
    assertThat(tokens(batches.microBatches(9))).isEqualTo(32);
    assertThat(tokens(batches.microBatches(10))).isEqualTo(64);
    assertThat(batches.microBatches(10)).hasSize(2);
    assertThat(sourcesOf(batches, 0, 15)).contains(0, 1);
    assertThat(sourcesOf(batches, 15, 30)).containsOnly(1);
    var again = new PackedBatches(sources, changes, frame, 16, ramp, 32, 5);
    for (long step : new long[] {20, 3, 14, 15}) { // in any order the same
      assertThat(again.microBatches(step).getFirst().tokens())
          .isEqualTo(batches.microBatches(step).getFirst().tokens());
    }
  }

  private static int tokens(List<Batch> micro) {
    return micro.stream().mapToInt(b -> b.tokens().length).sum();
  }

  private static List<Integer> sourcesOf(Batches batches, long from, long to) {
    var seen = new ArrayList<Integer>();
    for (long step = from; step < to; step++) {
      for (var batch : batches.microBatches(step)) {
        for (int source : batch.sources()) {
          seen.add(source);
        }
      }
    }
    return seen;
  }

  /// Two ranks for a while, then three, then one: together they see what one alone would.
  @Test
  void anyNumberOfRanksSeesTheSameOrder() {
    var alone = new PackedBatches(sources, PackedBatches.Frame.NONE, 16, 128, 16, 5);
    long step = 0;
    for (int ranks : new int[] {2, 3, 1, 20}) {
      for (int i = 0; i < 4; i++, step++) {
        var together = new ArrayList<int[]>();
        for (int rank = 0; rank < ranks; rank++) {
          var own = new PackedBatches(sources, PackedBatches.Frame.NONE, 16, 128, 16, 5);
          own.slice(rank, ranks).microBatches(step).forEach(b -> together.add(b.tokens()));
        }
        var expected = alone.microBatches(step).stream().map(Batch::tokens).toList();
        assertThat(together).containsExactlyElementsOf(expected);
      }
    }
  }
}
