package herd.train;

import herd.engine.UserError;
import herd.engine.io.Encoding;
import herd.engine.io.Json;
import herd.engine.io.JsonValue;
import herd.engine.io.JsonWriter;
import herd.engine.io.Safetensors;
import herd.engine.io.StoredTensor;
import herd.engine.io.WholeFile;
import herd.engine.tensor.DType;
import herd.engine.tensor.Tensor;
import herd.run.Interrupted;
import herd.run.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static java.nio.charset.StandardCharsets.UTF_8;

/// Checkpoints of a training in one folder, each a folder of its own:
///
/// - `step-00001200/PART.safetensors` for every part (`model`, the optimizer's moments),
/// - `step-00001200/state.json`: what else is needed to go on,
/// - `step-00001200/SHA256SUMS`: digest and name of each of these files, as `sha256sum` prints it.
///
/// A checkpoint is written under a hidden name, reaches the disk, is read back for its digests and
/// only then takes its name: a process killed at any instant leaves whole checkpoints and perhaps
/// a hidden one that the next save clears away. [#newest] trusts digests alone: a damaged
/// checkpoint is set aside, loudly, and the one before it is used.
///
/// For a training: [#resume], then [#every] as a listener, then [#finish].
public final class Checkpoints {
  private static final Pattern NAME = Pattern.compile("step-(\\d{8,18})");
  private static final String HIDDEN = ".writing-";
  private static final String DAMAGED = "damaged-";
  private static final String SUMS = "SHA256SUMS";
  private static final String STATE = "state.json";
  private static final String TENSORS = ".safetensors";
  private static final Pattern SUM = Pattern.compile("([0-9a-f]{64})  ([^/\\\\]+)");

  /// The part that holds the parameters.
  static final String MODEL = "model";

  private final Path folder;
  private final int keep;
  private final Progress progress;
  private UserError failure;

  /// @param folder made by the first save
  /// @param keep how many of the newest checkpoints stay, at least 1
  /// @param progress hears of damage and of saves that failed
  public Checkpoints(Path folder, int keep, Progress progress) {
    if (keep < 1) {
      throw new IllegalArgumentException("keep " + keep);
    }
    this.folder = folder;
    this.keep = keep;
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

    private static void copy(StoredTensor from, Tensor into) {
      if (!Arrays.equals(from.shape(), shape(into)) || from.encoding() != encoding(into)) {
        throw new UserError(
            from.where(),
            "%s %s".formatted(from.encoding(), Arrays.toString(from.shape())),
            into.toString(),
            "The checkpoint is of another model; start this training afresh.");
      }
      into.data().copyFrom(from.data());
    }
  }

  /// Writes the checkpoint of `step` and removes the oldest ones. A disk that is full or refuses
  /// is not the end: the failure is said, the earlier checkpoints stay, and training goes on.
  /// @param parts tensors by name, by the name of the part
  /// @param state maps with string keys, lists, strings, numbers, booleans, null
  /// @return whether the checkpoint stands
  public boolean save(
      long step, Map<String, ? extends Map<String, Tensor>> parts, Map<String, Object> state) {
    Path aside = folder.resolve(HIDDEN + name(step));
    try {
      clearHidden();
      Files.createDirectories(aside);
      for (var part : parts.entrySet()) {
        write(aside.resolve(part.getKey() + TENSORS), part.getValue());
      }
      WholeFile.write(aside.resolve(STATE), JsonWriter.write(withStep(step, state)) + "\n");
      WholeFile.write(aside.resolve(SUMS), sums(aside));
      replace(aside, folder.resolve(name(step)));
      prune();
      failure = null;
      return true;
    } catch (UserError | IOException | UncheckedIOException e) {
      failure = e instanceof UserError user ? user : unwritable(e);
      progress.say("WARNING: the checkpoint of step %d could not be saved; training goes on%s. %s"
          .formatted(step, steps().isEmpty() ? "" : ", the earlier ones stay", message(e)));
      discard(aside);
      return false;
    }
  }

  /// The state of the newest whole checkpoint, copied into the tensors of `fresh`; `fresh` itself
  /// where there is none.
  public TrainState resume(TrainState fresh) {
    var saved = newest();
    if (saved == null) {
      return fresh;
    }
    parts(fresh).forEach(saved::into);
    return fresh.at(saved.step());
  }

  /// Saves after every `steps`-th step and when the user asks to stop, which then ends the training
  /// with [Interrupted].
  public Training.Listener every(long steps) {
    if (steps < 1) {
      throw new UserError(
          "checkpoint interval", "" + steps, "at least 1", "Give a number of steps.");
    }
    return (step, state) -> {
      boolean stop = progress.interrupted();
      if (stop || step.number() % steps == 0) {
        save(state.step(), parts(state), Map.of("loss", step.loss()));
      }
      if (stop) {
        throw new Interrupted();
      }
    };
  }

  private static Map<String, SequencedMap<String, Tensor>> parts(TrainState state) {
    var parts = new LinkedHashMap<String, SequencedMap<String, Tensor>>();
    parts.put(MODEL, state.parameters());
    parts.put("adam-m", state.m());
    parts.put("adam-v", state.v());
    return parts;
  }

  /// To be called at the end of a training.
  /// @throws UserError if saving was tried and no checkpoint stands
  public void finish() {
    if (failure != null && steps().isEmpty()) {
      throw failure;
    }
  }

