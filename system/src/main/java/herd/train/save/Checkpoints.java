package herd.train.save;

import herd.engine.UserError;
import herd.engine.io.Json;
import herd.engine.io.JsonValue;
import herd.engine.io.Safetensors;
import herd.engine.io.StoredTensor;
import herd.engine.io.WholeFile;
import herd.engine.tensor.Tensor;
import herd.run.Interrupted;
import herd.run.Progress;
import herd.train.TrainState;
import herd.train.Training;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// Checkpoints of a training in one folder, each a folder of its own:
///
/// - `step-00001200/PART.safetensors` for every part (`model`, the optimizer's moments),
/// - `step-00001200/state.json`: what else is needed to go on,
/// - `step-00001200/SHA256SUMS`: digest and name of each of these files, as `sha256sum` prints it.
///
/// A checkpoint is written under a hidden name by a thread of its own while training goes on
/// (`Snapshot`), reaches the disk and only then takes its name: a process killed at any instant
/// leaves whole checkpoints and perhaps a hidden one that the next save clears away. Digests are
/// those of the numbers in memory. [#newest] trusts digests alone: a damaged checkpoint is set
/// aside, loudly, and the one before it is used.
///
/// For a training: [#resume], then [#every] as a listener, then [#finish]; [#close] before the
/// tensors go. Not for several threads.
public final class Checkpoints implements AutoCloseable {
  /// The part that holds the parameters.
  public static final String MODEL = "model";

  static final String TENSORS = ".safetensors";

  private final CheckpointFolder folder;
  private final Retention retention;
  private final Progress progress;
  private Snapshot running;
  private UserError failure;
  private long pausedNanos;

  /// @param folder made by the first save
  /// @param retention which checkpoints stay
  /// @param progress hears of damage and of saves that failed
  public Checkpoints(Path folder, Retention retention, Progress progress) {
    this.folder = new CheckpointFolder(folder);
    this.retention = retention;
    this.progress = progress;
  }

  /// A whole checkpoint.
  /// @param step steps that were done when it was written
  /// @param state as it was given to [#save]
  /// @param folder where its files lie
  public record Saved(long step, JsonValue state, Path folder) {
    /// The tensors of one part, mapped for as long as `arena` lives.
    public SequencedMap<String, StoredTensor> part(String part, Arena arena) {
      return Safetensors.read(folder.resolve(part + TENSORS), arena).tensors();
    }

    /// Copies the tensors of one part into `tensors`.
    /// @throws UserError if they are others or have other shapes or types
    public void into(String part, Map<String, Tensor> tensors) {
      try (var arena = Arena.ofConfined()) {
        var stored = part(part, arena);
        Path file = folder.resolve(part + TENSORS);
        if (!stored.keySet().equals(tensors.keySet())) {
          throw new UserError(
              file.toString(),
              "tensors " + stored.keySet(),
              tensors.keySet().toString(),
              "The checkpoint is of another model; start this training afresh.");
        }
        for (var entry : tensors.entrySet()) {
          copy(stored.get(entry.getKey()), entry.getValue());
        }
      }
    }

    private long number(String key) {
      return state.find(key).integer(0, Integer.MAX_VALUE, 0);
    }

    private static void copy(StoredTensor from, Tensor into) {
      if (!Arrays.equals(from.shape(), Snapshot.shape(into))
          || from.encoding() != Snapshot.encoding(into)) {
        throw new UserError(
            from.where(),
            "%s %s".formatted(from.encoding(), Arrays.toString(from.shape())),
            into.toString(),
            "The checkpoint is of another model; start this training afresh.");
      }
      into.data().copyFrom(from.data());
    }
  }

  /// Writes the checkpoint of `step` and removes those that the rule lets go. A disk that is full
  /// or refuses is not the end: the failure is said, the earlier checkpoints stay, and training
  /// goes on.
  /// @param parts tensors by name, by the name of the part
  /// @param state maps with string keys, lists, strings, numbers, booleans, null
  /// @return whether the checkpoint stands
  public boolean save(
      long step, Map<String, ? extends Map<String, Tensor>> parts, Map<String, Object> state) {
    settle();
    var snapshot = new Snapshot(folder, step, parts, state, retention);
    snapshot.write();
    return settled(snapshot);
  }

  /// The state of the newest whole checkpoint, copied into the tensors of `fresh`; `fresh` itself
  /// where there is none.
  public TrainState resume(TrainState fresh) {
    settle();
    var saved = newest();
    if (saved == null) {
      return fresh;
    }
    parts(fresh).forEach(saved::into);
    return fresh.warm(saved.number("warm")).at(saved.step(), saved.number("skipped"));
  }

  /// `fresh`, its parameters and means those of the checkpoint of `step`, to begin another training
  /// with.
  /// @throws UserError if there is no such checkpoint, or it is damaged
  public TrainState begin(TrainState fresh, long step) {
    var saved = at(step);
    parts(fresh).forEach(saved::into);
    return fresh.warm(saved.step() + saved.number("warm"));
  }

  /// The checkpoint of `step`.
  /// @throws UserError if there is none, or it is damaged
  public Saved at(long step) {
    settle();
    var damage = folder.steps().contains(step) ? folder.damage(step) : "there is none";
    if (damage != null) {
      throw new UserError(
          folder.of(step).toString(), damage, "one of " + folder.steps(), "Choose another step.");
    }
    return saved(step);
  }

