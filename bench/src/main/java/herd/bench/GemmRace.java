package herd.bench;

import herd.engine.kernel.KernelChoice;
import herd.engine.kernel.Precision;
import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Workers;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/// The three matrix products of a linear layer in training, against oneDNN and OpenBLAS at the same
/// number of threads.
/// The contenders take turns within each round, so that a busy machine slows all of them alike; the
/// best time of all
/// rounds counts, the median is printed beside it. `bench/gemm.sh` runs it.
public final class GemmRace {
  private static final String[] FORMS = {"y = x w'", "dx += dy w", "dw += dy' x"};
  private static final int[] DIMS = {288, 576, 768, 1536, 2048};
  private static final long PAUSE_MILLIS = 40;

  private GemmRace() {}

  /// Whoever can multiply: this program or another library in its own process.
  private interface Contender {
    String name();

    void shape(int tokens, int in, int out) throws IOException;

    /// Best and median seconds of `form`, repeated for about `millis`.
    double[] run(int form, int millis) throws IOException;
  }

  private record Times(double best, double median) {
    Times with(double[] other) {
      return new Times(Math.min(best, other[0]), Math.min(median, other[1]));
    }
  }

  /// Options of the command line.
  private record Options(
      Path venv, boolean quick, int rounds, int millis, int threads, boolean cpu, boolean bf16) {
    static Options of(String[] args) {
      var list = Arrays.asList(args);
      return new Options(
          Path.of(args[0]),
          list.contains("--quick"),
          number(list, "--rounds", 3),
          number(list, "--millis", 150),
          list.contains("--cpu") ? 1 : number(list, "--threads", 2),
          list.contains("--cpu"),
          list.contains("--bf16"));
    }

    private static int number(List<String> args, String name, int otherwise) {
      int i = args.indexOf(name);
      return i < 0 ? otherwise : Integer.parseInt(args.get(i + 1));
    }
  }

  private static final class Ours implements Contender {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final Kernels kernels;
    private final boolean cpu;
    private Arena arena = Arena.ofShared();
    private Tensor x;
    private Tensor w;
    private Tensor y;
    private Tensor dx;
    private Tensor dw;

    Ours(Options options) {
      cpu = options.cpu;
      var best = KernelChoice.best(new Workers(options.threads));
      kernels = options.bf16 ? Precision.BF16.of(best, System.err::println) : best;
    }

    @Override
    public String name() {
      return "herd " + kernels;
    }

    private Tensor random(int rows, int cols) {
      var random = new Random(1);
      var values = new float[rows * cols];
      for (int i = 0; i < values.length; i++) {
        values[i] = random.nextFloat() - 0.5f;
      }
      var tensor = Tensor.allocate(arena, DType.F32, rows, cols);
      tensor.copyFrom(values);
      return tensor;
    }

    @Override
    public void shape(int tokens, int in, int out) {
      arena.close();
      arena = Arena.ofShared();
      x = random(tokens, in);
      w = random(out, in);
      y = random(tokens, out);
      dx = random(tokens, in);
      dw = random(out, in);
    }

    @Override
    public double[] run(int form, int millis) {
      var times = new ArrayList<Double>();
      once(form);
      long end = System.nanoTime() + millis * 1_000_000L;
      while (System.nanoTime() < end || times.size() < 3) {
        long start = now();
        once(form);
        times.add((now() - start) / 1e9);
      }
      times.sort(null);
      return new double[] {times.getFirst(), times.get(times.size() / 2)};
    }

    private long now() {
      return cpu ? THREADS.getCurrentThreadCpuTime() : System.nanoTime();
    }

    private void once(int form) {
      switch (form) {
        case 0 -> kernels.linear(y, x, w);
        case 1 -> kernels.linearBackwardInput(dx, y, w);
        default -> kernels.linearBackwardWeight(dw, y, x, true);
      }
    }
  }

  private static final class Peer implements Contender {
    private final String name;
    private final BufferedReader in;
    private final Writer out;

    Peer(Options options, String name, Path library) throws IOException {
      this.name = name;
      var python = options.venv.resolve("bin/python").toString();
      var builder = new ProcessBuilder(
          python, "bench/gemm_peer.py", name, library.toString(), options.cpu ? "cpu" : "clock");
      builder.environment().put("OMP_NUM_THREADS", "" + options.threads);
      builder.environment().put("OPENBLAS_NUM_THREADS", "" + options.threads);
      builder.environment().put("OPENBLAS_CORETYPE", coreType());
      builder.redirectError(ProcessBuilder.Redirect.INHERIT);
      var process = builder.start();
      in = process.inputReader(StandardCharsets.UTF_8);
      out = process.outputWriter(StandardCharsets.UTF_8);
    }

