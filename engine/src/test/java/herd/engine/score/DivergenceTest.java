package herd.engine.score;

import herd.engine.UserError;
import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.ReferenceKernels;
import herd.engine.tensor.Workers;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class DivergenceTest {
  private static final int VOCAB = 101; // odd: rows of files are padded
  private static final int CONTEXT = 16;
  private static final int[] IDS = new Random(1).ints(3 * CONTEXT + 5, 0, VOCAB).toArray();

  @TempDir
  Path dir;

  private final Kernels kernels = new ReferenceKernels();
  private final Workers workers = new Workers(1);

  /// Distributions that are known.
  private record Known(int[] ids, int context, int vocab, long seed, double noise)
      implements Predictions {
    @Override
    public void logProbs(int chunk, int first, float[][] out) {
      for (int r = 0; r < out.length; r++) {
        var base = new Random(7919L * chunk + first + r);
        var noises = new Random(seed + chunk + first + r);
        for (int i = 0; i < vocab; i++) {
          out[r][i] = (float) (3 * base.nextGaussian() + noise * noises.nextGaussian());
        }
        ModelPredictions.normalise(out[r]);
      }
    }

    @Override
    public void close() {}
  }

  private static Known known(double noise) {
    return new Known(Arrays.copyOf(IDS, 3 * CONTEXT), CONTEXT, VOCAB, 5, noise);
  }

  private Llama model(Arena arena, long seed) {
    var config = new LlamaConfig(VOCAB, 32, 2, 4, 2, 8, 64, 500_000, null, 1e-5, true, 64);
    return Llama.random(arena, DType.F32, config, seed);
  }

  @Test
  void isWhatTheFormulaSays() throws IOException {
    var base = known(0);
    var tested = known(0.3);
    var result = Divergence.of(base, tested, workers);
    assertThat(result.divergences()).hasSize(3 * 7).isSorted();
    double[] sums = new double[3];
    Rows.each(base, (chunk, target, p) -> {
      int at = (int) sums[2] % 7 + CONTEXT / 2;
      var q = new float[1][VOCAB];
      tested.logProbs(chunk, at, q);
      for (int i = 0; i < VOCAB; i++) {
        sums[0] += Math.exp(p[i]) * (p[i] - q[0][i]);
      }
      sums[1] += q[0][target];
      sums[2]++;
    });
    assertThat(result.mean()).isCloseTo(sums[0] / sums[2], within(1e-6));
    assertThat(result.logProbs()[0]).isCloseTo(sums[1], within(1e-4));
    assertThat(result.agreement()).isBetween(0.5, 1.0);
    assertThat(Divergence.of(base, known(0), workers).mean()).isZero();
  }

  @Test
  void modelsPredictAsPerplexityMeasures() {
    try (var arena = Arena.ofShared();
        var predictions = new ModelPredictions(model(arena, 1), kernels, IDS, CONTEXT, 3);
        var same = new ModelPredictions(model(arena, 1), kernels, IDS, CONTEXT, 3);
        var other = new ModelPredictions(model(arena, 2), kernels, IDS, CONTEXT, 3)) {
      var result = Divergence.of(predictions, same, workers);
      var perplexity = new Perplexity(model(arena, 1), kernels).of(IDS, CONTEXT, 3);
      assertThat(result.mean()).isZero();
      assertThat(result.agreement()).isEqualTo(1);
      assertThat(result.perplexity()).isCloseTo(perplexity.secondHalf(), within(1e-3));
      assertThat(result.divergences()).hasSize((int) perplexity.counts()[1]);
      assertThat(Divergence.of(predictions, other, workers).mean()).isPositive();
    }
  }

  @Test
  void filesKeepWhatIsSaid() {
    Path file = dir.resolve("logits");
    LogitsFile.save(file, known(0.3));
    assertThat(LogitsFile.isOne(file)).isTrue();
    try (var read = LogitsFile.open(file)) {
      assertThat(read.ids()).isEqualTo(known(0).ids());
      var exact = Divergence.of(known(0), known(0.3), workers);
      var kept = Divergence.of(known(0), read, workers);
      assertThat(kept.mean()).isCloseTo(exact.mean(), within(1e-5));
      assertThat(kept.perplexity()).isCloseTo(exact.perplexity(), within(1e-2));
      assertThat(kept.sameTop()).isEqualTo(exact.sameTop());
    }
  }

  @Test
  void otherTextsAreRefused() {
    var other = new Known(new int[3 * CONTEXT], CONTEXT, VOCAB, 1, 0);
    assertThatThrownBy(() -> Divergence.of(known(0), other, workers))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("those of the base");
    var wider = new Known(known(0).ids(), CONTEXT, VOCAB + 1, 1, 0);
    assertThatThrownBy(() -> Divergence.of(known(0), wider, workers)).isInstanceOf(UserError.class);
  }

  @Test
  void damagedFilesAreRefused() throws IOException {
    Path file = dir.resolve("logits");
    LogitsFile.save(file, known(0));
    byte[] whole = Files.readAllBytes(file);
    for (int length : new int[] {0, 7, 8, 19, 20, whole.length - 1}) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> LogitsFile.open(file)).isInstanceOf(UserError.class);
    }
    for (int at = 8; at < 20; at++) {
      byte[] bad = whole.clone();
      bad[at] ^= (byte) 0x81;
      Files.write(file, bad);
      assertThatThrownBy(() -> LogitsFile.open(file))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("logits");
    }
    assertThatThrownBy(() -> LogitsFile.open(dir.resolve("none"))).isInstanceOf(UserError.class);
  }
}
