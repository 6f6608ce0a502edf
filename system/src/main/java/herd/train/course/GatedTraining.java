package herd.train.course;

import herd.engine.model.Llama;
import herd.run.Workspace;
import herd.train.save.Checkpoints;
import herd.train.save.Retention;
import java.util.function.LongFunction;

/// A training in rounds, after each of which a gate is asked, until it opens or the limit is
/// reached (Llama 3 paper, section 3.4.2: increments of the context's length).
/// @param upTo the training that ends after so many steps and saves itself then; the same but for
///     its end
/// @param round steps between two looks at the gate
/// @param most steps in all
public record GatedTraining(LongFunction<TrainingRun> upTo, long round, long most, Gate gate) {
  /// @param verdict the gate's last
  /// @param steps that were done
  public record Outcome(Gate.Verdict verdict, long steps) {}

  /// Trains `model` in place. Interrupted and run again it goes on, and asks the gate when an
  /// undisturbed run would have.
  public Outcome run(Llama model, Workspace workspace) {
    var outcome = new Outcome(new Gate.Verdict(false, "nothing was trained"), 0);
    for (long steps = resumed(workspace);
        steps <= most && !outcome.verdict.open();
        steps += round) {
      workspace.facts().remove("series");
      upTo.apply(steps).run(model, workspace);
      outcome = new Outcome(gate.judge(model), steps);
      workspace
          .progress()
          .say("after %d steps the gate %s: %s"
              .formatted(
                  steps, outcome.verdict.open() ? "opens" : "stays shut", outcome.verdict.why()));
    }
    return outcome;
  }

  /// The end of the round that an earlier attempt was in.
  private long resumed(Workspace workspace) {
    var folder = workspace.scratch().resolve("checkpoints");
    try (var checkpoints = new Checkpoints(folder, new Retention(1), workspace.progress())) {
      var newest = checkpoints.newest();
      return newest == null ? round : Math.max(1, Math.ceilDiv(newest.step(), round)) * round;
    }
  }
}
