package herd.train.course;

import herd.engine.UserError;
import herd.engine.model.Adapter;
import herd.engine.model.Llama;
import herd.engine.tensor.Kernels;
import herd.run.Workspace;
import herd.train.AdamW;
import herd.train.Batches;
import herd.train.Objective;
import herd.train.Schedule;
import herd.train.SourceLosses;
import herd.train.TrainState;
import herd.train.Training;
import herd.train.save.CheckpointAverage;
import herd.train.save.Checkpoints;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// A training as a stage of a run does it: it goes on from its newest checkpoint, saves itself
/// every so often and when the user asks to stop, writes down each step, and goes back before a
/// spike of the loss. Resumed or not, the losses are the same bit for bit.
/// @param steps after which training ends
/// @param saveEvery steps between checkpoints
public record TrainingRun(
    Kernels kernels,
    Objective objective,
    AdamW optimizer,
    Schedule schedule,
    Batches batches,
    long steps,
    long saveEvery,
    TrainOptions options) {
  private static final long ADAPTER_SEED = 0x4C6F5241L;

  /// The usual options.
  /// @param keep newest checkpoints that stay, for averaging
  public TrainingRun(
      Kernels kernels,
      Objective objective,
      AdamW optimizer,
      Schedule schedule,
      Batches batches,
      long steps,
      long saveEvery,
      int keep) {
    this(
        kernels,
        objective,
        optimizer,
        schedule,
        batches,
        steps,
        saveEvery,
        TrainOptions.DEFAULTS.withKeep(keep));
  }

  /// Trains `model` in place and leaves the curves in the workspace. Low-rank additions become
  /// part of the model at the end, and are in the result's folder `adapter` by themselves.
  /// @throws herd.run.Interrupted if the user asked to stop; the state is saved
  /// @throws UserError if the loss is no longer a number, or nothing could be saved
  public void run(Llama model, Workspace workspace) {
    run(model, workspace, List.of(), start -> start);
  }

  /// As [#run(Llama, Workspace)].
  /// @param more are told of each step, before it is saved
  /// @param begin what the training begins with, where there is no checkpoint to go on from
  public void run(
      Llama model,
      Workspace workspace,
      List<Training.Listener> more,
      UnaryOperator<TrainState> begin) {
    try (var arena = Arena.ofShared();
        var checkpoints = checkpoints(workspace)) {
      var adapter = options.lora().rank() == 0
          ? null
          : options.lora().start(model, arena, workspace.seed() ^ ADAPTER_SEED);
      var trained = adapter == null
          ? options.trained(model)
          : LowRankSettings.parameters(model, adapter.parts());
      new Attempts(model, workspace, checkpoints, adapter, more)
          .run(TrainState.start(arena, trained), begin);
      if (adapter != null) {
        adapter.mergeInto(model);
        adapter.save(workspace.result().resolve("adapter"));
      }
    }
  }

  /// What one run needs in all its attempts.
  private final class Attempts {
    private final Kernels computing; // in the options' precision
    private final Llama model;
    private final Workspace workspace;
    private final Checkpoints checkpoints;
    private final Adapter adapter;
    private final List<Training.Listener> more;

    Attempts(
        Llama model,
        Workspace workspace,
        Checkpoints checkpoints,
        Adapter adapter,
        List<Training.Listener> more) {
      this.computing = options.dtype().of(kernels, workspace.progress()::say);
      this.model = model;
      this.workspace = workspace;
      this.checkpoints = checkpoints;
      this.adapter = adapter;
      this.more = more;
    }

    void run(TrainState fresh, UnaryOperator<TrainState> begin) {
      var state = checkpoints.resume(fresh);
      if (state.step() > 0) {
        workspace.progress().say("goes on from step " + state.step() + " of " + steps);
      } else {
        state = begin.apply(fresh);
        if (options.spikes().looks()) {
          checkpoints.save(state);
        }
      }
      var metrics =
          new Metrics(workspace, steps, state.step(), losses(), computing, model.config());
      var statistics = new Statistics(
          workspace, computing, model, batches, Math.max(1, options.statisticsEvery()));
      var listeners = new ArrayList<>(more);
      if (options.spikes().looks()) {
        listeners.add(metrics.spikes(options.spikes()));
      }
      listeners.add(metrics);
      if (options.statisticsEvery() > 0) {
        listeners.add(statistics);
      }
      listeners.add(checkpoints.every(saveEvery));
      for (int back = 0; state.step() < steps; back++) {
        state = attempt(training(listeners), state, metrics, back);
      }
      checkpoints.finish();
      metrics.finish(checkpoints.pausedSeconds());
      statistics.finish();
    }

    private Training training(List<Training.Listener> listeners) {
      return new Training(
          computing,
          model,
          objective,
          optimizer,
          schedule,
          batches,
          steps,
          listeners,
          options.recompute(),
          adapter == null ? Map.of() : adapter.on(model));
    }

    /// Trains to the end, or goes back before a spike: to the newest checkpoint, passing over the
    /// batches from there to the spike.
    private TrainState attempt(Training training, TrainState state, Metrics metrics, int back) {
      try {
        return training.run(state);
      } catch (LossSpike spike) {
        if (back == options.spikes().most()) {
          throw new UserError(
              "training step " + spike.step(),
              "a loss of " + spike.loss() + ", the spike after " + back + " others",
              "no more than " + back,
              "Try a lower peak learning rate or a lower clip.");
        }
        var before = checkpoints.resume(state.at(0, 0));
        long over = spike.step() - before.step();
        workspace
            .progress()
            .say("WARNING: the loss of step %d is a spike (%.4f): back to step %d, over %d batches"
                .formatted(spike.step(), spike.loss(), before.step(), over));
        workspace
            .facts()
            .withArray("notes")
            .add("A spike at step %d: went back to step %d and passed over %d batches."
                .formatted(spike.step(), before.step(), over));
        metrics.rewind(before.step());
        return before.at(before.step(), before.skipped() + over);
      }
    }

    private SourceLosses losses() {
      return objective instanceof Objective.LanguageModel language ? language.losses() : null;
    }
  }

  /// Sets `model`, as [#run] left it, to the mean of itself and the checkpoints before it (Llama 3
  /// paper, section 3.4.3).
  /// @return how many they were
  public int average(Llama model, Workspace workspace) {
    return average(model, workspace, 1);
  }

  /// Sets `model`, as [#run] left it, to a mean of itself and the checkpoints before it, each
  /// counting `decay` times as much as the next newer one.
  /// @return how many they were, as many as are kept at most
  public int average(Llama model, Workspace workspace, double decay) {
    var average = new CheckpointAverage();
    average.add(model.parameters(), 1);
    int count = 1;
    try (var checkpoints = checkpoints(workspace)) {
      for (var saved : checkpoints.whole().reversed()) {
        if (saved.step() > 0 && saved.step() < steps && count < options.keep()) {
          saved.into(Checkpoints.MODEL, model.parameters());
          average.add(model.parameters(), Math.pow(decay, count++));
        }
      }
    }
    average.into(model.parameters());
    return count;
  }

  /// Puts the checkpoints that are kept for good into the result's folder `checkpoints`, where
  /// there are any: another training may begin with them.
  public void keepCheckpoints(Workspace workspace) {
    if (options.keepEvery() > 0) {
      try (var checkpoints = checkpoints(workspace)) {
        checkpoints.keepIn(workspace.result().resolve("checkpoints"));
      }
    }
  }

  private Checkpoints checkpoints(Workspace workspace) {
    return new Checkpoints(
        workspace.scratch().resolve("checkpoints"), options.retention(), workspace.progress());
  }
}
