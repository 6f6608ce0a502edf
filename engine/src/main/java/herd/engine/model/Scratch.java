package herd.engine.model;

import herd.engine.code.Pages;
import herd.engine.tensor.DType;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Memory for the results of one step or one forward pass, handed out front to back and taken back
/// all at once. After the first step it is one block of the size that step needed; a larger step
/// adds blocks, which [#reset] makes one. What it hands out holds arbitrary numbers.
final class Scratch implements AutoCloseable {
  private static final long FIRST_BLOCK = 1 << 20;
  private static final long PIECE = 1 << 19; // bytes that one worker clears in some microseconds

  private final List<MemorySegment> blocks = new ArrayList<>();
  private final List<Tensor> free = new ArrayList<>();
  private Arena arena = Arena.ofShared();
  private int current;
  private long used;
  private long taken;
  private long most;

  /// A tensor `[rows, cols]` of arbitrary numbers, valid until [#rewind] or [#reset].
  Tensor take(DType type, int rows, int cols) {
    return Tensor.of(take((long) rows * cols * type.bytes()), type, rows, cols);
  }

  /// A tensor of arbitrary numbers, of the type and shape of `like`.
  Tensor take(Tensor like) {
    return take(like.type(), like.rows(), like.cols());
  }

  /// Arbitrary bytes, aligned to 64, valid until [#rewind] or [#reset].
  MemorySegment take(long bytes) {
    long slot = (bytes + Tensor.ALIGNMENT - 1) / Tensor.ALIGNMENT * Tensor.ALIGNMENT;
    while (current < blocks.size() && used + slot > blocks.get(current).byteSize()) {
      current++;
      used = 0;
    }
    if (current == blocks.size()) {
      long size = Math.max(slot, Math.max(FIRST_BLOCK, bytes() / 2));
      blocks.add(Pages.data(size, arena));
    }
    var memory = blocks.get(current).asSlice(used, bytes);
    used += slot;
    taken += slot;
    return memory;
  }

  /// A tensor of zeros, of the type and shape of `like`: one that was given back, if there is such.
  Tensor zeros(Tensor like, Workers workers) {
    for (int i = free.size() - 1; i >= 0; i--) {
      var old = free.get(i);
      if (old.rows() == like.rows() && old.cols() == like.cols() && old.type() == like.type()) {
        return clear(free.remove(i), workers);
      }
    }
    return clear(take(like), workers);
  }

  /// Gives back one tensor, for [#zeros].
  void giveBack(Tensor tensor) {
    free.add(tensor);
  }

  /// Sets all numbers of `tensor` to 0, in pieces by the workers.
  static Tensor clear(Tensor tensor, Workers workers) {
    var data = tensor.data();
    long pieces = Math.max(1, data.byteSize() / PIECE);
    workers.run(Math.toIntExact(pieces), i -> {
      long from = i * PIECE;
      long to = i == pieces - 1 ? data.byteSize() : from + PIECE;
      data.asSlice(from, to - from).fill((byte) 0);
    });
    return tensor;
  }

  /// Takes everything back but moves nothing: what was handed out can still be read until it is
  /// handed out again.
  void rewind() {
    free.clear();
    most = Math.max(most, taken);
    taken = 0;
    current = 0;
    used = 0;
  }

  /// Takes everything back; several blocks become one.
  void reset() {
    rewind();
    if (blocks.size() > 1) {
      arena.close();
      arena = Arena.ofShared();
      blocks.clear();
      blocks.add(Pages.data(most, arena));
    }
  }

  /// Bytes held.
  long bytes() {
    return blocks.stream().mapToLong(MemorySegment::byteSize).sum();
  }

  @Override
  public void close() {
    arena.close();
    blocks.clear();
  }
}
