package herd.engine.model;

import herd.engine.model.Adapter.LowRank;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Weight;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Operations with an [Adapter] for each segment of the batch, or none: after each linear layer the
/// rows of a segment get what its adapter adds.
public final class Adapted implements Ops.Through {
  private final Ops ops;
  private final List<Rows> rows = new ArrayList<>();
  private final int tokens;

  /// Neighbouring rows with one adapter.
  private record Rows(int from, int to, Map<Weight, LowRank> parts) {}

  /// @param ops of the model itself
  /// @param adapters for each segment the additions by weight ([Adapter#on]), null for none
  public Adapted(Ops ops, Segments segments, List<Map<Weight, LowRank>> adapters) {
    this.ops = ops;
    this.tokens = segments.tokens();
    for (int s = 0; s < segments.count(); s++) {
      int from = segments.start()[s];
      int to = from + segments.length()[s];
      var parts = adapters.get(s);
      if (parts != null
          && !rows.isEmpty()
          && rows.getLast().to == from
          && rows.getLast().parts == parts) {
        rows.set(rows.size() - 1, new Rows(rows.getLast().from, to, parts));
      } else if (parts != null) {
        rows.add(new Rows(from, to, parts));
      }
    }
  }

  @Override
  public Tensor linear(Tensor x, Weight w) {
    var y = ops.linear(x, w);
    for (var each : rows) {
      var part = each.parts.get(w);
      if (part == null) {
        continue;
      }
      if (x.rows() != tokens) {
        throw new IllegalStateException("an adapter on " + x.rows() + " of " + tokens + " rows");
      }
      var low = ops.linear(x.rows(each.from, each.to), part.a()); // [rows, rank]
      ops.add(y.rows(each.from, each.to), ops.linear(low, part.b()));
    }
    return y;
  }

  @Override
  public Ops ops() {
    return ops;
  }
}
