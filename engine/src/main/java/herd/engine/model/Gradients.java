package herd.engine.model;

import herd.engine.code.Pages;
import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;

/// The gradient of each trained parameter, of its shape and type. A tied matrix is one parameter
/// and has one gradient. Parameters that are not in it are frozen.
///
/// A gradient that nothing has been added to yet is zero without any number being written: until
/// then its memory can hold results of the forward pass ([Loan]).
public final class Gradients {
  private static final class Gradient {
    final Tensor tensor;
    boolean begun; // else zero, whatever its memory holds

    Gradient(Tensor tensor) {
      this.tensor = tensor;
    }
  }

  /// Memory of gradients for results of a forward pass. The backward pass writes the gradients
  /// of a block's parameters when it has come back to that block; by then the results of the
  /// next block have been read for the last time, and so they can lie there.
  static final class Loan {
    private final Gradients gradients;
    private final List<Tensor> used = new ArrayList<>(); // parameters of the block that is computed
    private final Set<Tensor> left =
        Collections.newSetFromMap(new IdentityHashMap<>()); // of others
    private List<MemorySegment> pieces = List.of();
    private int piece;
    private long taken; // bytes of the piece

    Loan(Gradients gradients) {
      this.gradients = gradients;
    }

    /// States that the block that is computed uses `parameter`.
    /// @throws IllegalStateException if a block that ended has used it: results may lie where
    /// its
    ///     gradient will be
    void use(Tensor parameter) {
      if (left.contains(parameter)) {
        throw new IllegalStateException("a parameter of a block is used after it ended");
      }
      used.add(parameter);
    }

    /// A block ends: its gradients hold results of the next one.
    void next() {
      lend(gradients.idle(used));
      left.addAll(used);
      used.clear();
    }

    /// Forgets all blocks, and lends nothing.
    void reset() {
      lend(List.of());
      left.clear();
      used.clear();
    }

    private void lend(List<MemorySegment> idle) {
      pieces = idle;
      piece = 0;
      taken = 0;
    }

    /// A tensor `[rows, cols]` of arbitrary numbers; of `other`'s memory if there is no room for
    /// it.
    Tensor take(DType type, int rows, int cols, Scratch other) {
      long bytes = (long) rows * cols * type.bytes();
      for (int i = piece; i < pieces.size(); i++) {
        long from = i == piece ? taken : 0;
        if (from + slot(bytes) <= pieces.get(i).byteSize()) {
          piece = i;
          taken = from + slot(bytes);
          return Tensor.of(pieces.get(i).asSlice(from, bytes), type, rows, cols);
        }
      }
      return other.take(type, rows, cols);
    }
  }

  private final SequencedMap<String, Tensor> byName = new LinkedHashMap<>();
  private final Map<Tensor, Gradient> byParameter = new IdentityHashMap<>();
  private final MemorySegment memory;

  /// Zero gradients in `arena`, one behind the other in the order of the parameters.
  public Gradients(Arena arena, SequencedMap<String, Tensor> parameters) {
    memory = Pages.data(parameters.values().stream().mapToLong(Gradients::slot).sum(), arena);
    long at = 0;
    for (var parameter : parameters.entrySet()) {
      var like = parameter.getValue();
      var data = memory.asSlice(at, like.data().byteSize());
      var gradient = Tensor.of(data, like.type(), like.rows(), like.cols());
      byName.put(parameter.getKey(), gradient);
      byParameter.put(like, new Gradient(gradient));
      at += slot(like);
    }
  }

  private static long slot(Tensor tensor) {
    return slot(tensor.data().byteSize());
  }

  private static long slot(long bytes) {
    return Math.ceilDiv(bytes, Tensor.ALIGNMENT) * Tensor.ALIGNMENT;
  }

  /// The gradient of `parameter`, found by identity, to read or to add to; null if it is not
  /// trained.
  public Tensor of(Tensor parameter) {
    var gradient = byParameter.get(parameter);
    if (gradient == null) {
      return null;
    }
    if (begin(gradient)) {
      gradient.tensor.data().fill((byte) 0);
    }
    return gradient.tensor;
  }

  /// As [#of(Tensor)], cleared by the workers where that is needed.
  Tensor of(Tensor parameter, Workers workers) {
    var gradient = byParameter.get(parameter);
    if (gradient == null) {
      return null;
    }
    return begin(gradient) ? Scratch.clear(gradient.tensor, workers) : gradient.tensor;
  }

  /// The gradient of `parameter` for who writes all of it, if it is trained and zero; else null.
  Tensor untouched(Tensor parameter) {
    var gradient = byParameter.get(parameter);
    return gradient != null && begin(gradient) ? gradient.tensor : null;
  }

  private static boolean begin(Gradient gradient) {
    boolean first = !gradient.begun;
    gradient.begun = true;
    return first;
  }

  /// Gradients by the parameters' names, in their order.
  public SequencedMap<String, Tensor> byName() {
    byParameter.keySet().forEach(this::of);
    return Collections.unmodifiableSequencedMap(byName);
  }

  /// Sets all to 0.
  public void zero() {
    byParameter.values().forEach(gradient -> gradient.begun = false);
  }

  /// Memory of those gradients of `parameters` that are zero, neighbours as one.
  private List<MemorySegment> idle(Collection<Tensor> parameters) {
    var idle = parameters.stream()
        .map(byParameter::get)
        .filter(gradient -> gradient != null && !gradient.begun)
        .map(gradient -> gradient.tensor)
        .sorted(Comparator.comparingLong(tensor -> tensor.data().address()))
        .toList();
    var runs = new ArrayList<MemorySegment>();
    long end = -1;
    for (var tensor : idle) {
      long from = tensor.data().address() - memory.address();
      long length = slot(tensor);
      long before = from == end ? runs.removeLast().byteSize() : 0;
      runs.add(memory.asSlice(from - before, before + length));
      end = from + length;
    }
    return runs;
  }

  /// The L2 norm of all gradients together, summed in double in the order of the parameters.
  public double norm(Kernels kernels) {
    double sum = 0;
    for (var gradient : byName().values()) {
      sum += kernels.sumOfSquares(gradient);
    }
    return Math.sqrt(sum);
  }
}
