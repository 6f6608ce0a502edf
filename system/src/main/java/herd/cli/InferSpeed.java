package herd.cli;

import herd.engine.model.Eager;
import herd.engine.model.KvCache;
import herd.engine.model.Llama;
import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Segments;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;

/// How fast a model reads a prompt and writes an answer, each by itself, as `llama-bench` measures
/// it: tokens are drawn, nothing is sampled.
/// @param rounds times that each is measured, after one that is not
record InferSpeed(Llama model, Kernels kernels, int rounds) {
  private static final int BATCH = 512;

  /// Tokens a second of each round.
  record Rates(double[] perSecond) {
    double mean() {
      return Arrays.stream(perSecond).average().orElse(0);
    }

    double best() {
      return Arrays.stream(perSecond).max().orElse(0);
    }

    /// Standard deviation of one round.
    double deviation() {
      double mean = mean();
      double squares =
          Arrays.stream(perSecond).map(rate -> (rate - mean) * (rate - mean)).sum();
      return Math.sqrt(squares / Math.max(1, perSecond.length - 1));
    }
  }

  /// Reads `tokens` tokens, in batches of 512, up to the scores of what follows the last.
  Rates prompt(int tokens) {
    return measured(tokens, BATCH);
  }

  /// Writes `tokens` tokens, one after the other.
  Rates answer(int tokens) {
    return measured(tokens, 1);
  }

  private Rates measured(int tokens, int batch) {
    var rates = new double[rounds];
    int[] ids = new Random(1).ints(tokens, 0, model.config().vocab()).toArray();
    try (var arena = Arena.ofShared();
        var ops = new Eager(kernels, new KvCache(arena, DType.F32, model.config(), tokens))) {
      for (int round = -1; round < rounds; round++) {
        long start = System.nanoTime();
        for (int at = 0; at < tokens; at += batch) {
          step(ops, Arrays.copyOfRange(ids, at, Math.min(tokens, at + batch)), at);
        }
        if (round >= 0) {
          rates[round] = tokens * 1e9 / (System.nanoTime() - start);
        }
      }
    }
    return new Rates(rates);
  }

  private void step(Eager ops, int[] ids, int past) {
    ops.reset();
    int[] before = {past};
    var segments = new Segments(new int[] {0}, new int[] {ids.length}, before, before, new int[1]);
    var hidden = model.forward(ops, ids, segments);
    ops.linear(ops.embedding(hidden, new int[] {ids.length - 1}), model.head());
  }
}
