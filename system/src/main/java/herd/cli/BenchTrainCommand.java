package herd.cli;

import herd.engine.UserError;
import herd.engine.kernel.Precision;
import herd.engine.model.Recompute;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Workers;
import herd.run.Progress;
import herd.speed.Roofs;
import herd.speed.TrainShape;
import herd.speed.TrainSpeed;
import herd.train.Training;
import herd.train.save.Checkpoints;
import herd.train.save.Retention;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

@Command(
    name = "train",
    description = {
      "Tokens a second of training steps on random tokens: forward, backward, clipping, AdamW.",
      "MFU is the share of the products that this machine computes at most, in the same precision,",
      "measured in the same run. The profile's last column is the time that arithmetic or memory",
      "needs at best, as a share of the time spent."
    },
    footer = {
      "",
      "Example: herd bench train --shape small --json",
      "Example: herd bench train --shape smollm2 --dtype bf16 --profile"
    })
final class BenchTrainCommand implements Runnable {
  private static final int MOST_TOKENS = 1 << 20;

  @ParentCommand
  private BenchCommand bench;

  @Option(
      names = "--shape",
      defaultValue = "small",
      paramLabel = "NAME",
      description = "The model: tiny, small, smollm2 (${DEFAULT-VALUE}).")
  private TrainShape shape;

  @Option(
      names = {"-b", "--batch"},
      paramLabel = "N",
      description = "Rows of a step (8; smollm2: 1).")
  private Integer batch;

  @Option(
      names = "--seq",
      paramLabel = "N",
      description = "Tokens of a row (tiny: 128, small: 256, smollm2: 512).")
  private Integer sequence;

  @Option(
      names = "--dtype",
      defaultValue = "f32",
      paramLabel = "TYPE",
      description = "Operands of products: f32, bf16 (${DEFAULT-VALUE}).")
  private Precision precision;

  @Option(
      names = "--recompute",
      defaultValue = "none",
      paramLabel = "WHAT",
      description = "Results computed again: none, selective, full (${DEFAULT-VALUE}).")
  private Recompute recompute;

  @Option(
      names = "--steps",
      defaultValue = "8",
      paramLabel = "N",
      description = "Steps that are timed (${DEFAULT-VALUE}).")
  private int steps;

  @Option(
      names = "--warm",
      defaultValue = "2",
      paramLabel = "N",
      description = "Steps before them (${DEFAULT-VALUE}).")
  private int warm;

  @Option(
      names = "--save",
      paramLabel = "DIR",
      description = "Write a checkpoint there every third step.")
  private Path save;

  @Option(names = "--profile", description = "Show where the time goes.")
  private boolean profile;

  @Mixin
  private KernelOptions options;

  @Mixin
  private Shown shown;

  @Override
  public void run() {
    between("--steps", steps, 1, 1_000_000);
    between("--warm", warm, 0, 1_000_000);
    int rows = batch == null ? shape.batch() : batch;
    int tokens = sequence == null ? shape.sequence() : sequence;
    between("--batch", rows, 1, MOST_TOKENS);
    between("--seq", tokens, 1, shape.config().context());
    between("--batch times --seq", (long) rows * tokens, 1, MOST_TOKENS);
    try (var workers = options.workers()) {
      var kernels = precision.of(options.kernels(workers), bench.herd().err()::println);
      boolean pairs = precision == Precision.BF16 && kernels.toString().contains("bf16");
      var run = new TrainSpeed.Run(shape, rows, tokens, precision, recompute, steps, warm, profile);
      // Before and after: others may want the machine too.
      var before = Roof.of(workers, pairs);
      var speed = measure(kernels, run);
      show(speed, run, workers.count(), before.higher(Roof.of(workers, pairs)));
    }
  }

  /// What the machine can do at most.
  /// @param gigaflops of products in the precision that is used
  /// @param gigabytes read a second
  private record Roof(double gigaflops, double gigabytes) {
    static Roof of(Workers workers, boolean pairs) {
      var roofs = Roofs.measure(workers, true);
      return new Roof(pairs ? Roofs.pairs(workers) : roofs.fma(), roofs.read());
    }

    Roof higher(Roof other) {
      return new Roof(Math.max(gigaflops, other.gigaflops), Math.max(gigabytes, other.gigabytes));
    }

    /// Seconds that an operation takes at least, as a share of those it took.
    double share(TrainSpeed.Operation operation) {
      return Math.max(operation.gigaflops() / gigaflops, operation.gigabytes() / gigabytes);
    }
  }

