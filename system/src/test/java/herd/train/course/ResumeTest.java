package herd.train.course;

import herd.engine.UserError;
import herd.engine.io.Json;
import herd.engine.io.JsonValue;
import herd.engine.kernel.KernelChoice;
import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import herd.engine.tensor.DType;
import herd.engine.tensor.Workers;
import herd.run.Interrupted;
import herd.run.Progress;
import herd.run.Workspace;
import herd.train.AdamW;
import herd.train.Objective;
import herd.train.PackedBatches;
import herd.train.Schedule;
import herd.train.TokenShard;
import herd.train.TrainState;
import herd.train.Training;
import herd.train.save.Checkpoints;
import herd.train.save.Retention;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.JsonNodeFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/// A resumed training equals an uninterrupted one bit for bit.
class ResumeTest {
  private static final int STEPS = 24;
  private static final LlamaConfig TINY =
      new LlamaConfig(64, 16, 2, 4, 2, 4, 24, 500_000, null, 1e-5, true, 64);

  @TempDir
  private Path folder;

  private final List<String> said = new ArrayList<>();

  /// Stops after `stop` steps of this attempt; never for a negative number.
  private final class Stopping implements Progress {
    private long left;

    Stopping(long stop) {
      left = stop;
    }

    @Override
    public void at(long done, long total, String unit, Map<String, Object> facts) {
      left--;
    }

    @Override
    public void say(String line) {
      said.add(line);
    }

    @Override
    public boolean interrupted() {
      return left == 0;
    }
  }

  /// A small training in `folder`: begins or goes on, whichever it can.
  /// @return bits of all losses, and of a sum over the parameters at the end
  static long[] train(Path folder, int every, Progress progress) {
    return train(folder, every, 1, progress);
  }

  /// As [#train(Path, int, Progress)] with `threads` workers.
  static long[] train(Path folder, int every, int threads, Progress progress) {
    var place = folder.resolve("scratch/checkpoints");
    try (var arena = Arena.ofShared();
        var workers = new Workers(threads);
        var checkpoints = new Checkpoints(place, new Retention(2), progress)) {
      Path shard = Files.createDirectories(folder).resolve("train.tokens");
      if (!Files.exists(shard)) {
        TokenShard.write(shard, 64, "t", documents());
      }
      var source = PackedBatches.Source.of("all", List.of(TokenShard.open(shard, arena)), 1);
      var batches = new PackedBatches(List.of(source), PackedBatches.Frame.NONE, 16, 64, 32, 5);
      var model = Llama.random(arena, DType.F32, TINY, 7);
      var workspace = new Workspace(
          Files.createDirectories(folder.resolve("result")),
          Files.createDirectories(folder.resolve("scratch")),
          JsonNodeFactory.instance.objectNode(),
          progress,
          5);
      var state = checkpoints.resume(TrainState.start(arena, model.parameters()));
      var metrics = new Metrics(workspace, STEPS, state.step());
      var training = new Training(
          KernelChoice.best(workers),
          model,
          new Objective.LanguageModel(),
          new AdamW(),
          new Schedule.WarmupCosine(1e-2, 4, STEPS, 0.1),
          batches,
          STEPS,
          List.of(metrics, checkpoints.every(every)));
      training.run(state);
      metrics.finish();
      checkpoints.finish();
      return bits(metrics, model);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<int[]> documents() {
    var random = new Random(1);
    var documents = new ArrayList<int[]>();
    for (int d = 0; d < 40; d++) {
      documents.add(random.ints(1 + random.nextInt(60), 0, 64).toArray());
    }
    return documents;
  }

  private static long[] bits(Metrics metrics, Llama model) {
    double[] losses = metrics.losses();
    var bits = new long[losses.length + 1];
    for (int i = 0; i < losses.length; i++) {
      bits[i] = Double.doubleToRawLongBits(losses[i]);
    }
    for (var tensor : model.parameters().values()) {
      for (float value : tensor.toFloats()) {
        bits[losses.length] = 31 * bits[losses.length] + Float.floatToRawIntBits(value);
      }
    }
    return bits;
  }

  private long[] undisturbed() {
    long[] bits = train(folder.resolve("undisturbed"), 5, Progress.NONE);
    assertThat(bits).hasSize(STEPS + 1);
    assertThat(Double.longBitsToDouble(bits[STEPS - 1]))
        .isLessThan(Double.longBitsToDouble(bits[0]));
    return bits;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 5, 11, 23})
  void interruptedAndResumedEqualsUndisturbed(int stop) {
    Path run = folder.resolve("run");
    assertThatThrownBy(() -> train(run, 5, new Stopping(stop))).isInstanceOf(Interrupted.class);
    assertThat(train(run, 5, new Stopping(-1))).containsExactly(undisturbed());
    assertThat(said).isEmpty();
  }

  /// Interrupted at random moments, each attempt on another number of threads than the last.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void manyInterruptionsOnOneTwoOneThreadsEqualUndisturbed(long seed) {
    var random = new Random(seed);
    long[] bits = null;
    int interruptions = 0;
    Path run = folder.resolve("run");
    for (int attempt = 0; bits == null; attempt++) {
      try {
        bits =
            train(run, 1 + random.nextInt(4), 1 + attempt % 2, new Stopping(1 + random.nextInt(4)));
      } catch (Interrupted e) {
        interruptions++;
      }
    }
    assertThat(interruptions).isGreaterThan(5);
    assertThat(bits).containsExactly(undisturbed());
    assertThat(said).isEmpty();
  }

