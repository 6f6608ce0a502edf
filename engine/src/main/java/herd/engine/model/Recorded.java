package herd.engine.model;

import herd.engine.UserError;
import herd.engine.model.Adapter.LowRank;
import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Rotary;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Weight;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/// Operations that remember how to go back: training. Each writes its forward and its backward side
/// by side; gradients **add** up, those of parameters in [Gradients], those of results in memory
/// that is used again as soon as they have been read.
///
/// A step is [#reset], a forward pass, setting the gradient of what the loss is made of
/// ([#gradient]), and [#backward]. All memory is one arena, used again each step: after the largest
/// step it does not grow.
///
/// Results that are to be computed again ([Recompute]) lie in memory that every block uses anew; a
/// block's backward pass begins by running those operations once more, from what its beginning
/// left.
public final class Recorded implements Ops, AutoCloseable {
  /// What the tape knows of a result.
  private static final class Result {
    private Tensor gradient; // null until something adds to it
    private boolean lent; // the gradient's memory has become that of another result
  }

  /// One operation on the tape.
  /// @param spare whether no backward pass needs the output's numbers
  /// @param shares whether the output is one of the inputs, changed in place
  /// @param again computes the output once more; null if it is kept
  private record Operation(
      Tensor output,
      Tensor input,
      boolean spare,
      boolean shares,
      Runnable again,
      Runnable backward) {}

  private final Kernels kernels;
  private final Gradients gradients;
  private final Map<Weight, LowRank> adapters;
  private final Recompute recompute;
  private final Scratch scratch = new Scratch();
  private final Scratch passing = new Scratch(); // used anew by each block
  private final Gradients.Loan loan;
  private final List<Integer> blocks = new ArrayList<>(); // where each ends on the tape
  private final List<Operation> tape = new ArrayList<>();
  private final Map<Tensor, Result> results = new IdentityHashMap<>();
  private final Eager eager;

  /// All results are kept, no adapters.
  /// @param gradients of the parameters to train; all others are frozen
  public Recorded(Kernels kernels, Gradients gradients) {
    this(kernels, gradients, Recompute.NONE, Map.of());
  }

  /// @param gradients of the parameters to train; all others are frozen
  /// @param adapters low-rank additions by the weights they belong to ([Adapter#on]); trained as
  ///     far as they are among the parameters
  public Recorded(
      Kernels kernels, Gradients gradients, Recompute recompute, Map<Weight, LowRank> adapters) {
    this.kernels = kernels;
    this.gradients = gradients;
    this.recompute = recompute;
    this.adapters = adapters;
    this.eager = new Eager(kernels);
    this.loan = new Gradients.Loan(gradients);
  }

  /// Gradients of the parameters to train.
  public Gradients gradients() {
    return gradients;
  }

  /// What computes, for losses that go over rows of logits.
  public Kernels kernels() {
    return kernels;
  }

  /// Operations on the same kernels that record nothing, with memory of their own: for a teacher's
  /// forward pass within a step.
  public Eager eager() {
    return eager;
  }

  /// Bytes of working memory held.
  public long bytes() {
    return scratch.bytes() + passing.bytes();
  }

  /// Forgets all results and operations.
  public void reset() {
    tape.clear();
    results.clear();
    blocks.clear();
    loan.reset();
    scratch.reset();
    passing.reset();
  }

  /// The gradient of a parameter or result, to add to; zero at first. Null if it is frozen or not
  /// of this step.
  public Tensor gradient(Tensor of) {
    var parameter = gradients.of(of, kernels.workers());
    if (parameter != null) {
      return parameter;
    }
    var result = results.get(of);
    if (result == null) {
      return null;
    }
    if (result.gradient == null) {
      result.gradient = scratch.zeros(of, kernels.workers());
    }
    return result.gradient;
  }

