package herd.study;

import herd.engine.model.Gradients;
import herd.engine.model.Llama;
import herd.engine.model.Recorded;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Segments;
import herd.train.Batch;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Held-out documents as batches, cut as training cuts them: rows of at most `sequence` tokens,
/// each a segment of its own.
public final class HeldOut {
  private static final int TOKENS = 2048;

  private final Map<String, List<Batch>> kinds = new LinkedHashMap<>();

  /// @param documents token ids by kind of document, begin and end included; whole ones are taken
  ///     in turns from all kinds, in their order, as long as `most` tokens are not reached
  public HeldOut(Map<String, List<int[]>> documents, int sequence, long most) {
    long all = documents.values().stream()
        .flatMap(List::stream)
        .mapToLong(document -> document.length)
        .sum();
    documents.forEach((kind, some) -> {
      long tokens = some.stream().mapToLong(document -> document.length).sum();
      kinds.put(kind, batches(some, sequence, Math.round(most * (double) tokens / all)));
    });
    kinds.values().removeIf(List::isEmpty);
  }

  private static List<Batch> batches(List<int[]> documents, int sequence, long most) {
    var batches = new ArrayList<Batch>();
    var rows = new ArrayList<int[]>();
    int filled = 0;
    long taken = 0;
    for (var document : documents) {
      if (taken >= most) {
        break;
      }
      taken += document.length;
      // The token after a cut is learnt from the one before it, so pieces overlap by one.
      for (int from = 0; from + 1 < document.length; from += sequence) {
        var row =
            Arrays.copyOfRange(document, from, Math.min(document.length, from + sequence + 1));
        if (filled + row.length - 1 > TOKENS && !rows.isEmpty()) {
          batches.add(batch(rows));
          rows.clear();
          filled = 0;
        }
        rows.add(row);
        filled += row.length - 1;
      }
    }
    if (!rows.isEmpty()) {
      batches.add(batch(rows));
    }
    return batches;
  }

  private static Batch batch(List<int[]> rows) {
    int[] lengths = rows.stream().mapToInt(row -> row.length - 1).toArray();
    var tokens = new int[Arrays.stream(lengths).sum()];
    var targets = new int[tokens.length];
    int at = 0;
    for (var row : rows) {
      System.arraycopy(row, 0, tokens, at, row.length - 1);
      System.arraycopy(row, 1, targets, at, row.length - 1);
      at += row.length - 1;
    }
    return new Batch(tokens, Segments.packed(lengths), targets);
  }

  /// The kinds of documents.
  public List<String> kinds() {
    return List.copyOf(kinds.keySet());
  }

  /// Tokens that are predicted.
  public long tokens() {
    return kinds.keySet().stream().mapToLong(this::tokens).sum();
  }

  private long tokens(String kind) {
    return kinds.get(kind).stream().mapToLong(Batch::kept).sum();
  }

  /// The mean over all tokens, from the means of the kinds.
  public double mean(Map<String, Double> losses) {
    double sum = 0;
    for (var kind : kinds.keySet()) {
      sum += losses.get(kind) * tokens(kind);
    }
    return sum / tokens();
  }

  /// Nats per token of each kind.
  public Map<String, Double> losses(Llama model, Kernels kernels) {
    var losses = new LinkedHashMap<String, Double>();
    try (var arena = Arena.ofShared();
        var ops = new Recorded(kernels, new Gradients(arena, model.parameters()))) {
      kinds.forEach((kind, batches) -> {
        double sum = 0;
        for (var batch : batches) {
          ops.reset();
          var hidden = model.forward(ops, batch.tokens(), batch.segments());
          var column = ops.logProbs(hidden, model.head(), batch.targets());
          for (int i = 0; i < batch.targets().length; i++) {
            sum -= column.get(i, 0);
          }
        }
        losses.put(kind, sum / tokens(kind));
      });
    }
    return losses;
  }
}
