package herd.train.course;

import herd.engine.UserError;
import herd.engine.io.Json;
import herd.engine.io.JsonValue;
import herd.engine.io.JsonWriter;
import herd.engine.io.WholeFile;
import herd.engine.model.LlamaConfig;
import herd.engine.tensor.Kernels;
import herd.run.Workspace;
import herd.train.SourceLosses;
import herd.train.TrainState;
import herd.train.Training;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;

/// What each step of a training was like: shown as it goes, written to `metrics.jsonl` row by row,
/// and summed up in `facts.series` for the report. An interrupted training goes on with the rows
/// that it had; those after the checkpoint it returns to are dropped.
public final class Metrics implements Training.Listener {
  private static final String FILE = "metrics.jsonl";
  private static final List<String> COLUMNS =
      List.of("step", "tokens", "loss", "learningRate", "gradNorm", "tokensPerSecond");
  private static final String EVENTS = "events.out.tfevents.0.herd";
  private static final long WARM_NANOS = 3_000_000_000L;
  private static final double STILL = 50; // times as long as steps usually take
  private static final double STILL_SECONDS = 5;

  /// Rows in the report's series, at most.
  static final int SHOWN = 600;

  /// Weight of the latest step in what is shown as it goes.
  private static final double LATEST = 0.05;

  /// One step.
  /// @param tokens of all steps so far
  /// @param sources loss of each source that was seen
  /// @param tokensPerSecond from the end of the step before to the end of this one; not a number
  ///     where the machine stood still in between
  private record Row(
      long step,
      long tokens,
      double loss,
      double rate,
      double norm,
      double tokensPerSecond,
      Map<String, Double> sources) {
    Map<String, Object> json() {
      var json = new LinkedHashMap<String, Object>();
      json.put("step", step);
      json.put("tokens", tokens);
      json.put("loss", loss);
      json.put("learningRate", rate);
      json.put("gradNorm", norm);
      json.put("tokensPerSecond", Double.isNaN(tokensPerSecond) ? null : tokensPerSecond);
      if (!sources.isEmpty()) {
        json.put("sources", sources);
      }
      return json;
    }

    static Row of(String line, String where) {
      var json = new JsonValue(Json.read(line, where), where);
      return new Row(
          json.get("step").integer(),
          json.get("tokens").integer(),
          json.get("loss").number(),
          json.get("learningRate").number(),
          json.get("gradNorm").number(),
          json.find("tokensPerSecond").isNull()
              ? Double.NaN
              : json.get("tokensPerSecond").number(),
          Metrics.sources(json.find("sources")));
    }
  }

  private static Map<String, Double> sources(JsonValue json) {
    var sources = new LinkedHashMap<String, Double>();
    if (!json.isNull()) {
      json.object().keySet().forEach(name -> sources.put(name, json.get(name).number()));
    }
    return sources;
  }

  private final Workspace workspace;
  private final SourceLosses losses;
  private final Kernels kernels;
  private final LlamaConfig model;
  private final LongSupplier clock;
  private final long begun;
  private EventFile events;
  private double peak = Double.NaN;
  private final long steps;
  private final Path file;
  private final List<Row> rows = new ArrayList<>();
  private long tokens;
  private long nanos;
  private double still; // seconds in which nothing ran
  private double shownLoss = Double.NaN;
  private double shownSpeed = Double.NaN;
  private boolean writing = true;

  /// Without losses by source or the share of the machine that is used.
  public Metrics(Workspace workspace, long steps, long done) {
    this(workspace, steps, done, null, null, null);
  }

  /// @param steps of the whole training
  /// @param done steps that were done when it began: 0, or those of the checkpoint
  /// @param losses by source, null if nobody asks
  /// @param kernels whose peak is measured, null if nobody asks
  /// @param model whose share of that peak is told; null if nobody asks
  public Metrics(
      Workspace workspace,
      long steps,
      long done,
      SourceLosses losses,
      Kernels kernels,
      LlamaConfig model) {
    this(workspace, steps, done, losses, kernels, model, System::nanoTime);
  }

  /// @param clock nanoseconds since some moment, which no change of the time of day moves
  Metrics(
      Workspace workspace,
      long steps,
      long done,
      SourceLosses losses,
      Kernels kernels,
      LlamaConfig model,
      LongSupplier clock) {
    this.clock = clock;
    this.begun = clock.getAsLong();
    this.nanos = begun;
    this.workspace = workspace;
    this.losses = losses;
    this.kernels = kernels;
    this.model = model;
    this.steps = steps;
    this.file = workspace.scratch().resolve(FILE);
    recall(done);
    write(rows, StandardOpenOption.TRUNCATE_EXISTING);
    event(file -> file.restart(done));
  }