  private static void between(String option, long value, long least, long most) {
    if (value < least || value > most) {
      throw new UserError(option, "" + value, least + " to " + most, "Correct it.");
    }
  }

  private TrainSpeed measure(Kernels kernels, TrainSpeed.Run run) {
    if (save == null) {
      return TrainSpeed.measure(kernels, run, List.of());
    }
    try (var checkpoints = new Checkpoints(save, new Retention(1, 0), Progress.NONE)) {
      List<Training.Listener> listeners = List.of(checkpoints.every(3));
      var speed = TrainSpeed.measure(kernels, run, listeners);
      checkpoints.finish();
      return speed;
    }
  }

  private void show(TrainSpeed speed, TrainSpeed.Run run, int threads, Roof roof) {
    double mfu = speed.median() * speed.flopsPerToken() / 1e9 / roof.gigaflops();
    var out = bench.herd().out();
    if (shown.asJson()) {
      out.println(json(speed, run, threads, mfu, roof));
      return;
    }
    out.printf(
        Locale.ROOT,
        "%s, %.1f M parameters, %d x %d tokens, %s, %s, %d threads%n",
        shape.name().toLowerCase(Locale.ROOT),
        speed.parameters() / 1e6,
        run.batch(),
        run.sequence(),
        precision.name().toLowerCase(Locale.ROOT),
        speed.kernels(),
        threads);
    out.printf(
        Locale.ROOT,
        "%.0f tokens/s (best %.0f), MFU %.0f %% of %.0f GFLOP/s, full speed after %.1f s,"
            + " processors %.0f %% busy, %.2f GiB at most, loss %.3f%n",
        speed.median(),
        speed.best(),
        100 * mfu,
        roof.gigaflops(),
        speed.fullSpeedSeconds(),
        100 * speed.busy(),
        speed.peakBytes() / 0x1p30,
        speed.loss());
    if (profile) {
      table(speed, roof);
    }
    out.flush();
  }

  private void table(TrainSpeed speed, Roof roof) {
    var out = bench.herd().out();
    double all = 1 / speed.median() * shapeTokens();
    out.printf(
        Locale.ROOT,
        "%n| operation | calls | ms | of step | GFLOP/s | GB/s | of roof |%n"
            + "|---|---:|---:|---:|---:|---:|---:|%n");
    double sum = 0;
    for (var operation : speed.operations()) {
      sum += operation.seconds();
      out.printf(
          Locale.ROOT,
          "| %s | %.0f | %.2f | %.1f %% | %.0f | %.1f | %.0f %% |%n",
          operation.name(),
          operation.calls(),
          1e3 * operation.seconds(),
          100 * operation.seconds() / all,
          operation.gigaflops(),
          operation.gigabytes(),
          100 * roof.share(operation));
    }
    double rest = Math.max(0, all - sum);
    out.printf(Locale.ROOT, "| rest | | %.2f | %.1f %% | | | |%n", 1e3 * rest, 100 * rest / all);
  }

  private double shapeTokens() {
    int rows = batch == null ? shape.batch() : batch;
    return (double) rows * (sequence == null ? shape.sequence() : sequence);
  }

  private ObjectNode json(
      TrainSpeed speed, TrainSpeed.Run run, int threads, double mfu, Roof roof) {
    var object = JsonNodeFactory.instance
        .objectNode()
        .put("shape", shape.name().toLowerCase(Locale.ROOT))
        .put("parameters", speed.parameters())
        .put("dtype", precision.name().toLowerCase(Locale.ROOT))
        .put("kernels", speed.kernels())
        .put("threads", threads)
        .put("batch", run.batch())
        .put("seq", run.sequence())
        .put("steps", speed.steps())
        .put("tokensPerSecond", speed.median())
        .put("best", speed.best())
        .put("mfu", mfu)
        .put("roofGigaflops", roof.gigaflops())
        .put("roofGigabytesPerSecond", roof.gigabytes())
        .put("peakBytes", speed.peakBytes())
        .put("firstStepSeconds", speed.firstSeconds())
        .put("fullSpeedSeconds", speed.fullSpeedSeconds())
        .put("processorsBusy", speed.busy())
        .put("loss", speed.loss());
    if (profile) {
      var operations = object.putArray("operations");
      for (var operation : speed.operations()) {
        operations
            .addObject()
            .put("operation", operation.name())
            .put("callsPerStep", operation.calls())
            .put("millisecondsPerStep", 1e3 * operation.seconds())
            .put("gigaflops", operation.gigaflops())
            .put("gigabytesPerSecond", operation.gigabytes())
            .put("ofRoof", roof.share(operation));
      }
    }
    return object;
  }
}