  /// Goes back over all operations since [#reset], once.
  public void backward() {
    int block = blocks.size() - 1;
    for (int i = tape.size() - 1; i >= 0; i--) {
      if (block >= 0 && i == blocks.get(block) - 1) {
        again(block == 0 ? 0 : blocks.get(block - 1), blocks.get(block));
        block--;
      }
      var operation = tape.get(i);
      var result = results.get(operation.output());
      if (result.gradient != null) {
        operation.backward().run();
        if (!operation.shares()) {
          if (!result.lent) {
            scratch.giveBack(result.gradient);
          }
          result.gradient = null;
        }
      }
    }
    tape.clear();
    blocks.clear();
  }

  private void again(int from, int to) {
    for (int i = from; i < to; i++) {
      var again = tape.get(i).again();
      if (again != null) {
        again.run();
      }
    }
  }

  /// Memory for a result.
  /// @param cheap whether it costs less to compute than to keep
  private Tensor place(boolean cheap, DType type, int rows, int cols) {
    if (passes(cheap)) {
      return passing.take(type, rows, cols);
    }
    return loan.take(type, rows, cols, scratch);
  }

  /// Whether a result is computed again instead of being kept.
  private boolean passes(boolean cheap) {
    return switch (recompute) {
      case NONE -> false;
      case SELECTIVE -> cheap;
      case FULL -> true;
    };
  }

  /// How to compute a result again that lies in [#place]; null if it need not be.
  private Runnable unlessKept(boolean cheap, Runnable forward) {
    return passes(cheap) ? forward : null;
  }

  /// A gradient to add to even where `of` is frozen: then the sum is thrown away.
  private Tensor gradientOrWaste(Tensor of) {
    var gradient = gradient(of);
    return gradient != null ? gradient : scratch.take(of);
  }

  private static Tensor plain(Weight weight) {
    return Llama.plain("weights to train", weight);
  }

  /// Runs an operation and records it.
  /// @param again `forward` if the output is not kept ([#unlessKept])
  private Tensor result(
      Tensor output,
      Tensor input,
      boolean spare,
      Runnable forward,
      Runnable again,
      Runnable backward) {
    forward.run();
    results.put(output, new Result());
    tape.add(new Operation(output, input, spare, false, again, backward));
    return output;
  }

  private Tensor result(
      Tensor output,
      Tensor input,
      boolean spare,
      boolean cheap,
      Runnable forward,
      Runnable backward) {
    return result(output, input, spare, forward, unlessKept(cheap, forward), backward);
  }

  @Override
  public Tensor embedding(Weight weight, int[] ids) {
    var table = plain(weight);
    var y = place(false, table.type(), ids.length, table.cols());
    return result(y, table, true, false, () -> kernels.embedding(y, table, ids), () -> {
      var dtable = gradient(table);
      if (dtable != null) {
        kernels.embeddingBackward(dtable, gradient(y), ids);
      }
    });
  }

  @Override
  public Tensor norm(Tensor x, Tensor weight, double eps) {
    loan.use(weight);
    var y = place(true, x.type(), x.rows(), x.cols());
    var inverse = place(true, x.type(), x.rows(), 1);
    return result(
        y,
        x,
        true,
        true,
        () -> kernels.rmsNorm(y, inverse, x, weight, eps),
        () -> kernels.rmsNormBackward(
            gradientOrWaste(x), gradientOrWaste(weight), gradient(y), inverse, x, weight));
  }

  @Override
  public Tensor linear(Tensor x, Weight weight) {
    var y = product(x, plain(weight));
    var part = adapters.get(weight);
    return part == null ? y : add(y, product(product(x, part.a()), part.b()));
  }

  private Tensor product(Tensor x, Tensor w) {
    loan.use(w);
    var y = place(false, x.type(), x.rows(), w.rows());
    return result(
        y,
        x,
        true,
        false,
        () -> kernels.linear(y, x, w),
        () -> linearBackward(x, w, gradient(y), gradient(x)));
  }

  private void linearBackward(Tensor x, Tensor w, Tensor dy, Tensor dx) {
    if (dx != null) {
      kernels.linearBackwardInput(dx, dy, w);
    }
    var fresh = gradients.untouched(w);
    var dw = fresh != null ? fresh : gradient(w);
    if (dw != null) {
      kernels.linearBackwardWeight(dw, dy, x, fresh == null);
    }
  }

  @Override
  public Tensor bias(Tensor x, Tensor bias) {
    throw untrained("biases of queries, keys and values");
  }