  @Test
  void aDamagedNewestCheckpointCostsTimeAndNothingElse() throws IOException {
    Path run = folder.resolve("run");
    assertThatThrownBy(() -> train(run, 5, new Stopping(13))).isInstanceOf(Interrupted.class);
    Path file = run.resolve("scratch/checkpoints/step-00000013/adam-v.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 3] ^= 1;
    Files.write(file, bytes);
    assertThat(train(run, 5, new Stopping(-1))).containsExactly(undisturbed());
    assertThat(said).singleElement().asString().contains("step-00000013 is damaged", "before");
  }

  @Test
  @Tag("slow")
  void killedAtAnyInstantEqualsUndisturbed() throws Exception {
    Path run = folder.resolve("run");
    var random = new Random(8);
    int kills = 0;
    for (int round = 0; round < 40; round++) {
      var process = new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "--add-modules",
              "jdk.incubator.vector",
              "--enable-native-access=ALL-UNNAMED",
              "-cp",
              System.getProperty("java.class.path"),
              Child.class.getName(),
              run.toString(),
              Integer.toString(1 + round % 2))
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start();
      try (var out = process.getInputStream()) {
        int first = out.read();
        if (kills < 20 && first == '.') {
          Thread.sleep(random.nextInt(8));
          process.destroyForcibly();
          kills++;
        } else {
          out.readAllBytes();
        }
      } finally {
        if (process.waitFor() == 0) {
          break;
        }
      }
    }
    long[] expected = undisturbed();
    var losses = new ArrayList<Long>();
    for (String line : Files.readAllLines(run.resolve("result/metrics.jsonl"))) {
      var row = new JsonValue(Json.read(line, "row"), "row");
      losses.add(Double.doubleToRawLongBits(row.get("loss").number()));
    }
    assertThat(kills).isPositive();
    assertThat(losses).hasSize(STEPS);
    for (int step = 0; step < STEPS; step++) {
      assertThat(losses.get(step)).as("loss of step " + (step + 1)).isEqualTo(expected[step]);
    }
  }

