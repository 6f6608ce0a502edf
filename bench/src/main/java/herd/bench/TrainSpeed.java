package herd.bench;

import herd.engine.kernel.KernelChoice;
import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Workers;
import herd.train.AdamW;
import herd.train.Batch;
import herd.train.Batches;
import herd.train.Objective;
import herd.train.Schedule;
import herd.train.TrainState;
import herd.train.Training;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/// Tokens per second of whole training steps (forward, backward, clipping, AdamW) on random tokens;
/// prints one JSON
/// line. `bench/train.sh` races it against torch.
///
/// Options: `--shape tiny|15m|135m`, `--batch N`, `--seq N`, `--steps N`, `--warm N`, `--threads
/// N`, and `--operations`
/// for a table of where the time goes.
public final class TrainSpeed {
  private TrainSpeed() {}

  /// A model and a batch.
  private record Shape(LlamaConfig config, int seq, int batch) {
    static Shape of(String name) {
      return switch (name) {
        case "tiny" -> new Shape(llama(4_096, 192, 4, 4, 4, 512), 128, 8);
        case "15m" -> new Shape(llama(32_000, 288, 6, 6, 6, 768), 256, 8);
        case "135m" -> new Shape(llama(49_152, 576, 30, 9, 3, 1_536), 512, 1);
        default ->
          throw new IllegalArgumentException("--shape " + name + "; allowed: tiny, 15m, 135m");
      };
    }

    private static LlamaConfig llama(
        int vocab, int dim, int layers, int heads, int kvHeads, int ffnDim) {
      return new LlamaConfig(
          vocab,
          dim,
          layers,
          heads,
          kvHeads,
          dim / heads,
          ffnDim,
          500_000,
          null,
          1e-5,
          true,
          2_048);
    }
  }

  /// Processor time of the calling thread spent in each method of the kernels: with `--threads 1`
  /// all of it, whatever
  /// else the machine does.
  private static final class Operations {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final Map<String, long[]> nanos = new TreeMap<>();

    private static long now() {
      return THREADS.getCurrentThreadCpuTime();
    }

    Kernels timed(Kernels kernels) {
      return (Kernels) Proxy.newProxyInstance(
          Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (_, method, args) -> {
            long start = now();
            try {
              return method.invoke(kernels, args);
            } catch (InvocationTargetException e) {
              throw e.getCause();
            } finally {
              var entry = nanos.computeIfAbsent(method.getName(), _ -> new long[2]);
              entry[0] += now() - start;
              entry[1]++;
            }
          });
    }

    void print(int steps, double total) {
      double sum = 0;
      for (var entry : nanos.entrySet()) {
        double millis = entry.getValue()[0] / 1e6 / steps;
        sum += millis;
        System.err.printf(
            Locale.ROOT,
            "%-22s %8.2f ms  %5.1f calls%n",
            entry.getKey(),
            millis,
            (double) entry.getValue()[1] / steps);
      }
      System.err.printf(
          Locale.ROOT,
          "%-22s %8.2f ms of %.2f on the clock%n",
          "together",
          sum,
          1000 * total / steps);
    }
  }

  private static String option(List<String> args, String name, String otherwise) {
    int i = args.indexOf(name);
    return i < 0 ? otherwise : args.get(i + 1);
  }

  private static Batches random(Shape shape, int seq, int batch) {
    return step -> {
      var random = new Random(step);
      var tokens = random.ints((long) seq * batch, 0, shape.config.vocab()).toArray();
      var targets = random.ints((long) seq * batch, 0, shape.config.vocab()).toArray();
      var lengths = new int[batch];
      Arrays.fill(lengths, seq);
      return List.of(new Batch(tokens, Segments.packed(lengths), targets));
    };
  }

  public static void main(String[] array) {
    var args = Arrays.asList(array);
    var name = option(args, "--shape", "15m");
    var shape = Shape.of(name);
    int batch = Integer.parseInt(option(args, "--batch", "" + shape.batch));
    int seq = Integer.parseInt(option(args, "--seq", "" + shape.seq));
    int steps = Integer.parseInt(option(args, "--steps", "8"));
    int warm = Integer.parseInt(option(args, "--warm", "4"));
    int threads = Integer.parseInt(option(args, "--threads", "2"));
    try (var workers = new Workers(threads);
        var arena = Arena.ofShared()) {
      var operations = new Operations();
      var best = KernelChoice.best(workers);
      var kernels = args.contains("--operations") ? operations.timed(best) : best;
      var model = Llama.random(arena, DType.F32, shape.config, 1);
      var seconds = new ArrayList<Double>();
      var lastLoss = new double[1];
      long[] before = {System.nanoTime()};
      Training.Listener clock = (step, _) -> {
        seconds.add((System.nanoTime() - before[0]) / 1e9);
        lastLoss[0] = step.loss();
        if (step.number() == warm) {
          operations.nanos.clear();
        }
        before[0] = System.nanoTime();
      };
      var training = new Training(
          kernels,
          model,
          new Objective.LanguageModel(),
          new AdamW(),
          new Schedule.Constant(3e-4),
          random(shape, seq, batch),
          (long) steps + warm,
          List.of(clock));
      training.run(TrainState.start(arena, model.parameters()));
      var timed = seconds.subList(warm, warm + steps);
      double total = timed.stream().mapToDouble(s -> s).sum();
      var sorted = timed.stream().sorted().toList();
      double median = sorted.get(steps / 2);
      System.out.printf(
          Locale.ROOT,
          "{\"what\":\"herd-pretrain\",\"kernels\":\"%s\",\"shape\":\"%s\",\"params\":%d,\"threads\":%d,\"batch\":%d,"
              + "\"seq\":%d,\"steps\":%d,\"tok_s_median\":%.1f,\"tok_s_best\":%.1f,\"step_s_median\":%.4f,"
              + "\"first_step_s\":%.2f,\"loss\":%.3f}%n",
          best.name(),
          name,
          model.size(),
          threads,
          batch,
          seq,
          steps,
          batch * seq / median,
          batch * seq / sorted.getFirst(),
          median,
          seconds.getFirst(),
          lastLoss[0]);
      if (args.contains("--operations")) {
        operations.print(steps, total);
      }
    }
  }
}
