package herd.study;

import herd.engine.UserError;
import herd.engine.model.Llama;
import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Segments;
import herd.run.Progress;
import herd.scaling.Shape;
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
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// FLOP/s of training by the size of the model, measured on this machine.
public final class Speeds {
  private static final long ENOUGH = 700_000_000L;
  private static final int STEPS = 12;

  /// Rungs that are measured where budgets follow from their speeds.
  public static final List<Integer> RUNGS = List.of(2, 4, 8, 12, 16);

  private final TreeMap<Double, Double> byParams = new TreeMap<>();

  /// @param byParams FLOP/s by parameters, at least one
  Speeds(TreeMap<Double, Double> byParams) {
    this.byParams.putAll(byParams);
  }

  /// Measures models, each for a second or some steps.
  /// @param each kernels of each of the models that are trained at a time
  /// @param rungs of the ladder of shapes
  /// @return FLOP/s of one of them
  public static Speeds measure(
      List<Kernels> each, List<Integer> rungs, int vocab, int sequence, Progress progress) {
    var found = new TreeMap<Double, Double>();
    for (int i = 0; i < rungs.size(); i++) {
      progress.at(i, rungs.size(), "speeds");
      var shape = Shape.rung(rungs.get(i), vocab);
      found.put(shape.params(), together(each, shape, sequence));
    }
    return new Speeds(found);
  }

  private static double together(List<Kernels> each, Shape shape, int sequence) {
    try (var threads = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
      var speeds = new ArrayList<Future<Double>>();
      each.forEach(kernels -> speeds.add(threads.submit(() -> alone(kernels, shape, sequence))));
      double sum = 0;
      for (var speed : speeds) {
        sum += speed.get();
      }
      return sum / each.size();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new herd.run.Interrupted();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof UserError mistake ? mistake : new IllegalStateException(e);
    }
  }

  /// The quickest of the steps after the first, for a while. On one thread its own time counts:
  /// what else the machine does just now is not the study's.
  private static double alone(Kernels kernels, Shape shape, int sequence) {
    int tokens = SmallRuns.TOKENS_PER_BATCH / sequence * sequence;
    var plan = new RunPlan("", 0, shape, sequence, tokens, 1000, 1e-3, 2);
    var seconds = new ArrayList<Double>();
    var clock = new Training.Listener() {
      private final long begun = System.nanoTime();
      private long last = nanos(kernels);

      @Override
      public void after(Training.Step step, TrainState state) {
        long now = System.nanoTime();
        long own = nanos(kernels);
        seconds.add((own - last) / 1e9);
        last = own;
        if (seconds.size() == STEPS || now - begun > ENOUGH && seconds.size() > 2) {
          throw new Enough();
        }
      }
    };
    try (var arena = Arena.ofShared()) {
      var model = Llama.random(arena, DType.F32, plan.config(), 1);
      new Training(
              kernels,
              model,
              new Objective.LanguageModel(),
              new AdamW(),
              new Schedule.Constant(1e-3),
              noise(shape.vocab(), sequence, tokens),
              1000,
              List.of(clock))
          .run(TrainState.start(arena, model.parameters()));
    } catch (Enough _) {
      // all that was wanted
    }
    double least =
        seconds.stream().skip(1).mapToDouble(Double::doubleValue).min().orElseThrow();
    return shape.flopsPerToken(sequence) * tokens / Math.max(1e-6, least);
  }

  private static long nanos(Kernels kernels) {
    return kernels.workers().count() == 1
        ? ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime()
        : System.nanoTime();
  }

  private static Batches noise(int vocab, int sequence, int tokens) {
    int[] ids = new Random(1).ints(tokens, 0, vocab).toArray();
    var lengths = new int[tokens / sequence];
    Arrays.fill(lengths, sequence);
    var batch = new Batch(ids, Segments.packed(lengths), ids);
    return _ -> List.of(batch);
  }

  private static final class Enough extends RuntimeException {
    private static final long serialVersionUID = 1;

    Enough() {
      super(null, null, false, false);
    }
  }

  /// FLOP/s at a size: between two that were measured by the line between their logarithms, beyond
  /// them as at the end.
  public double at(double params) {
    var below = byParams.floorEntry(params);
    var above = byParams.ceilingEntry(params);
    if (below == null || above == null || below.getKey().equals(above.getKey())) {
      return (below == null ? above : below).getValue();
    }
    double share = Math.log(params / below.getKey()) / Math.log(above.getKey() / below.getKey());
    return below.getValue() * Math.pow(above.getValue() / below.getValue(), share);
  }

  /// Seconds that a run will take.
  public double seconds(RunPlan plan) {
    return plan.flops() / at(plan.shape().params());
  }

  /// Seconds that several runs will take, the longest begun first.
  /// @param slots how many are trained at a time
  public double seconds(List<RunPlan> plans, int slots) {
    var busy = new double[slots];
    plans.stream().map(this::seconds).sorted((a, b) -> Double.compare(b, a)).forEach(seconds -> {
      int free = 0;
      for (int s = 1; s < slots; s++) {
        free = busy[s] < busy[free] ? s : free;
      }
      busy[free] += seconds;
    });
    return Arrays.stream(busy).max().orElse(0);
  }

  /// The measured values, for keeping: parameters and FLOP/s in turns.
  public List<Double> values() {
    var values = new ArrayList<Double>();
    byParams.forEach((params, speed) -> {
      values.add(params);
      values.add(speed);
    });
    return values;
  }

  /// From [#values].
  public static Speeds of(List<Double> values) {
    var some = new TreeMap<Double, Double>();
    for (int i = 0; i + 1 < values.size(); i += 2) {
      some.put(values.get(i), values.get(i + 1));
    }
    return new Speeds(some);
  }
}