  /// Forgets the steps after `step`.
  void rewind(long step) {
    rows.removeIf(row -> row.step > step);
    tokens = rows.isEmpty() ? 0 : rows.getLast().tokens;
    write(rows, StandardOpenOption.TRUNCATE_EXISTING);
    event(file -> file.restart(step));
  }

  /// Ends the training with a [LossSpike] where `rule` says so. To be told of a step before these
  /// metrics are.
  Training.Listener spikes(SpikeRule rule) {
    return (step, _) -> {
      var before = rows.stream().map(Row::loss).toList();
      if (rule.spike(before, step.loss())) {
        throw new LossSpike(step.number(), step.loss());
      }
    };
  }

  /// Reads the rows up to step `done`, as far as they are whole.
  private void recall(long done) {
    if (done == 0) {
      return;
    }
    try {
      for (String line : Files.readAllLines(file)) {
        var row = Row.of(line, file.toString());
        if (row.step > done) {
          break;
        }
        rows.add(row);
        tokens = row.tokens;
      }
    } catch (IOException | UserError e) {
      workspace
          .progress()
          .say("WARNING: the metrics of earlier steps cannot be read: " + e.getMessage());
    }
  }

  @Override
  public void after(Training.Step step, TrainState state) {
    long now = clock.getAsLong();
    double seconds = (now - nanos) / 1e9;
    nanos = now;
    tokens += step.tokens();
    double speed = stoodStill(step, seconds) ? Double.NaN : step.tokens() / seconds;
    var sources = losses == null ? Map.<String, Double>of() : losses.take();
    var row = new Row(step.number(), tokens, step.loss(), step.rate(), step.norm(), speed, sources);
    rows.add(row);
    write(List.of(row), StandardOpenOption.APPEND);
    event(row);
    shownLoss = blend(shownLoss, step.loss());
    if (!Double.isNaN(speed)) {
      shownSpeed = 1 / blend(1 / shownSpeed, 1 / speed);
    }
    show(step.number());
  }

  /// Whether the machine slept or the program was stopped within the step: it took so much
  /// longer than the others that its speed says nothing of the training's. Nor does it where
  /// the clock went back.
  private boolean stoodStill(Training.Step step, double seconds) {
    if (seconds <= 0) {
      return true;
    }
    double usual = step.tokens() / shownSpeed; // not a number at first
    if (!(seconds > STILL * usual && seconds > STILL_SECONDS)) {
      return false;
    }
    still += seconds - usual;
    workspace
        .progress()
        .say(("step %d took %.0f seconds, those before it %.2g: the machine or the program stood"
                + " still, which is not counted as speed")
            .formatted(step.number(), seconds, usual));
    return true;
  }

  private static double blend(double shown, double latest) {
    return Double.isNaN(shown) ? latest : shown + LATEST * (latest - shown);
  }

  private void show(long step) {
    var facts = new LinkedHashMap<String, Object>();
    facts.put("loss", Math.round(shownLoss * 1000) / 1000.0);
    facts.put("tokens/s", Math.round(shownSpeed));
    facts.put("lr", rows.getLast().rate);
    facts.put("norm", Math.round(rows.getLast().norm * 1000) / 1000.0);
    if (Double.isNaN(peak) && kernels != null && clock.getAsLong() - begun > WARM_NANOS) {
      peak = Peak.measure(kernels);
      nanos = clock.getAsLong();
    }
    if (peak > 0) {
      facts.put("MFU", "%d%%".formatted(Math.round(100 * utilisation(shownSpeed))));
    }
    workspace.progress().at(step, steps, "steps", facts);
  }

  /// Share of the machine's peak that `tokensPerSecond` use.
  private double utilisation(double tokensPerSecond) {
    return tokensPerSecond * Peak.flops(model) / peak;
  }

  /// Something written to the event file.
  private interface Written {
    void to(EventFile file) throws IOException;
  }

  private void event(Row row) {
    var values = new LinkedHashMap<String, Double>();
    values.put("loss", row.loss);
    values.put("learningRate", row.rate);
    values.put("gradNorm", row.norm);
    if (!Double.isNaN(row.tokensPerSecond)) {
      values.put("tokensPerSecond", row.tokensPerSecond);
    }
    if (peak > 0 && values.containsKey("tokensPerSecond")) {
      values.put("mfu", utilisation(row.tokensPerSecond));
    }
    row.sources.forEach((source, loss) -> values.put("loss/" + source, loss));
    event(file -> file.scalars(row.step, values));
  }

  private void event(Written written) {
    if (!writing) {
      return;
    }
    try {
      if (events == null) {
        Files.createDirectories(file.getParent());
        events = new EventFile(file.resolveSibling(EVENTS));
      }
      written.to(events);
    } catch (IOException e) {
      stopWriting(e);
    }
  }

  private void stopWriting(IOException e) {
    writing = false;
    workspace.progress().say("WARNING: metrics are no longer written: " + e.getMessage());
  }

