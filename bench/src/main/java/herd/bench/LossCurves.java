package herd.bench;

import herd.engine.kernel.KernelChoice;
import herd.engine.kernel.Precision;
import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import herd.engine.tensor.DType;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Workers;
import herd.train.AdamW;
import herd.train.Batch;
import herd.train.Batches;
import herd.train.Objective;
import herd.train.Schedule;
import herd.train.TrainState;
import herd.train.Training;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/// Trains a small model on the bytes of text files, in F32 and in bf16 from the same two seeds, one
/// thread: the difference between precisions beside the one between seeds. Prints a line for every
/// tenth of the steps: the mean loss of each run.
///
/// Arguments: steps, then files or folders of text (`.md`, `.java`, `.txt`).
public final class LossCurves {
  private static final LlamaConfig MODEL =
      new LlamaConfig(256, 96, 3, 3, 3, 32, 256, 5e5, null, 1e-5, true, 128);
  private static final int ROWS = 4;
  private static final int TENTHS = 10;

  private LossCurves() {}

  private static byte[] text(List<String> places) throws IOException {
    var all = new ByteArrayOutputStream();
    for (var place : places) {
      try (var files = Files.walk(Path.of(place))) {
        var texts =
            files.filter(f -> f.toString().matches(".*\\.(md|java|txt)")).sorted();
        for (var file : texts.toList()) {
          all.write(Files.readAllBytes(file));
        }
      }
    }
    return all.toByteArray();
  }

  private static Batches batches(byte[] text, long seed) {
    int length = MODEL.context();
    return step -> {
      var random = new Random(seed * 1_000_003 + step);
      var tokens = new int[ROWS * length];
      var targets = new int[tokens.length];
      for (int r = 0; r < ROWS; r++) {
        int from = random.nextInt(text.length - length);
        for (int i = 0; i < length; i++) {
          tokens[r * length + i] = text[from + i] & 0xFF;
          targets[r * length + i] = text[from + i + 1] & 0xFF;
        }
      }
      var lengths = new int[ROWS];
      Arrays.fill(lengths, length);
      return List.of(new Batch(tokens, Segments.packed(lengths), targets));
    };
  }

  private static double[] losses(byte[] text, Precision precision, long seed, int steps) {
    var means = new double[TENTHS];
    try (var workers = new Workers(1);
        var arena = Arena.ofShared()) {
      var kernels = precision.of(KernelChoice.best(workers), System.err::println);
      var model = Llama.random(arena, DType.F32, MODEL, seed);
      Training.Listener mean = (step, _) ->
          means[(int) ((step.number() - 1) * TENTHS / steps)] += step.loss() * TENTHS / steps;
      var training = new Training(
          kernels,
          model,
          new Objective.LanguageModel(),
          new AdamW(),
          new Schedule.WarmupCosine(3e-3, 50, steps, 0.1),
          batches(text, seed),
          steps,
          List.of(mean));
      training.run(TrainState.start(arena, model.parameters()));
    }
    return means;
  }

  public static void main(String[] args) throws IOException {
    int steps = Integer.parseInt(args[0]);
    var text = text(List.of(args).subList(1, args.length));
    System.out.printf(
        Locale.ROOT,
        "%d bytes of text; steps, f32 and bf16 (seed 1), f32 and bf16 (seed 2)%n",
        text.length);
    var runs = new double[4][];
    for (int i = 0; i < runs.length; i++) {
      runs[i] = losses(text, i % 2 == 0 ? Precision.F32 : Precision.BF16, 1 + i / 2, steps);
    }
    for (int t = 0; t < TENTHS; t++) {
      System.out.printf(
          Locale.ROOT,
          "%5d  %.4f %.4f  %.4f %.4f%n",
          (t + 1) * steps / TENTHS,
          runs[0][t],
          runs[1][t],
          runs[2][t],
          runs[3][t]);
    }
  }
}
