package herd.engine.score;

import herd.engine.UserError;
import herd.engine.model.Eager;
import herd.engine.model.Llama;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The largest logits after each token of a sequence.
public final class TopLogits implements AutoCloseable {
  private static final int CHUNK_NUMBERS = 1 << 21;

  private final Llama model;
  private final Eager ops;

  public TopLogits(Llama model, Kernels kernels) {
    this.model = model;
    this.ops = new Eager(kernels);
  }

  /// @param position of the token after which these are the logits
  /// @param ids by falling logit, of equal ones the lower id first
  public record Top(int position, int[] ids, float[] logits) {}

  /// @param ids the sequence
  /// @param positions which are wanted, from 0; null for all
  /// @param k how many logits; at most the vocabulary
  /// @throws UserError for an empty or too long sequence, an id or a position outside
  public List<Top> of(int[] ids, int[] positions, int k) {
    var config = model.config();
    if (ids.length == 0 || ids.length > config.context()) {
      throw new UserError(
          "ids", ids.length + " of them", "1 to " + config.context(), "Cut the sequence.");
    }
    for (int id : ids) {
      if (id < 0 || id >= config.vocab()) {
        throw new UserError(
            "ids", "" + id, "0 to " + (config.vocab() - 1), "Take the model's own tokenizer.");
      }
    }
    var wanted = positions != null ? positions : Segments.packed(ids.length).positions();
    for (int position : wanted) {
      if (position < 0 || position >= ids.length) {
        throw new UserError(
            "positions", "" + position, "0 to " + (ids.length - 1), "Ask for others.");
      }
    }
    ops.reset();
    var hidden = model.forward(ops, ids, Segments.packed(ids.length));
    var tops = new ArrayList<Top>();
    int chunk = Math.max(1, CHUNK_NUMBERS / config.vocab());
    for (int from = 0; from < wanted.length; from += chunk) {
      var rows = Arrays.copyOfRange(wanted, from, Math.min(from + chunk, wanted.length));
      hidden = ops.keep(hidden);
      var logits = ops.linear(ops.embedding(hidden, rows), model.head());
      for (int r = 0; r < rows.length; r++) {
        tops.add(top(rows[r], logits.rows(r, r + 1), Math.min(k, config.vocab())));
      }
    }
    return tops;
  }

  private static Top top(int position, Tensor logits, int k) {
    float[] all = logits.toFloats();
    var keys = new long[all.length];
    for (int id = 0; id < all.length; id++) {
      int bits = Float.floatToIntBits(all[id]);
      int ordered = bits ^ (bits >> 31 & 0x7FFFFFFF); // as whole numbers in the same order
      keys[id] = (long) ~ordered << 32 | id;
    }
    Arrays.sort(keys);
    var ids = new int[k];
    var values = new float[k];
    for (int i = 0; i < k; i++) {
      ids[i] = (int) keys[i];
      values[i] = all[ids[i]];
    }
    return new Top(position, ids, values);
  }

  @Override
  public void close() {
    ops.close();
  }
}