  @Override
  public Tensor headNorm(Tensor x, Tensor weight, double eps) {
    throw untrained("norms of heads");
  }

  private static UserError untrained(String what) {
    return new UserError(
        "model", what, "none, in training", "Such models are for inference; train a Llama.");
  }

  @Override
  public Tensor rope(Tensor x, Rotary rotary, Segments segments) {
    Runnable forward = () -> kernels.rope(x, rotary, segments, false);
    forward.run();
    Runnable backward = () -> kernels.rope(gradient(x), rotary, segments, true);
    tape.add(new Operation(x, x, true, true, unlessKept(false, forward), backward));
    return x;
  }

  @Override
  public Tensor attention(Tensor q, Tensor k, Tensor v, Segments segments, int headDim, int layer) {
    var y = place(false, q.type(), q.rows(), q.cols());
    var logSum = place(false, q.type(), q.rows(), q.cols() / headDim);
    return result(
        y,
        q,
        false,
        false,
        () -> kernels.attention(y, logSum, q, k, v, segments, headDim),
        () -> kernels.attentionBackward(
            gradientOrWaste(q),
            gradientOrWaste(k),
            gradientOrWaste(v),
            gradient(y),
            y,
            logSum,
            q,
            k,
            v,
            segments,
            headDim));
  }

  @Override
  public Tensor swiGlu(Tensor gate, Tensor up) {
    var y = place(true, gate.type(), gate.rows(), gate.cols());
    return result(
        y,
        gate,
        true,
        true,
        () -> kernels.swiGlu(y, gate, up),
        () -> kernels.swiGluBackward(
            gradientOrWaste(gate), gradientOrWaste(up), gradient(y), gate, up));
  }

  /// Where `y` has just been made by an operation that does not need it, the sum takes its place
  /// and its gradient's memory then becomes that of `x`: the residual stream costs no copies.
  @Override
  public Tensor add(Tensor x, Tensor y) {
    var last = tape.isEmpty() ? null : tape.getLast();
    if (last == null
        || last.output() != y
        || last.shares()
        || !last.spare()
        || last.input() == x
        || x == y) {
      return addApart(x, y);
    }
    Runnable forward = () -> kernels.add(y, x, 1);
    forward.run();
    tape.add(
        new Operation(y, x, true, true, last.again() == null ? null : forward, () -> lend(y, x)));
    return y;
  }

  /// The gradient of `y` is that of `x`, which it becomes if nothing has been added to that yet.
  private void lend(Tensor y, Tensor x) {
    var dx = results.get(x);
    if (dx != null && dx.gradient == null) {
      dx.gradient = gradient(y);
      results.get(y).lent = true;
    } else {
      addInto(x, gradient(y));
    }
  }

  private Tensor addApart(Tensor x, Tensor y) {
    var sum = place(false, x.type(), x.rows(), x.cols());
    Runnable forward = () -> {
      sum.copyFrom(x);
      kernels.add(sum, y, 1);
    };
    return result(sum, x, true, false, forward, () -> {
      addInto(x, gradient(sum));
      addInto(y, gradient(sum));
    });
  }

  private void addInto(Tensor of, Tensor gradient) {
    var d = gradient(of);
    if (d != null) {
      kernels.add(d, gradient, 1);
    }
  }

  /// A block ends here: of what lies in passing memory only `x` goes on, as a copy. The
  /// gradients of its parameters are written when the backward pass has come back to it; the
  /// results of the next block have been read by then, and may lie there.
  @Override
  public Tensor keep(Tensor x) {
    loan.next();
    if (recompute == Recompute.NONE) {
      return x;
    }
    var kept = x;
    if (recompute == Recompute.FULL) {
      var copy = scratch.take(x);
      kept = result(copy, x, false, () -> copy.copyFrom(x), null, () -> lend(copy, x));
    }
    blocks.add(tape.size());
    passing.rewind();
    return kept;
  }

  // --- vocabulary ---

  /// What to do with the logits of some rows: read them, then leave in their place the gradient of
  /// the loss by them.
  public interface LogitsLoss {
    /// @param logits `[to - from, vocab]`
    /// @param from the first of the rows that were asked for, counted from 0
    void at(Tensor logits, int from, int to);
  }

