package herd.run;

import herd.engine.UserError;
import herd.run.RunDirectory.Found;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Runs the tasks of a run whose results are missing, changed or made from something else, in
/// order, and keeps the rest.
public final class Raise {
  private final RunDirectory run;
  private final long seed;
  private final List<Task> tasks;

  /// @param tasks each after those it reads
  public Raise(RunDirectory run, long seed, List<Task> tasks) {
    this.run = run;
    this.seed = seed;
    this.tasks = List.copyOf(tasks);
  }

  /// What happens to a task.
  /// @param runs whether it runs; its result is kept otherwise
  /// @param why in words
  public record Decision(Task task, String fingerprint, boolean runs, String why) {}

  /// What would run and why, in order.
  /// @param from run this task and all after it even if nothing changed; null for none
  /// @param until leave out the tasks after this one; null for none
  /// @throws UserError if there is no such task
  public List<Decision> plan(String from, String until) {
    check(from, "--from");
    check(until, "--until");
    var prints = new LinkedHashMap<String, String>();
    var decisions = new ArrayList<Decision>();
    boolean forced = false;
    for (var task : tasks) {
      var inputs = new TreeMap<>(task.sources());
      task.inputs().forEach(input -> inputs.put(input, prints.get(input)));
      var print = Fingerprint.of(task.kind(), task.version(), seed, task.settings(), inputs);
      prints.put(task.name(), print);
      forced |= task.name().equals(from);
      var why = forced ? "asked for by --from " + from : why(task, print, inputs);
      decisions.add(new Decision(task, print, why != null, why != null ? why : "unchanged"));
      if (task.name().equals(until)) {
        break;
      }
    }
    return decisions;
  }

  private void check(String stage, String option) {
    var names = tasks.stream().map(Task::name).toList();
    if (stage != null && !names.contains(stage)) {
      throw new UserError(
          option + " " + stage, "no such stage", String.join(", ", names), "Choose one of these.");
    }
  }

  private String why(Task task, String print, Map<String, String> inputs) {
    return switch (run.find(task.name())) {
      case Found.Missing() -> "no result";
      case Found.Damaged(String what) -> "tampered: " + what + "; made again";
      case Found.Whole whole when whole.fingerprint().equals(print) -> null;
      case Found.Whole whole -> changes(task, whole.json(), inputs);
    };
  }

  private String changes(Task task, ObjectNode old, Map<String, String> inputs) {
    var changes = new ArrayList<String>();
    var settings = new ArrayList<String>();
    differences(task.name(), old.path("settings"), task.settings(), settings);
    if (!settings.isEmpty()) {
      changes.add("settings changed: " + String.join(", ", settings));
    }
    inputs.forEach((name, print) -> {
      if (!print.equals(old.path("inputs").path(name).asString(""))) {
        changes.add("input " + name + " changed");
      }
    });
    if (old.path("seed").asLong(seed) != seed) {
      changes.add("seed changed: " + old.path("seed").asLong(0) + " → " + seed);
    }
    if (old.path("version").asInt(task.version()) != task.version()) {
      changes.add("the stage's code changed");
    }
    return changes.isEmpty() ? "its inputs changed" : String.join("; ", changes);
  }

  private static void differences(String path, JsonNode old, JsonNode now, List<String> to) {
    if (old.isObject() && now.isObject()) {
      var keys = new LinkedHashSet<String>();
      now.properties().forEach(entry -> keys.add(entry.getKey()));
      old.properties().forEach(entry -> keys.add(entry.getKey()));
      keys.forEach(key -> differences(path + "." + key, old.path(key), now.path(key), to));
    } else if (old.isArray() && now.isArray() && old.size() == now.size()) {
      for (int i = 0; i < now.size(); i++) {
        differences(path + "." + i, old.get(i), now.get(i), to);
      }
    } else if (!old.toString().equals(now.toString())) {
      to.add(path + " " + words(old) + " → " + words(now));
    }
  }

  private static String words(JsonNode value) {
    if (value.isMissingNode()) {
      return "nothing";
    }
    if (value.isIntegralNumber()
        && value.asLong(0) >= 1_000_000
        && value.asLong(0) % 100_000 == 0) {
      return (value.asLong(0) / 1e6 + "M").replace(".0M", "M");
    }
    var text = value.isString() ? value.stringValue() : value.toString();
    return text.length() > 40 ? text.substring(0, 40) + "…" : text;
  }

  /// Runs what a plan says. Stops at the first failure; what is complete stays.
  /// @param afterEach told after each task, run or kept, with the names kept so far
  /// @throws Interrupted if the user asked to stop and the running task has saved its state
  public void run(
      List<Decision> plan, Console console, Machine machine, Consumer<Set<String>> afterEach) {
    var kept = new LinkedHashSet<String>();
    for (var decision : plan) {
      var name = decision.task().name();
      if (!decision.runs()) {
        kept.add(name);
        console.say(name, "kept: " + decision.why());
      } else if (!decision.why().startsWith("asked") && run.recover(name, decision.fingerprint())) {
        kept.add(name);
        console.say(name, "kept: it was complete when the program was stopped");
      } else {
        perform(decision, console, machine);
      }
      afterEach.accept(kept);
    }
  }

  private void perform(Decision decision, Console console, Machine machine) {
    var task = decision.task();
    var aside = run.begin(task.name(), decision.fingerprint());
    var why = aside.resumed() ? "goes on where it was interrupted" : decision.why();
    var progress = console.begin(task.name(), why);
    if (progress.interrupted()) {
      throw new Interrupted();
    }
    var started = Instant.now();
    long nanos = System.nanoTime();
    var facts = JsonNodeFactory.instance.objectNode();
    var inputs = new LinkedHashMap<String, Path>();
    task.inputs().forEach(input -> inputs.put(input, run.stage(input)));
    try {
      // Not the task's position: a stage added before it must not change its randomness.
      long own = seed * 31 + task.name().hashCode();
      task.work().run(new Workspace(aside.result(), aside.scratch(), facts, progress, own), inputs);
    } catch (IOException e) {
      throw Disk.trouble(e, aside.result());
    } catch (RuntimeException e) {
      throw e instanceof Interrupted ? e : Disk.trouble(e, aside.result());
    }
    double seconds = Math.round((System.nanoTime() - nanos) / 1e6) / 1e3;
    var json = JsonNodeFactory.instance.objectNode();
    json.put("stage", task.name())
        .put("kind", task.kind())
        .put("fingerprint", decision.fingerprint())
        .put("version", task.version())
        .put("seed", seed)
        .put("started", started.truncatedTo(ChronoUnit.SECONDS).toString())
        .put("seconds", seconds)
        .put("resumed", aside.resumed());
    json.set("settings", task.settings());
    json.set("inputs", inputs(task));
    json.set("machine", machine.json());
    json.set("facts", facts);
    run.complete(task.name(), aside, json);
    console.end(task.name(), seconds, summary(facts));
  }

  private ObjectNode inputs(Task task) {
    var json = JsonNodeFactory.instance.objectNode();
    task.sources().forEach(json::put);
    task.inputs().forEach(input -> {
      var record = run.json(input);
      json.put(input, record == null ? "" : record.path("fingerprint").asString(""));
    });
    return json;
  }

  private static String summary(ObjectNode facts) {
    var words = new ArrayList<String>();
    for (var count : facts.path("counts").properties()) {
      if (count.getValue().isNumber() && words.size() < 4) {
        words.add(String.format(Locale.ROOT, "%,d %s", count.getValue().asLong(0), count.getKey()));
      }
    }
    return String.join(", ", words);
  }
}
