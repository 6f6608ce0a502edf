package herd.train;

import herd.engine.UserError;
import herd.engine.model.Adapter.LowRank;
import herd.engine.model.Gradients;
import herd.engine.model.Llama;
import herd.engine.model.Recompute;
import herd.engine.model.Recorded;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Weight;
import herd.train.watch.FirstBad;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;

/// The training loop, the same for every objective. Logging, evaluation, saving and stopping are
/// listeners. The same state, data and settings give the same numbers bit for bit, resumed or not.
/// @param model whose parameters, or some of them, are those of the state
/// @param steps after which training ends
/// @param recompute what the backward pass computes again
/// @param adapters low-rank additions by the weights they belong to; trained as far as they are
///     parameters of the state
public record Training(
    Kernels kernels,
    Llama model,
    Objective objective,
    AdamW optimizer,
    Schedule schedule,
    Batches batches,
    long steps,
    List<Listener> listeners,
    Recompute recompute,
    Map<Weight, LowRank> adapters) {
  /// All results of the forward pass are kept, no adapters.
  public Training(
      Kernels kernels,
      Llama model,
      Objective objective,
      AdamW optimizer,
      Schedule schedule,
      Batches batches,
      long steps,
      List<Listener> listeners) {
    this(
        kernels,
        model,
        objective,
        optimizer,
        schedule,
        batches,
        steps,
        listeners,
        Recompute.NONE,
        Map.of());
  }

  /// What one step was like.
  /// @param number counted from 1
  /// @param loss mean over the parts of all micro-batches, before the step's update
  /// @param norm L2 norm of all gradients, before clipping
  /// @param rate learning rate
  /// @param tokens in all micro-batches
  public record Step(long number, double loss, double norm, double rate, long tokens) {}

  /// Is told of each step.
  public interface Listener {
    /// @param state after the step; its tensors change with the next one. To stop, a listener
    ///     saves it and throws [herd.run.Interrupted].
    void after(Step step, TrainState state);

    /// The gradients of step `number`, counted from 1, before they are clipped and used.
    default void before(long number, Gradients gradients) {}

    /// The next step is about to change the parameter of that name and its means: who still reads
    /// them copies or waits.
    default void changing(String name) {}
  }

  /// Trains from `state` on to [#steps].
  /// @return the last state, on the same tensors
  /// @throws UserError if the loss is no longer a number; the parameters are then those after the
  ///     last good step
  public TrainState run(TrainState state) {
    try (var arena = Arena.ofShared();
        var ops =
            new Recorded(kernels, new Gradients(arena, state.parameters()), recompute, adapters)) {
      while (state.step() < steps) {
        long step = state.step();
        var micro = batches.microBatches(step + state.skipped());
        double weight =
            1.0 / Math.max(1, micro.stream().mapToLong(objective::parts).sum());
        ops.gradients().zero();
        double loss = 0;
        for (var batch : micro) {
          loss += objective.forwardBackward(model, ops, batch, weight);
        }
        double norm = ops.gradients().norm(kernels);
        if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
          throw diverged(step + 1, loss, norm, micro, ops.gradients());
        }
        for (var listener : listeners) {
          listener.before(step + 1, ops.gradients());
        }
        double rate = schedule.at(step);
        optimizer.step(kernels, state, ops.gradients(), rate, norm, this::changing);
        state = state.at(step + 1);
        long tokens = micro.stream().mapToLong(batch -> batch.tokens().length).sum();
        for (var listener : listeners) {
          listener.after(new Step(step + 1, loss, norm, rate, tokens), state);
        }
      }
      return state;
    }
  }

  private void changing(String name) {
    for (var listener : listeners) {
      listener.changing(name);
    }
  }

  private UserError diverged(
      long step, double loss, double norm, List<Batch> micro, Gradients gradients) {
    var batch = micro.getFirst();
    var first = FirstBad.find(kernels, model, batch.tokens(), batch.segments(), gradients);
    return new UserError(
        "training step " + step,
        "loss %s, gradient norm %s; first in: %s".formatted(loss, norm, first),
        "finite numbers",
        "The last checkpoint is kept. Try a lower peak learning rate, a longer warm-up or a lower"
            + " clip, and look at what this step's batch holds.");
  }
}
