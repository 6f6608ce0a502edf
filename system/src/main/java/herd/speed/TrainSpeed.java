package herd.speed;

import herd.engine.kernel.Precision;
import herd.engine.model.Llama;
import herd.engine.model.Recompute;
import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Segments;
import herd.run.PeakMemory;
import herd.train.AdamW;
import herd.train.Batch;
import herd.train.Batches;
import herd.train.Objective;
import herd.train.Schedule;
import herd.train.TrainState;
import herd.train.Training;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// How fast whole training steps are (forward, backward, clipping, AdamW), on random tokens.
/// @param kernels what computed
/// @param parameters of the model
/// @param median tokens a second
/// @param best tokens a second
/// @param firstSeconds that the first step took
/// @param fullSpeedSeconds from the beginning of the first step to that of the first one that took
///     at most a tenth more than the median
/// @param busy share of the processors' time that the process had in the timed steps
/// @param flopsPerToken see [TrainShape]
/// @param peakBytes most memory of the process so far; 0 where the system does not tell
/// @param loss of the last step
/// @param operations of the timed steps, most time first; empty unless they were asked for
public record TrainSpeed(
    String kernels,
    long parameters,
    int steps,
    double median,
    double best,
    double firstSeconds,
    double fullSpeedSeconds,
    double busy,
    double flopsPerToken,
    long peakBytes,
    double loss,
    List<Operation> operations) {
  private static final double RATE = 3e-4;
  private static final double FULL_SPEED = 1.1;

  /// Time spent in one operation, for each step.
  /// @param name the operation, and its shape where it is a product
  /// @param calls in a step
  /// @param seconds of a step
  /// @param gigaflops a second; 0 where they do not count
  /// @param gigabytes a second, of tensors read and written
  public record Operation(
      String name, double calls, double seconds, double gigaflops, double gigabytes) {}

  /// What is measured.
  /// @param steps that are timed
  /// @param warm steps before them
  /// @param profile whether the time of each operation is taken, which costs little
  public record Run(
      TrainShape shape,
      int batch,
      int sequence,
      Precision precision,
      Recompute recompute,
      int steps,
      int warm,
      boolean profile) {}

  /// Trains a random model for some steps.
  /// @param listeners are told of the steps
  public static TrainSpeed measure(Kernels kernels, Run run, List<Training.Listener> listeners) {
    var timed = run.profile() ? new TimedKernels(kernels) : null;
    var clock = new Clock(run.warm(), timed);
    var all = new ArrayList<>(listeners);
    all.add(clock);
    try (var arena = Arena.ofShared()) {
      var model = Llama.random(arena, DType.F32, run.shape().config(), 1);
      var training = new Training(
          timed == null ? kernels : timed,
          model,
          new Objective.LanguageModel(),
          new AdamW(),
          new Schedule.Constant(RATE),
          random(run),
          (long) run.steps() + run.warm(),
          all,
          run.recompute(),
          Map.of());
      var state = TrainState.start(arena, model.parameters());
      clock.start();
      training.run(state);
      return clock.speed(kernels, run, model.size());
    }
  }

  private static Batches random(Run run) {
    int vocab = run.shape().config().vocab();
    int tokens = Math.multiplyExact(run.batch(), run.sequence());
    return step -> {
      var random = new Random(step);
      var lengths = new int[run.batch()];
      Arrays.fill(lengths, run.sequence());
      return List.of(new Batch(
          random.ints(tokens, 0, vocab).toArray(),
          Segments.packed(lengths),
          random.ints(tokens, 0, vocab).toArray()));
    };
  }

  /// Takes the time of steps.
  private static final class Clock implements Training.Listener {
    private final int warm;
    private final TimedKernels timed;
    private final List<Long> nanos = new ArrayList<>();
    private long before;
    private long processor;
    private long wall;
    private double loss;

    Clock(int warm, TimedKernels timed) {
      this.warm = warm;
      this.timed = timed;
    }

    private static long processorNanos() {
      return ManagementFactory.getOperatingSystemMXBean()
              instanceof com.sun.management.OperatingSystemMXBean system
          ? system.getProcessCpuTime()
          : 0;
    }

    void start() {
      before = System.nanoTime();
      begin();
    }

    private void begin() {
      processor = processorNanos();
      wall = System.nanoTime();
      if (timed != null) {
        timed.clear();
      }
    }

    @Override
    public void after(Training.Step step, TrainState state) {
      nanos.add(System.nanoTime() - before);
      loss = step.loss();
      if (nanos.size() == warm) {
        begin();
      }
      before = System.nanoTime();
    }

    TrainSpeed speed(Kernels kernels, Run run, long parameters) {
      double seconds = (System.nanoTime() - wall) / 1e9;
      double busy =
          (processorNanos() - processor) / 1e9 / seconds / kernels.workers().count();
      var sorted = nanos.subList(warm, nanos.size()).stream().sorted().toList();
      double median = sorted.get(sorted.size() / 2) / 1e9;
      double tokens = (double) run.batch() * run.sequence();
      return new TrainSpeed(
          kernels.toString(),
          parameters,
          run.steps(),
          tokens / median,
          1e9 * tokens / sorted.getFirst(),
          nanos.getFirst() / 1e9,
          fullSpeed(median),
          busy,
          run.shape().flops(run.sequence()),
          PeakMemory.bytes(),
          loss,
          operations(run.steps()));
    }

    private double fullSpeed(double median) {
      double sum = 0;
      for (long step : nanos) {
        if (step / 1e9 <= FULL_SPEED * median) {
          return sum;
        }
        sum += step / 1e9;
      }
      return sum;
    }

    private List<Operation> operations(int steps) {
      if (timed == null) {
        return List.of();
      }
      return timed.spent().stream()
          .map(spent -> new Operation(
              spent.operation(),
              (double) spent.calls() / steps,
              spent.nanos() / 1e9 / steps,
              spent.flops() / spent.nanos(),
              spent.bytes() / spent.nanos()))
          .toList();
    }
  }
}