  /// The newest checkpoint that is whole, or null if there is none. Damaged ones are renamed, so
  /// that they count no more.
  public Saved newest() {
    var steps = steps();
    for (long step : steps.reversed()) {
      Path checkpoint = folder.resolve(name(step));
      String damage = damage(checkpoint);
      if (damage == null) {
        return saved(step);
      }
      progress.say("WARNING: checkpoint %s is damaged: %s. %s"
          .formatted(
              checkpoint,
              damage,
              step == steps.getFirst()
                  ? "There is none before it: training starts again."
                  : "Going back to the one before."));
      setAside(checkpoint);
    }
    return null;
  }

  private Saved saved(long step) {
    Path checkpoint = folder.resolve(name(step));
    return new Saved(step, Json.read(checkpoint.resolve(STATE)), checkpoint);
  }

  /// The checkpoints that are whole, oldest first.
  public List<Saved> whole() {
    return steps().stream()
        .filter(step -> damage(folder.resolve(name(step))) == null)
        .map(this::saved)
        .toList();
  }

  /// The steps of the checkpoints that stand, oldest first, whole or not.
  public List<Long> steps() {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (var files = Files.list(folder)) {
      return files
          .map(file -> NAME.matcher(file.getFileName().toString()))
          .filter(Matcher::matches)
          .map(matcher -> Long.valueOf(matcher.group(1)))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw WholeFile.unreadable(folder, e);
    }
  }

  private static String name(long step) {
    return "step-%08d".formatted(step);
  }

  private static Map<String, Object> withStep(long step, Map<String, Object> state) {
    var out = new LinkedHashMap<String, Object>();
    out.put("step", step);
    out.putAll(state);
    return out;
  }

  private static void write(Path file, Map<String, Tensor> tensors) {
    var stored = new ArrayList<StoredTensor>();
    tensors.forEach((name, tensor) ->
        stored.add(new StoredTensor(name, encoding(tensor), shape(tensor), tensor.data())));
    Safetensors.write(file, stored, Map.of());
  }

  private static Encoding encoding(Tensor tensor) {
    return tensor.type() == DType.F32 ? Encoding.F32 : Encoding.F64;
  }

  private static long[] shape(Tensor tensor) {
    return new long[] {tensor.rows(), tensor.cols()};
  }

  /// Digests of all files of a checkpoint, read back from where they were written.
  private static String sums(Path checkpoint) throws IOException {
    var sums = new TreeMap<String, String>();
    try (var files = Files.list(checkpoint)) {
      for (Path file : files.toList()) {
        sums.put(file.getFileName().toString(), digest(file));
      }
    }
    var out = new StringBuilder();
    sums.forEach((file, sum) -> out.append(sum).append("  ").append(file).append('\n'));
    return out.toString();
  }

  private static String digest(Path file) throws IOException {
    try (var in = Files.newInputStream(file)) {
      var digest = MessageDigest.getInstance("SHA-256");
      var buffer = new byte[1 << 16];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /// What is wrong with a checkpoint, or null.
  private static String damage(Path checkpoint) {
    try {
      Path sums = checkpoint.resolve(SUMS);
      if (!Files.exists(sums)) {
        return "it has no " + SUMS;
      }
      boolean state = false;
      for (String line : new String(Files.readAllBytes(sums), UTF_8).lines().toList()) {
        var sum = SUM.matcher(line);
        if (!sum.matches()) {
          return "a line of " + SUMS + " is not a digest and a name";
        }
        Path file = checkpoint.resolve(sum.group(2));
        if (!Files.exists(file)) {
          return file.getFileName() + " is missing";
        }
        if (!digest(file).equals(sum.group(1))) {
          return file.getFileName() + " differs from its digest";
        }
        state |= sum.group(2).equals(STATE);
      }
      return state ? null : SUMS + " names no " + STATE;
    } catch (IOException e) {
      return message(e);
    }
  }

  /// Gives `aside` the name `target`; an older folder of that name goes.
  private void replace(Path aside, Path target) throws IOException {
    if (Files.exists(target)) {
      remove(target);
    }
    WholeFile.syncFolder(aside);
    Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
    WholeFile.syncFolder(folder);
  }

  /// Takes a checkpoint's name away in one step, then its files.
  private void remove(Path checkpoint) throws IOException {
    Path old = folder.resolve(HIDDEN + "old-" + checkpoint.getFileName());
    discard(old);
    Files.move(checkpoint, old, StandardCopyOption.ATOMIC_MOVE);
    discard(old);
  }

  private void prune() throws IOException {
    var steps = steps();
    for (long step : steps.subList(0, Math.max(0, steps.size() - keep))) {
      remove(folder.resolve(name(step)));
    }
  }

  private void setAside(Path checkpoint) {
    Path damaged = folder.resolve(DAMAGED + checkpoint.getFileName());
    try {
      discard(damaged);
      Files.move(checkpoint, damaged, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      progress.say("WARNING: %s could not be renamed: %s".formatted(checkpoint, message(e)));
    }
  }

  private void clearHidden() {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (var files = Files.list(folder)) {
      files
          .filter(file -> file.getFileName().toString().startsWith(HIDDEN))
          .sorted(Comparator.naturalOrder())
          .forEach(Checkpoints::discard);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Removes a folder and what is in it; what refuses to go stays, under a name that is never
  /// taken for a checkpoint or with digests that no longer hold.
  private static void discard(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    try {
      Files.walkFileTree(folder, new SimpleFileVisitor<>() {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
            throws IOException {
          Files.delete(file);
          return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path path, IOException e) throws IOException {
          Files.delete(path);
          return FileVisitResult.CONTINUE;
        }
      });
    } catch (IOException e) {
      // The space is not freed; nothing else depends on it.
    }
  }

  private UserError unwritable(Exception e) {
    return e instanceof IOException io
        ? WholeFile.unwritable(folder, io)
        : WholeFile.unwritable(folder, ((UncheckedIOException) e).getCause());
  }

  private static String message(Exception e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