  /// A full disk takes the file, not the training.
  private void write(List<Row> some, StandardOpenOption how) {
    if (!writing) {
      return;
    }
    var text = new StringBuilder();
    some.forEach(row -> text.append(JsonWriter.write(row.json())).append('\n'));
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.WRITE, how);
    } catch (IOException e) {
      stopWriting(e);
    }
  }

  /// Loss of every step so far.
  public double[] losses() {
    return rows.stream().mapToDouble(Row::loss).toArray();
  }

  /// Tokens of all steps so far.
  public long tokens() {
    return tokens;
  }

  /// Writes all rows to `metrics.jsonl` of the result, tokens and steps to the counts, and a series
  /// of the name `train` to the facts: the first step, then means over as many steps each as it
  /// takes to stay below
  /// 600 rows.
  public void finish() {
    finish(Double.NaN);
  }

  /// As [#finish()].
  /// @param paused seconds that training waited for checkpoints, since it was begun or resumed
  void finish(double paused) {
    var training = workspace.facts().withObjectProperty("training");
    double seconds = (clock.getAsLong() - begun) / 1e9 - still;
    if (still > 0) {
      training.put("stoodStillSeconds", Math.round(still));
    }
    if (paused >= 0) {
      training.put("pausedByCheckpoints", rounded(paused / Math.max(1e-9, seconds)));
    }
    if (peak > 0) {
      training.put("mfu", rounded(utilisation(shownSpeed)));
      training.put("peakGflops", Math.round(peak / 1e9));
    }
    keepEvents();
    WholeFile.write(workspace.result().resolve(FILE), out -> {
      for (var row : rows) {
        out.write((JsonWriter.write(row.json()) + "\n").getBytes(StandardCharsets.UTF_8));
      }
    });
    workspace.facts().withObjectProperty("counts").put("tokens", tokens).put("steps", steps);
    var series = workspace.facts().withArrayProperty("series").addObject().put("name", "train");
    var columns = series.putArray("columns");
    COLUMNS.forEach(columns::add);
    var list = series.putArray("rows");
    int stride = Math.ceilDiv(rows.size(), SHOWN - 1);
    for (int from = 0; from < rows.size(); from += from == 0 ? 1 : stride) {
      var mean = mean(rows.subList(from, Math.min(rows.size(), from == 0 ? 1 : from + stride)));
      var line = list.addArray()
          .add(mean.step)
          .add(mean.tokens)
          .add(mean.loss)
          .add(mean.rate)
          .add(mean.norm);
      if (Double.isNaN(mean.tokensPerSecond)) {
        line.addNull();
      } else {
        line.add(Math.round(mean.tokensPerSecond));
      }
    }
    sourceSeries();
  }

  private void keepEvents() {
    try {
      if (events != null) {
        events.close();
        events = null;
        var from = file.resolveSibling(EVENTS);
        Files.copy(from, workspace.result().resolve(EVENTS), StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      workspace.progress().say("WARNING: the event file is not kept: " + e.getMessage());
    }
  }

  /// The curve of each source, as a series of the name `sources`: means over as many steps each as
  /// it takes to stay below 300 rows.
  private void sourceSeries() {
    var names = new TreeSet<String>();
    rows.forEach(row -> names.addAll(row.sources.keySet()));
    if (names.size() < 2) {
      return;
    }
    var series = workspace.facts().withArrayProperty("series").addObject().put("name", "sources");
    var columns = series.putArray("columns").add("step");
    names.forEach(columns::add);
    var list = series.putArray("rows");
    int stride = Math.ceilDiv(rows.size(), SHOWN / 2);
    var shown = new TreeMap<String, Double>();
    for (int from = 0; from < rows.size(); from += stride) {
      var some = rows.subList(from, Math.min(rows.size(), from + stride));
      var line = list.addArray().add(some.getLast().step);
      for (var name : names) {
        some.stream()
            .filter(row -> row.sources.containsKey(name))
            .mapToDouble(row -> row.sources.get(name))
            .average()
            .ifPresent(mean -> shown.put(name, mean));
        line.add(rounded(shown.getOrDefault(name, rows.getFirst().loss)));
      }
    }
  }

  private static Row mean(List<Row> some) {
    double loss = 0;
    double norm = 0;
    double inverse = 0;
    int timed = 0;
    for (var row : some) {
      loss += row.loss / some.size();
      norm += row.norm / some.size();
      if (!Double.isNaN(row.tokensPerSecond)) {
        inverse += 1 / row.tokensPerSecond;
        timed++;
      }
    }
    var last = some.getLast();
    double speed = timed == 0 ? Double.NaN : timed / inverse;
    return new Row(
        last.step, last.tokens, rounded(loss), last.rate, rounded(norm), speed, Map.of());
  }

  private static double rounded(double value) {
    return Math.round(value * 1e5) / 1e5;
  }
}
