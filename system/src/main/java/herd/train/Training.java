package herd.train;

import herd.engine.UserError;
import herd.engine.model.Gradients;
import herd.engine.model.Llama;
import herd.engine.model.Recorded;
import herd.engine.tensor.Kernels;
import java.lang.foreign.Arena;
import java.util.List;

/// The training loop, the same for every objective. Logging, evaluation, saving and stopping are
/// listeners. The same state, data and settings give the same numbers bit for bit, resumed or not.
/// @param model whose parameters, or some of them, are those of the state
/// @param steps after which training ends
public record Training(
    Kernels kernels,
    Llama model,
    Objective objective,
    AdamW optimizer,
    Schedule schedule,
    Batches batches,
    long steps,
    List<Listener> listeners) {
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
        var ops = new Recorded(kernels, new Gradients(arena, state.parameters()))) {
      while (state.step() < steps) {
        long step = state.step();
        var micro = batches.microBatches(step + state.skipped());
        double weight =
            1.0 / Math.max(1, micro.stream().mapToLong(objective::parts).sum());
        ops.gradients().zero(kernels.workers());
        double loss = 0;
        for (var batch : micro) {
          loss += objective.forwardBackward(model, ops, batch, weight);
        }
        double norm = ops.gradients().norm(kernels);
        if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
          throw diverged(step + 1, loss, norm);
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

  private static UserError diverged(long step, double loss, double norm) {
    return new UserError(
        "training step " + step,
        "loss %s, gradient norm %s".formatted(loss, norm),
        "finite numbers",
        "The last checkpoint is kept. Try a lower peak learning rate, a longer warm-up or a lower"
            + " clip, and look at what this step's batch holds.");
  }
}
