package herd.train.course;

import herd.engine.UserError;
import herd.engine.io.Json;
import herd.engine.io.JsonValue;
import herd.engine.io.JsonWriter;
import herd.engine.io.WholeFile;
import herd.run.Workspace;
import herd.train.TrainState;
import herd.train.Training;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What each step of a training was like: shown as it goes, written to `metrics.jsonl` row by row,
/// and summed up in `facts.series` for the report. An interrupted training goes on with the rows
/// that it had; those after the checkpoint it returns to are dropped.
public final class Metrics implements Training.Listener {
  private static final String FILE = "metrics.jsonl";
  private static final List<String> COLUMNS =
      List.of("step", "tokens", "loss", "learningRate", "gradNorm", "tokensPerSecond");

  /// Rows in the report's series, at most.
  static final int SHOWN = 600;

  /// Weight of the latest step in what is shown as it goes.
  private static final double LATEST = 0.05;

  /// One step.
  /// @param tokens of all steps so far
  /// @param tokensPerSecond from the end of the step before to the end of this one
  private record Row(
      long step, long tokens, double loss, double rate, double norm, double tokensPerSecond) {
    Map<String, Object> json() {
      var json = new LinkedHashMap<String, Object>();
      json.put("step", step);
      json.put("tokens", tokens);
      json.put("loss", loss);
      json.put("learningRate", rate);
      json.put("gradNorm", norm);
      json.put("tokensPerSecond", tokensPerSecond);
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
          json.get("tokensPerSecond").number());
    }
  }

  private final Workspace workspace;
  private final long steps;
  private final Path file;
  private final List<Row> rows = new ArrayList<>();
  private long tokens;
  private long nanos = System.nanoTime();
  private double shownLoss = Double.NaN;
  private double shownSpeed = Double.NaN;
  private boolean writing = true;

  /// @param steps of the whole training
  /// @param done steps that were done when it began: 0, or those of the checkpoint
  public Metrics(Workspace workspace, long steps, long done) {
    this.workspace = workspace;
    this.steps = steps;
    this.file = workspace.scratch().resolve(FILE);
    recall(done);
    write(rows, StandardOpenOption.TRUNCATE_EXISTING);
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
    long now = System.nanoTime();
    double seconds = Math.max(1e-9, (now - nanos) / 1e9);
    nanos = now;
    tokens += step.tokens();
    double speed = step.tokens() / seconds;
    var row = new Row(step.number(), tokens, step.loss(), step.rate(), step.norm(), speed);
    rows.add(row);
    write(List.of(row), StandardOpenOption.APPEND);
    shownLoss = blend(shownLoss, step.loss());
    shownSpeed = 1 / blend(1 / shownSpeed, 1 / speed);
    show(step.number());
  }

  private static double blend(double shown, double latest) {
    return Double.isNaN(shown) ? latest : shown + LATEST * (latest - shown);
  }

  private void show(long step) {
    var facts = new LinkedHashMap<String, Object>();
    facts.put("loss", Math.round(shownLoss * 1000) / 1000.0);
    facts.put("tokens/s", Math.round(shownSpeed));
    workspace.progress().at(step, steps, "steps", facts);
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
      writing = false;
      workspace.progress().say("WARNING: metrics are no longer written: " + e.getMessage());
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
      list.addArray()
          .add(mean.step)
          .add(mean.tokens)
          .add(mean.loss)
          .add(mean.rate)
          .add(mean.norm)
          .add(Math.round(mean.tokensPerSecond));
    }
  }

  private static Row mean(List<Row> some) {
    double loss = 0;
    double norm = 0;
    double inverse = 0;
    for (var row : some) {
      loss += row.loss / some.size();
      norm += row.norm / some.size();
      inverse += 1 / row.tokensPerSecond / some.size();
    }
    var last = some.getLast();
    return new Row(last.step, last.tokens, rounded(loss), last.rate, rounded(norm), 1 / inverse);
  }

  private static double rounded(double value) {
    return Math.round(value * 1e5) / 1e5;
  }
}