  /// Moves the checkpoints that the rule keeps for good, and the newest, to another folder.
  public void keepIn(Path target) {
    settle();
    var steps = folder.steps();
    for (long step : steps) {
      if (step == steps.getLast() || retention.every() > 0 && step % retention.every() == 0) {
        try {
          Files.createDirectories(target);
          Files.move(folder.of(step), new CheckpointFolder(target).of(step));
        } catch (IOException e) {
          throw WholeFile.unwritable(target, e);
        }
      }
    }
  }

  /// Writes the checkpoint of `state` now.
  public boolean save(TrainState state) {
    return save(
        state.step(), parts(state), Map.of("skipped", state.skipped(), "warm", state.warm()));
  }

  /// Saves after every `steps`-th step, while training goes on, and when the user asks to stop,
  /// which then ends the training with [Interrupted].
  public Training.Listener every(long steps) {
    if (steps < 1) {
      throw new UserError(
          "checkpoint interval", "" + steps, "at least 1", "Give a number of steps.");
    }
    return new Training.Listener() {
      @Override
      public void after(Training.Step step, TrainState state) {
        boolean stop = progress.interrupted();
        if (running != null && !running.running()) {
          settle();
        }
        if (stop) {
          save(state.step(), parts(state), facts(step, state));
          throw new Interrupted();
        }
        if (step.number() % steps == 0) {
          long begun = System.nanoTime();
          settle();
          var facts = facts(step, state);
          running = new Snapshot(folder, state.step(), parts(state), facts, retention).start();
          pausedNanos += System.nanoTime() - begun;
        }
      }

      @Override
      public void changing(String name) {
        if (running != null) {
          long begun = System.nanoTime();
          running.release(name);
          pausedNanos += System.nanoTime() - begun;
        }
      }
    };
  }

  private static Map<String, Object> facts(Training.Step step, TrainState state) {
    var facts = new LinkedHashMap<String, Object>();
    facts.put("loss", step.loss());
    facts.put("learningRate", step.rate());
    facts.put("skipped", state.skipped());
    facts.put("warm", state.warm());
    return facts;
  }

  private static Map<String, SequencedMap<String, Tensor>> parts(TrainState state) {
    var parts = new LinkedHashMap<String, SequencedMap<String, Tensor>>();
    parts.put(MODEL, state.parameters());
    parts.put("adam-m", state.m());
    parts.put("adam-v", state.v());
    return parts;
  }

  /// How long training has waited for checkpoints since this object was made.
  public double pausedSeconds() {
    return pausedNanos / 1e9;
  }

  /// To be called at the end of a training; waits for the checkpoint that is being written.
  /// @throws UserError if saving was tried and no checkpoint stands
  public void finish() {
    settle();
    if (failure != null && folder.steps().isEmpty()) {
      throw failure;
    }
  }

  /// Waits until no tensor is read any more.
  @Override
  public void close() {
    settle();
  }

  private void settle() {
    if (running != null) {
      var snapshot = running;
      snapshot.join();
      running = null;
      settled(snapshot);
    }
  }

  private boolean settled(Snapshot snapshot) {
    var e = snapshot.join();
    if (e == null) {
      failure = null;
      return true;
    }
    failure = switch (e) {
      case UserError user -> user;
      case IOException io -> WholeFile.unwritable(folder.path(), io);
      case UncheckedIOException io -> WholeFile.unwritable(folder.path(), io.getCause());
      default ->
        new UserError(
            folder.path().toString(),
            "a checkpoint could not be written: " + e,
            "Look at the disk and the memory of this machine.");
    };
    progress.say("WARNING: the checkpoint of step %d could not be saved; training goes on%s. %s"
        .formatted(
            snapshot.step(),
            folder.steps().isEmpty() ? "" : ", the earlier ones stay",
            CheckpointFolder.message(e)));
    return false;
  }

  /// The newest checkpoint that is whole, or null if there is none. Damaged ones are renamed, so
  /// that they count no more.
  public Saved newest() {
    settle();
    var steps = folder.steps();
    for (long step : steps.reversed()) {
      String damage = folder.damage(step);
      if (damage == null) {
        return saved(step);
      }
      progress.say("WARNING: checkpoint %s is damaged: %s. %s"
          .formatted(
              folder.of(step),
              damage,
              step == steps.getFirst()
                  ? "There is none before it: training starts again."
                  : "Going back to the one before."));
      setAside(step);
    }
    return null;
  }

  private void setAside(long step) {
    try {
      folder.setAside(step);
    } catch (IOException e) {
      progress.say("WARNING: %s could not be renamed: %s"
          .formatted(folder.of(step), CheckpointFolder.message(e)));
    }
  }

  private Saved saved(long step) {
    Path checkpoint = folder.of(step);
    return new Saved(step, Json.read(checkpoint.resolve(CheckpointFolder.STATE)), checkpoint);
  }

  /// The checkpoints that are whole, oldest first.
  public List<Saved> whole() {
    settle();
    return folder.steps().stream()
        .filter(step -> folder.damage(step) == null)
        .map(this::saved)
        .toList();
  }

  /// The steps of the checkpoints that stand, oldest first, whole or not.
  public List<Long> steps() {
    settle();
    return folder.steps();
  }
}