  /// Trains with a checkpoint after every step; a dot after each.
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) {
      train(Path.of(arguments[0]), 1, Integer.parseInt(arguments[1]), (_, _, _, _) -> {
        System.out.print('.');
        System.out.flush();
      });
    }
  }

  @Test
  void aFullDiskStopsNeitherStepsNorMetrics() throws IOException {
    Path run = folder.resolve("run");
    Files.createDirectories(run.resolve("scratch"));
    Files.writeString(run.resolve("scratch/checkpoints"), "in the way");
    assertThatThrownBy(() -> train(run, 5, new Stopping(-1)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("checkpoints");
    assertThat(said).hasSize(4).allMatch(line -> line.contains("training goes on"));
    assertThat(Files.readAllLines(run.resolve("result/metrics.jsonl"))).hasSize(STEPS);
  }

  /// The clock goes on while the machine sleeps, on some systems: a step of a thousand times the
  /// usual length is neither speed nor training time.
  @Test
  void aStepInWhichTheMachineSleptIsNotCountedAsSpeed() {
    var facts = JsonNodeFactory.instance.objectNode();
    var progress = new Stopping(-1);
    var workspace = new Workspace(folder, folder.resolve("scratch"), facts, progress, 1);
    var now = new AtomicLong(77);
    var metrics = new Metrics(workspace, 20, 0, null, null, null, now::get);
    for (int step = 1; step <= 20; step++) {
      now.addAndGet(step == 12 ? 100_000_000_000L : 100_000_000L);
      metrics.after(new Training.Step(step, 1.0 / step, 1, 1e-3, 50), null);
    }
    metrics.finish();
    assertThat(said).singleElement().asString().contains("step 12", "stood still");
    assertThat(facts.path("training").path("stoodStillSeconds").asInt()).isEqualTo(100);
    var rows = facts.path("series").path(0).path("rows");
    for (int i = 0; i < 20; i++) {
      var speed = rows.path(i).path(5);
      assertThat(speed.isNull()).isEqualTo(i == 11);
      assertThat(speed.asInt(500)).isEqualTo(500);
    }
    said.clear();
    var resumed = new Metrics(workspace, 20, 15, null, null, null, now::get);
    assertThat(said).isEmpty(); // the row without a speed is read back
    assertThat(resumed.losses()).hasSize(15);
  }

  /// A clock that is no longer monotonic, by whatever fault, spoils no figure.
  @Test
  void aClockThatGoesBackIsNoSpeed() {
    var facts = JsonNodeFactory.instance.objectNode();
    var workspace = new Workspace(folder, folder.resolve("scratch"), facts, Progress.NONE, 1);
    var now = new AtomicLong(1_000_000_000_000L);
    var metrics = new Metrics(workspace, 4, 0, null, null, null, now::get);
    for (int step = 1; step <= 4; step++) {
      now.addAndGet(step == 3 ? -500_000_000_000L : 100_000_000L);
      metrics.after(new Training.Step(step, 1, 1, 1e-3, 50), null);
    }
    metrics.finish();
    var rows = facts.path("series").path(0).path("rows");
    assertThat(rows.path(2).path(5).isNull()).isTrue();
    assertThat(rows.path(3).path(5).asInt()).isEqualTo(500);
  }

  @Test
  void theSeriesIsThinned() {
    var facts = JsonNodeFactory.instance.objectNode();
    var workspace = new Workspace(folder, folder.resolve("scratch"), facts, Progress.NONE, 1);
    var metrics = new Metrics(workspace, 5_000, 0);
    for (int step = 1; step <= 5_000; step++) {
      metrics.after(new Training.Step(step, 1.0 / step, 1, 1e-3, 10), null);
    }
    metrics.finish();
    var rows = facts.path("series").path(0).path("rows");
    assertThat(rows.size()).isBetween(500, Metrics.SHOWN);
    assertThat(rows.path(0).path(2).asDouble()).isEqualTo(1);
    assertThat(rows.path(rows.size() - 1).path(0).asInt()).isEqualTo(5_000);
    assertThat(rows.path(rows.size() - 1).path(1).asInt()).isEqualTo(50_000);
    assertThat(facts.path("series").path(0).path("columns").size()).isEqualTo(6);
  }
}
