package herd.train.course;

import herd.engine.UserError;
import herd.engine.kernel.KernelChoice;
import herd.engine.model.Gradients;
import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import herd.engine.model.Recompute;
import herd.engine.model.Recorded;
import herd.engine.tensor.DType;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Workers;
import herd.run.Progress;
import herd.run.Workspace;
import herd.train.AdamW;
import herd.train.Batch;
import herd.train.Objective;
import herd.train.Schedule;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.node.JsonNodeFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class MemoryPlanTest {
  private static final LlamaConfig NARROW =
      new LlamaConfig(2000, 192, 4, 6, 2, 32, 512, 500_000, null, 1e-5, true, 2048);
  private static final LlamaConfig ODD =
      new LlamaConfig(1000, 128, 6, 4, 2, 64, 448, 500_000, null, 1e-5, false, 2048);

  @TempDir
  private Path folder;

  private static TrainOptions options(Recompute recompute) {
    return TrainOptions.DEFAULTS.with(recompute);
  }

  @ParameterizedTest
  @EnumSource(Recompute.class)
  void activationsAreWhatTheRecordedOperationsHold(Recompute recompute) {
    for (var config : List.of(NARROW, ODD)) {
      int tokens = 2048;
      var plan = MemoryPlan.of(config, tokens, options(recompute));
      var arena = Arena.ofAuto();
      try (var workers = new Workers(1)) {
        var model = Llama.random(arena, DType.F32, config, 1);
        assertThat(plan.weights()).isEqualTo(4 * model.size());
        assertThat(plan.optimizer()).isEqualTo(12 * model.size());
        var gradients = new Gradients(arena, model.parameters());
        var kernels = KernelChoice.best(workers);
        try (var ops = new Recorded(kernels, gradients, recompute, Map.of())) {
          ops.reset();
          step(model, ops, tokens);
          ops.reset();
          assertThat((double) ops.bytes())
              .as(config.toString())
              .isCloseTo(plan.activations(), within(0.03 * plan.activations()));
        }
      }
    }
  }

  /// One row of 8,192 tokens: attention's scores, 64 million for each head, are never held.
  @Test
  void aLongRowNeedsMemoryInProportionToItsLength() {
    var config = new LlamaConfig(600, 32, 2, 2, 1, 16, 64, 500_000, null, 1e-5, true, 8192);
    var arena = Arena.ofAuto();
    try (var workers = new Workers(1)) {
      var model = Llama.random(arena, DType.F32, config, 1);
      var gradients = new Gradients(arena, model.parameters());
      var kernels = KernelChoice.best(workers);
      long before = 0;
      for (int tokens : new int[] {4096, 8192}) {
        try (var ops = new Recorded(kernels, gradients, Recompute.FULL, Map.of())) {
          ops.reset();
          int[] ids = new Random(1).ints(tokens, 0, 600).toArray();
          var batch = new Batch(ids, Segments.packed(tokens), ids.clone());
          double loss =
              new Objective.LanguageModel().forwardBackward(model, ops, batch, 1.0 / tokens);
          assertThat(loss).isBetween(1.0, 10.0);
          ops.reset();
          var plan = MemoryPlan.of(config, tokens, options(Recompute.FULL));
          assertThat((double) ops.bytes())
              .isCloseTo(plan.activations(), within(0.1 * plan.activations()));
          assertThat(ops.bytes()).isLessThan(before == 0 ? Long.MAX_VALUE : 22 * before / 10);
          before = ops.bytes();
        }
      }
    }
  }

  private static void step(Llama model, Recorded ops, int tokens) {
    batch(tokens).forEach(batch -> new Objective.LanguageModel()
        .forwardBackward(model, ops, batch, 1.0 / tokens));
  }

  private static List<Batch> batch(int tokens) {
    int[] ids = new Random(1).ints(tokens, 0, 1000).toArray();
    int[] targets = ids.clone();
    targets[tokens / 2] = -1;
    return List.of(new Batch(ids, Segments.packed(tokens / 2, tokens - tokens / 2), targets));
  }

  /// Prints the most memory that a training ever had.
  static final class Trains {
    private Trains() {}

    public static void main(String[] arguments) throws IOException {
      var config = new LlamaConfig(16384, 512, 6, 8, 4, 64, 1408, 500_000, null, 1e-5, true, 4096);
      int tokens = Integer.parseInt(arguments[1]);
      var options = options(Recompute.valueOf(arguments[2]));
      var folder = Path.of(arguments[0]);
      try (var arena = Arena.ofShared();
          var workers = Workers.perProcessor()) {
        var workspace = new Workspace(
            Files.createDirectories(folder.resolve("result")),
            Files.createDirectories(folder.resolve("scratch")),
            JsonNodeFactory.instance.objectNode(),
            Progress.NONE,
            1);
        new TrainingRun(
                KernelChoice.best(workers),
                new Objective.LanguageModel(),
                new AdamW(),
                new Schedule.Constant(1e-4),
                _ -> batch(tokens),
                2,
                1,
                options)
            .run(Llama.random(arena, DType.F32, config, 1), workspace);
      }
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("VmHWM")) {
          System.out.println(line.replaceAll("\\D", ""));
        }
      }
      System.out.println(MemoryPlan.of(config, tokens, options).bytes());
    }
  }

  @ParameterizedTest
  @EnumSource(Recompute.class)
  @Tag("slow")
  void aTrainingNeedsWhatWasToldBefore(Recompute recompute) throws Exception {
    Assumptions.assumeTrue(Files.exists(Path.of("/proc/self/status")), "the system does not say");
    var process = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--add-modules",
            "jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "-Xmx512m",
            "-cp",
            System.getProperty("java.class.path"),
            Trains.class.getName(),
            folder.toString(),
            recompute == Recompute.FULL ? "4096" : "2048",
            recompute.name())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
    var lines = new String(process.getInputStream().readAllBytes()).lines().toList();
    process.waitFor();
    double needed = Double.parseDouble(lines.get(0)) * 1024;
    double told = Double.parseDouble(lines.get(1));
    System.err.printf("%s: needed %.0f MB, told %.0f MB%n", recompute, needed / 1e6, told / 1e6);
    assertThat(told).isCloseTo(needed, within(0.05 * needed));
  }

  /// Before its weights are made: they alone would push everything else out of memory.
  @Test
  void aModelTooLargeForAnyMachineIsRefusedAhead() {
    var config =
        new LlamaConfig(128_256, 1 << 20, 126, 8192, 8, 128, 1 << 22, 5e5, null, 1e-5, false, 8192);
    assertThatThrownBy(MemoryPlan.of(config, 8192, TrainOptions.DEFAULTS)::checkAhead)
        .isInstanceOf(UserError.class)
        .hasMessageContaining("needed")
        .hasMessageContaining("take a smaller model");
  }

  @Test
  void whatCannotFitIsRefusedWithTheNearestSettingThatFits() {
    var plan = MemoryPlan.of(NARROW, 8192, options(Recompute.NONE));
    var less = MemoryPlan.of(NARROW, 8192, options(Recompute.FULL));
    assertThatThrownBy(() -> plan.check(less.bytes() + 1000, "tokensPerBatch"))
        .isInstanceOf(UserError.class)
        .hasMessageContainingAll("GiB needed", "at hand", "training.recompute to full");
    plan.check(plan.bytes(), "tokensPerBatch");
    plan.check(0, "tokensPerBatch");
    assertThatThrownBy(() -> plan.check(1 << 20, "tokensPerBatch"))
        .hasMessageContaining("No setting fits");
    var half = MemoryPlan.of(NARROW, 4096, options(Recompute.FULL));
    assertThatThrownBy(() -> plan.check((half.bytes() + less.bytes()) / 2, "tokensPerBatch"))
        .hasMessageContaining("tokensPerBatch to 4096");
  }
}
