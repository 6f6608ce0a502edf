package herd.engine.infer;

import herd.engine.code.Pages;
import herd.engine.model.Adapted;
import herd.engine.model.Adapter;
import herd.engine.model.Eager;
import herd.engine.model.KvBlocks;
import herd.engine.model.KvCache;
import herd.engine.model.Llama;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.KvRows;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Weight;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;

/// A model with keys and values in blocks, for which memory is taken as blocks are handed out. A
/// model and the small one that guesses for it use the same blocks, each with memory of its own.
final class PagedModel implements AutoCloseable {
  private static final int FIRST_BLOCKS = 16;

  private final Llama model;
  private final Kernels kernels;
  private final KvBlocks blocks;
  private final int size;
  private final KvRows.Format kv;
  private final boolean exact;
  private Arena arena;
  private KvCache cache;
  private Eager ops;

  /// @param exact whether a token's numbers do not depend on what else is in the batch
  PagedModel(
      Llama model, Kernels kernels, KvBlocks blocks, EngineSettings settings, boolean exact) {
    this.model = model;
    this.kernels = kernels;
    this.blocks = blocks;
    this.size = settings.blockTokens();
    this.kv = settings.kv();
    this.exact = exact;
    provideFirst();
  }

  /// All blocks at once where unused ones take no memory, else a few: they are copied to grow.
  private void provideFirst() {
    if (Pages.areLazy()) {
      try {
        provide(blocks.most());
        return;
      } catch (OutOfMemoryError e) {
        // The system promises no more than it has: then as elsewhere.
      }
    }
    provide(Math.min(FIRST_BLOCKS, blocks.most()));
  }

  /// Bytes of one position's keys and values.
  static long positionBytes(Llama model, KvRows.Format kv) {
    var config = model.config();
    long head = kv == null
        ? (long) model.type().bytes() * config.headDim()
        : kv.headBytes(config.headDim());
    return 2L * config.layers() * config.kvHeads() * head;
  }

  private void provide(int count) {
    var larger = Arena.ofShared();
    int rows = Math.multiplyExact(count, size);
    KvCache next;
    try {
      next = kv == null
          ? new KvCache(larger, model.type(), model.config(), rows)
          : new KvCache(larger, kv, model.config(), rows);
    } catch (RuntimeException | Error e) {
      larger.close();
      throw e;
    }
    if (cache != null) {
      next.copyFrom(cache);
      close();
    }
    arena = larger;
    cache = next;
    ops = new Eager(kernels, cache, exact);
  }

  Llama model() {
    return model;
  }

  Kernels kernels() {
    return kernels;
  }

  /// The operations of the pass that was computed last.
  Eager ops() {
    return ops;
  }

  /// Hidden states `[tokens, dim]` of the next tokens of sequences, valid until the next pass.
  /// @param batch ids of all of them, one sequence after the other
  /// @param length of each sequence's tokens
  /// @param past tokens of each whose keys and values are in its blocks
  /// @param table the blocks of each
  /// @param adapters of each, null for none; null for none at all
  Tensor forward(
      int[] batch,
      int[] length,
      int[] past,
      int[][] table,
      List<Map<Weight, Adapter.LowRank>> adapters) {
    while (blocks.made() * size > cache.rows()) {
      provide((int) Math.min(blocks.most(), 2L * cache.rows() / size));
    }
    cache.use(blocks.made() * size);
    ops.reset();
    var segments = Segments.paged(length, past, new Segments.Pages(size, table));
    return model.forward(
        adapters == null ? ops : new Adapted(ops, segments, adapters), batch, segments);
  }

  @Override
  public void close() {
    ops.close();
    arena.close();
  }
}