  /// Gives the logits `hidden headᵀ` of `rows` to `loss`, chunk by chunk, and adds what follows
  /// from the gradients that it leaves to those of `hidden` and `head` at once: forward and
  /// backward in one pass, with one product for the logits.
  public void overLogits(Tensor hidden, Weight head, int[] rows, LogitsLoss loss) {
    over(hidden, plain(head), Kept.of(head.rows(), rows), loss);
  }

  private void over(Tensor hidden, Tensor head, Kept kept, LogitsLoss loss) {
    boolean all = kept.isAll(hidden.rows());
    var x = all ? hidden : scratch.take(hidden.type(), kept.count(), hidden.cols());
    var dhidden = gradient(hidden);
    var dx = dhidden == null || all ? dhidden : scratch.zeros(x, kernels.workers());
    if (!all) {
      kernels.embedding(x, hidden, kept.rows());
    }
    var logits = scratch.take(hidden.type(), kept.chunk(), head.rows());
    for (int from = 0; from < kept.count(); from += kept.chunk()) {
      int to = Math.min(from + kept.chunk(), kept.count());
      var chunk = logits.rows(0, to - from);
      kernels.linear(chunk, x.rows(from, to), head);
      loss.at(chunk, from, to);
      linearBackward(x.rows(from, to), head, chunk, dx == null ? null : dx.rows(from, to));
    }
    if (dx != dhidden) {
      kernels.embeddingBackward(dhidden, dx, kept.rows());
      scratch.giveBack(dx);
    }
  }

  /// As [#logProbs(Tensor, Tensor, int[])], where the loss is known to be
  /// `Σ coefficients[i] * logProbs[i]`: the gradients of `hidden` and `head` are added in
  /// the same pass, and nothing is recorded.
  /// @param coefficients one for each row; those without a target are not read
  public Tensor logProbs(Tensor hidden, Weight weight, int[] targets, double[] coefficients) {
    var head = plain(weight);
    var kept = Kept.of(targets, head.rows());
    var column = scratch.take(hidden.type(), hidden.rows(), 1);
    var compact = scratch.take(hidden.type(), kept.count(), 1);
    var slopes = scratch.take(hidden.type(), kept.count(), 1);
    for (int i = 0; i < kept.count(); i++) {
      slopes.set(i, 0, coefficients[kept.rows()[i]]);
    }
    over(hidden, head, kept, (logits, from, to) -> {
      var some = kept.targets(from, to);
      kernels.logProbs(compact.rows(from, to), logits, some);
      kernels.logProbsBackward(logits, some, slopes.rows(from, to));
    });
    kept.spread(compact, column);
    return column;
  }

  /// The backward pass computes the logits once more.
  @Override
  public Tensor logProbs(Tensor hidden, Weight weight, int[] targets) {
    var head = plain(weight);
    var kept = Kept.of(targets, head.rows());
    var column = scratch.take(hidden.type(), hidden.rows(), 1);
    var compact = scratch.take(hidden.type(), kept.count(), 1);
    var logits = scratch.take(hidden.type(), kept.chunk(), head.rows());
    var x = scratch.take(hidden.type(), kept.count(), hidden.cols());
    kernels.embedding(x, hidden, kept.rows());
    for (int from = 0; from < kept.count(); from += kept.chunk()) {
      int to = Math.min(from + kept.chunk(), kept.count());
      var chunk = logits.rows(0, to - from);
      kernels.linear(chunk, x.rows(from, to), head);
      kernels.logProbs(compact.rows(from, to), chunk, kept.targets(from, to));
    }
    kept.spread(compact, column);
    return result(column, hidden, true, () -> {}, null, () -> {
      kept.gather(gradient(column), compact);
      over(
          hidden,
          head,
          kept,
          (chunk, from, to) ->
              kernels.logProbsBackward(chunk, kept.targets(from, to), compact.rows(from, to)));
    });
  }

  @Override
  public void close() {
    scratch.close();
    passing.close();
    eager.close();
  }
}
