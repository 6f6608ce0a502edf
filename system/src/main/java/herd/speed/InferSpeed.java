package herd.speed;

import herd.engine.UserError;
import herd.engine.model.Eager;
import herd.engine.model.KvCache;
import herd.engine.model.Llama;
import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Weight;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;

/// How fast a model reads a prompt and writes an answer, each by itself, as `llama-bench` measures
/// it: tokens are drawn, nothing is sampled.
/// @param depth tokens that stand before, not timed
/// @param rounds times that each is measured, after one that is not
public record InferSpeed(Llama model, Kernels kernels, int depth, int rounds) {
  private static final int BATCH = 512;

  /// Tokens a second of each round.
  /// @param bytes of weights, keys and values that are read for each token; 0 where many tokens
  ///     share a reading
  public record Rates(double[] perSecond, double bytes) {
    public double mean() {
      return Arrays.stream(perSecond).average().orElse(0);
    }

    public double best() {
      return Arrays.stream(perSecond).max().orElse(0);
    }

    /// Standard deviation of one round.
    public double deviation() {
      double mean = mean();
      double squares =
          Arrays.stream(perSecond).map(rate -> (rate - mean) * (rate - mean)).sum();
      return Math.sqrt(squares / Math.max(1, perSecond.length - 1));
    }

    /// GB/s of memory that the mean needs.
    public double gigabytes() {
      return mean() * bytes / 1e9;
    }
  }

  /// Reads `tokens` tokens, in batches of 512, up to the scores of what follows the last.
  /// @throws UserError if the model's context is too short
  public Rates prompt(int tokens) {
    return measured(tokens, 1, BATCH);
  }

  /// Writes `tokens` tokens, one after the other, in each of `sequences` answers at a time.
  /// @throws UserError if the model's context is too short
  public Rates answer(int tokens, int sequences) {
    return measured(tokens, sequences, 1);
  }

  private Rates measured(int tokens, int sequences, int batch) {
    int length = depth + tokens;
    if (length > model.config().context()) {
      throw new UserError(
          "depth and tokens",
          "" + length,
          "at most " + model.config().context() + ", the model's context",
          "Measure fewer.");
    }
    var rates = new double[rounds];
    int[] ids = new Random(1).ints(length, 0, model.config().vocab()).toArray();
    try (var arena = Arena.ofShared();
        var ops =
            new Eager(kernels, new KvCache(arena, DType.F32, model.config(), length * sequences))) {
      for (int s = 0; s < sequences; s++) {
        for (int at = 0; at < depth; at += BATCH) {
          read(ops, Arrays.copyOfRange(ids, at, Math.min(depth, at + BATCH)), at, s * length);
        }
      }
      for (int round = -1; round < rounds; round++) {
        long start = System.nanoTime();
        for (int at = depth; at < length; at += batch) {
          if (batch == 1) {
            write(ops, ids[at], at, length, sequences);
          } else {
            read(ops, Arrays.copyOfRange(ids, at, Math.min(length, at + batch)), at, 0);
          }
        }
        if (round >= 0) {
          rates[round] = (double) tokens * sequences * 1e9 / (System.nanoTime() - start);
        }
      }
    }
    return new Rates(rates, batch == 1 ? bytes(sequences, depth + tokens / 2.0) : 0);
  }

  private void read(Eager ops, int[] ids, int past, int firstKey) {
    int[] before = {past};
    int[] length = {ids.length};
    step(ops, ids, new Segments(new int[1], length, before, before, new int[] {firstKey}));
  }

  private void write(Eager ops, int id, int past, int length, int sequences) {
    var ids = new int[sequences];
    var ones = new int[sequences];
    var start = new int[sequences];
    var before = new int[sequences];
    var keys = new int[sequences];
    Arrays.fill(ids, id);
    Arrays.fill(ones, 1);
    Arrays.fill(before, past);
    Arrays.setAll(start, s -> s);
    Arrays.setAll(keys, s -> s * length);
    step(ops, ids, new Segments(start, ones, before, before, keys));
  }

  /// The scores of what follows the last token of each segment.
  private void step(Eager ops, int[] ids, Segments segments) {
    ops.reset();
    var hidden = model.forward(ops, ids, segments);
    int[] last = segments.start().clone();
    for (int s = 0; s < last.length; s++) {
      last[s] += segments.length()[s] - 1;
    }
    ops.linear(ops.embedding(hidden, last), model.head());
  }

  /// What is read from memory for one token of `sequences` that share each reading of the weights.
  private double bytes(int sequences, double keys) {
    var config = model.config();
    double weights = 0;
    for (var entry : model.weights().entrySet()) {
      boolean table = entry.getKey().startsWith("model.embed_tokens");
      if (!table || entry.getValue() == model.head()) { // else one row of it
        weights += bytes(entry.getValue());
      }
    }
    return weights / sequences
        + keys * 2 * Float.BYTES * config.layers() * config.kvHeads() * config.headDim();
  }

  private static long bytes(Weight weight) {
    return switch (weight) {
      case Tensor plain -> plain.data().byteSize();
      case Weight.Packed packed -> packed.bytes();
    };
  }
}
