package herd.train.course;

import herd.engine.model.Llama;
import herd.engine.tensor.Kernels;
import herd.run.Workspace;
import herd.train.AdamW;
import herd.train.Batches;
import herd.train.Objective;
import herd.train.Schedule;
import herd.train.TrainState;
import herd.train.Training;
import herd.train.save.CheckpointAverage;
import herd.train.save.Checkpoints;
import herd.train.save.Retention;
import java.lang.foreign.Arena;
import java.util.List;

/// A training as a stage of a run does it: it goes on from its newest checkpoint, saves itself
/// every so often and when the user asks to stop, and writes down each step. Resumed or not, the
/// losses are the same bit for bit.
/// @param steps after which training ends
/// @param saveEvery steps between checkpoints
/// @param keep checkpoints that stay, for averaging
public record TrainingRun(
    Kernels kernels,
    Objective objective,
    AdamW optimizer,
    Schedule schedule,
    Batches batches,
    long steps,
    long saveEvery,
    int keep) {
  /// Trains `model` in place and leaves the curves in the workspace.
  /// @throws herd.run.Interrupted if the user asked to stop; the state is saved
  /// @throws herd.engine.UserError if the loss is no longer a number, or nothing could be saved
  public void run(Llama model, Workspace workspace) {
    try (var arena = Arena.ofShared();
        var checkpoints = checkpoints(workspace)) {
      var state = checkpoints.resume(TrainState.start(arena, model.parameters()));
      if (state.step() > 0) {
        workspace.progress().say("goes on from step " + state.step() + " of " + steps);
      }
      var metrics = new Metrics(workspace, steps, state.step());
      var listeners = List.of(metrics, checkpoints.every(saveEvery));
      new Training(kernels, model, objective, optimizer, schedule, batches, steps, listeners)
          .run(state);
      checkpoints.finish();
      metrics.finish();
    }
  }

  /// Sets `model` to the mean of the checkpoints that stand (Llama 3 paper, section 3.4.3).
  /// @return how many they were; with none the model stays as it is
  public int average(Llama model, Workspace workspace) {
    var average = new CheckpointAverage();
    var all = checkpoints(workspace).whole();
    for (var saved : all) {
      saved.into(Checkpoints.MODEL, model.parameters());
      average.add(model.parameters());
    }
    if (!all.isEmpty()) {
      average.into(model.parameters());
    }
    return all.size();
  }

  private Checkpoints checkpoints(Workspace workspace) {
    return new Checkpoints(
        workspace.scratch().resolve("checkpoints"), new Retention(keep), workspace.progress());
  }
}