    /// OpenBLAS takes recent AMD processors for a Haswell; with AVX-512 it has better kernels.
    private static String coreType() throws IOException {
      var info = Path.of("/proc/cpuinfo");
      return Files.exists(info) && Files.readString(info).contains("avx512bw") ? "SkylakeX" : "";
    }

    @Override
    public String name() {
      return name;
    }

    private String ask(String line) throws IOException {
      out.write(line + "\n");
      out.flush();
      var answer = in.readLine();
      if (answer == null) {
        throw new IOException(name + " ended");
      }
      return answer;
    }

    @Override
    public void shape(int tokens, int in, int out) throws IOException {
      var answer = ask("shape %d %d %d".formatted(tokens, in, out));
      if (!answer.equals("ok")) {
        throw new IOException(name + ": " + answer);
      }
    }

    @Override
    public double[] run(int form, int millis) throws IOException {
      return Arrays.stream(ask("run " + form + " " + millis).split(" "))
          .mapToDouble(Double::parseDouble)
          .toArray();
    }
  }

  private static List<int[]> shapes(boolean quick) {
    var shapes = new ArrayList<int[]>();
    for (int in : DIMS) {
      for (int out : DIMS) {
        if (!quick || in == out || in == 576 && out == 1536) {
          shapes.add(new int[] {512, in, out});
        }
      }
    }
    shapes.add(new int[] {512, 576, 49_152});
    return shapes;
  }

  private static Path library(Path venv, String name) {
    try (var files = Files.walk(venv.toRealPath())) {
      return files
          .filter(f -> f.getFileName().toString().equals(name))
          .findFirst()
          .orElseThrow(() -> new IllegalStateException(name + " is not under " + venv));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Races one shape; returns the ratios ours / fastest peer of the three forms.
  private static List<Double> race(List<Contender> contenders, int[] shape, Options options)
      throws IOException, InterruptedException {
    for (var contender : contenders) {
      contender.shape(shape[0], shape[1], shape[2]);
    }
    double work = 2.0 * shape[0] * shape[1] * shape[2] / 1e9;
    var ratios = new ArrayList<Double>();
    for (int form = 0; form < FORMS.length; form++) {
      var times = new Times[contenders.size()];
      for (int round = 0; round < options.rounds; round++) {
        for (int c = 0; c < times.length; c++) {
          Thread.sleep(PAUSE_MILLIS);
          var found = contenders.get(c).run(form, options.millis);
          times[c] = times[c] == null ? new Times(found[0], found[1]) : times[c].with(found);
        }
      }
      var line = new StringBuilder(
          "%5d x %4d x %5d  %-12s".formatted(shape[0], shape[1], shape[2], FORMS[form]));
      double peer = Double.MAX_VALUE;
      for (int c = 0; c < times.length; c++) {
        line.append("  %4.0f (%4.0f)".formatted(work / times[c].best, work / times[c].median));
        peer = c == 0 ? peer : Math.min(peer, times[c].best);
      }
      ratios.add(peer / times[0].best);
      System.out.printf("%s  %3.0f%%%n", line, 100 * ratios.getLast());
    }
    return ratios;
  }

  private static double mean(List<Double> ratios) {
    return Math.exp(ratios.stream().mapToDouble(Math::log).average().orElse(0));
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    var options = Options.of(args);
    var dnnl = library(options.venv, "libdnnl.so.3");
    var contenders = new ArrayList<Contender>();
    contenders.add(new Ours(options));
    if (options.bf16) {
      contenders.add(new Peer(options, "onednn-bf16", dnnl));
    } else {
      contenders.add(new Peer(options, "onednn", dnnl));
      contenders.add(new Peer(options, "onednn-sgemm", dnnl));
      contenders.add(new Peer(options, "openblas", library(options.venv, "libscipy_openblas.so")));
    }
    System.out.println("GFLOP/s: best (median of the best round); last: ours / fastest peer");
    System.out.println("tokens x in x out, form            "
        + String.join("  ", contenders.stream().map(Contender::name).toList()));
    contenders.getFirst().shape(512, 576, 576);
    for (int form = 0; form < FORMS.length; form++) {
      contenders.getFirst().run(form, 1_000);
    }
    var ratios = new ArrayList<Double>();
    for (int[] shape : shapes(options.quick)) {
      ratios.addAll(race(contenders, shape, options));
    }
    System.out.printf(
        Locale.ROOT,
        "{\"what\":\"gemm\",\"threads\":%d,\"cases\":%d,\"geometricMean\":%.3f,\"worst\":%.3f}%n",
        options.threads,
        ratios.size(),
        mean(ratios),
        ratios.stream().mapToDouble(r -> r).min().orElse(0));
    System.exit(0);
  }
}
