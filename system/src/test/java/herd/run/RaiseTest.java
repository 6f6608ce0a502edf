package herd.run;

import herd.engine.UserError;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class RaiseTest {
  private static final Machine MACHINE = new Machine("cpu", 2, 1, "25", "test", "reference");

  @TempDir
  Path dir;

  private final List<String> ran = new ArrayList<>();
  private int words = 3;
  private boolean stop;
  private RunDirectory run;

  @BeforeEach
  void open() {
    run = new RunDirectory(dir.resolve("r"));
  }

  private Task task(String name, int words, List<String> inputs) {
    var settings = JsonNodeFactory.instance.objectNode().put("words", words);
    return new Task(name, "write", 1, settings, inputs, new TreeMap<>(), (w, in) -> {
      ran.add(name);
      for (var input : in.values()) {
        Files.readString(input.resolve("text"));
      }
      w.progress().at(1, 2, "words");
      if (stop) {
        Files.writeString(w.scratch().resolve("half"), "half");
        throw new Interrupted();
      }
      Files.writeString(w.result().resolve("text"), "word ".repeat(words) + w.seed());
      w.facts().putObject("counts").put("words", words);
      w.facts()
          .putArray("measures")
          .addObject()
          .put("model", "base")
          .put("name", "length")
          .put("value", words)
          .put("items", 7);
    });
  }

  private List<Raise.Decision> raise(long seed, String from, String until) {
    ran.clear();
    var tasks = List.of(
        task("first", 1, List.of()),
        task("second", words, List.of("first")),
        task("third", 5, List.of("second")));
    var raise = new Raise(run, seed, tasks);
    var plan = raise.plan(from, until);
    var out = new PrintStream(OutputStream.nullOutputStream());
    var console = new Console(out, Console.Form.PLAIN, 80, () -> false, System::nanoTime);
    var names = tasks.stream().map(Task::name).toList();
    raise.run(
        plan, console, MACHINE, kept -> ResultJson.write(run, "r", "r.yaml", names, kept, MACHINE));
    return plan;
  }

  @Test
  void onlyWhatChangedRunsAgain() {
    raise(1, null, null);
    assertThat(ran).containsExactly("first", "second", "third");
    raise(1, null, null);
    assertThat(ran).isEmpty();
    words = 4_000_000;
    var plan = raise(1, null, null);
    assertThat(ran).containsExactly("second", "third");
    assertThat(plan)
        .extracting(Raise.Decision::why)
        .containsExactly(
            "unchanged", "settings changed: second.words 3 → 4M", "input second changed");
    assertThat(raise(2, null, null).getFirst().why()).isEqualTo("seed changed: 1 → 2");
  }

  @Test
  void fromAndUntilLimitTheWork() {
    raise(1, null, "second");
    assertThat(ran).containsExactly("first", "second");
    raise(1, "second", null);
    assertThat(ran).containsExactly("second", "third");
    assertThatThrownBy(() -> raise(1, "secnd", null))
        .isInstanceOf(UserError.class)
        .hasMessage(
            "--from secnd: no such stage; allowed: first, second, third. Choose one of these.");
  }

  @Test
  void tamperedResultsAreMadeAgain() throws IOException {
    raise(1, null, null);
    var text = dir.resolve("r/second/text");
    var good = Files.readString(text);
    Files.writeString(text, good.replace("word", "wird"));
    assertThat(raise(1, null, null).get(1).why())
        .isEqualTo("tampered: second/text was changed; made again");
    assertThat(ran).containsExactly("second");
    assertThat(text).hasContent(good);
    Files.writeString(dir.resolve("r/second/more"), "");
    assertThat(raise(1, null, null).get(1).why()).contains("second/more was added");
    Files.delete(text);
    assertThat(raise(1, null, null).get(1).why()).contains("second/text is missing");
    var record = dir.resolve("r/second/stage.json");
    Files.writeString(record, Files.readString(record).replace("\"items\" : 7", "\"items\" : 8"));
    assertThat(raise(1, null, null).get(1).why()).contains("second/stage.json was changed");
    Files.writeString(record, "{");
    assertThat(raise(1, null, null).get(1).why()).contains("second/stage.json cannot be read");
    assertThat(raise(1, null, null).get(1).why()).isEqualTo("unchanged");
  }

  @Test
  void interruptedWorkKeepsItsScratchUnlessSettingsChange() {
    stop = true;
    assertThatThrownBy(() -> raise(1, null, null)).isInstanceOf(Interrupted.class);
    assertThat(dir.resolve("r/first")).doesNotExist();
    assertThat(dir.resolve("r/.first.scratch/half")).exists();
    stop = false;
    raise(1, null, "first");
    assertThat(run.json("first").path("resumed").asBoolean(false)).isTrue();
    assertThat(dir.resolve("r/.first.scratch")).doesNotExist();
    stop = true;
    assertThatThrownBy(() -> raise(3, null, null)).isInstanceOf(Interrupted.class);
    stop = false;
    raise(4, null, null);
    assertThat(run.json("first").path("resumed").asBoolean(true)).isFalse();
  }

  @Test
  void resultThatWasCompleteButNotRenamedIsTakenOver() throws IOException {
    raise(1, null, null);
    Files.move(dir.resolve("r/second"), dir.resolve("r/.second.tmp"));
    raise(1, null, null);
    assertThat(ran).isEmpty();
    assertThat(dir.resolve("r/second/text")).exists();
    Files.move(dir.resolve("r/second"), dir.resolve("r/.second.tmp"));
    Files.writeString(dir.resolve("r/.second.tmp/text"), "half");
    raise(1, null, null);
    assertThat(ran).containsExactly("second");
  }

  @Test
  void resultJsonSumsUp() throws IOException {
    raise(1, null, null);
    raise(1, "third", null);
    var json =
        JsonMapper.builder().build().readTree(Files.readString(dir.resolve("r/result.json")));
    assertThat(json.path("stages")).hasSize(3);
    assertThat(json.path("stages").get(0).path("kept").asBoolean()).isTrue();
    assertThat(json.path("stages").get(2).path("kept").asBoolean()).isFalse();
    assertThat(json.path("stages").get(1).path("counts").path("words").asInt()).isEqualTo(3);
    assertThat(json.path("models").path("base").path("length").path("value").asInt())
        .isEqualTo(5);
    assertThat(json.path("machine").path("cpu").asString()).isEqualTo("cpu");
  }

  @Test
  void readOnlyPlaceIsNamed() throws IOException {
    Files.createDirectories(dir.resolve("r"));
    dir.resolve("r").toFile().setWritable(false);
    Assumptions.assumeFalse(Files.isWritable(dir.resolve("r")), "root may write everywhere");
    assertThatThrownBy(() -> raise(1, null, null))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(dir.resolve("r").toString());
  }

  @Test
  void placeThatIsAFileIsNamed() throws IOException {
    Files.writeString(dir.resolve("r"), "");
    assertThatThrownBy(() -> raise(1, null, null))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("not a directory");
  }

  @Test
  void fullDiskIsNamed() throws Exception {
    var full = Path.of("/dev/full");
    Assumptions.assumeTrue(Files.exists(full), "no /dev/full here");
    var task = new Task(
        "a",
        "write",
        1,
        JsonNodeFactory.instance.objectNode(),
        List.of(),
        new TreeMap<>(),
        (_, _) -> Files.writeString(full, "x"));
    var raise = new Raise(run, 1, List.of(task));
    var console = new Console(System.out, Console.Form.PLAIN, 80, () -> false, System::nanoTime);
    assertThatThrownBy(() -> raise.run(raise.plan(null, null), console, MACHINE, _ -> {}))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(".a.tmp: no space left on the disk");
  }

  /// Counts to 40 with its state in the scratch directory, as a training stage does.
  static final class Counting {
    private Counting() {}

    static Task task(int pause) {
      return new Task(
          "count",
          "count",
          1,
          JsonNodeFactory.instance.objectNode(),
          List.of("first"),
          new TreeMap<>(),
          (w, _) -> {
            var state = w.scratch().resolve("state");
            int from = Files.exists(state) ? Integer.parseInt(Files.readString(state)) : 0;
            w.facts().put("from", from);
            for (int i = from; i < 40; i++) {
              Disk.write(state, "" + (i + 1));
              System.out.println("at " + i);
              sleep(pause);
            }
            Files.copy(state, w.result().resolve("count"));
          });
    }

    static Task first() {
      return new Task(
          "first",
          "first",
          1,
          JsonNodeFactory.instance.objectNode(),
          List.of(),
          new TreeMap<>(),
          (w, _) -> Files.writeString(w.result().resolve("f"), "" + System.nanoTime()));
    }

    private static void sleep(int millis) {
      try {
        Thread.sleep(millis);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    static void raise(Path dir, int pause) {
      try (var _ = RunLock.take(dir)) {
        var raise = new Raise(new RunDirectory(dir), 1, List.of(first(), task(pause)));
        var console =
            new Console(System.out, Console.Form.PLAIN, 80, () -> false, System::nanoTime);
        raise.run(raise.plan(null, null), console, MACHINE, _ -> {});
      }
    }

    public static void main(String[] args) {
      raise(Path.of(args[0]), 50);
    }
  }

  private Process child(Path target) throws IOException {
    return new ProcessBuilder(
            ProcessHandle.current().info().command().orElseThrow(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            Counting.class.getName(),
            target.toString())
        .redirectErrorStream(true)
        .start();
  }

  @Test
  void killedProgramGoesOnWhereItWas() throws Exception {
    var target = dir.resolve("k");
    var child = child(target);
    try (var lines = child.inputReader()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.equals("at 5")) {
          break;
        }
      }
      assertThatThrownBy(() -> RunLock.take(target))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("in use by process " + child.pid() + " on ")
          .hasMessageContaining("since 20");
      child.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }
    var first = Files.readString(target.resolve("first/f"));
    assertThat(target.resolve("count")).doesNotExist();
    Counting.raise(target, 0);
    assertThat(Files.readString(target.resolve("first/f"))).isEqualTo(first);
    assertThat(target.resolve("count/count")).hasContent("40");
    var json = new RunDirectory(target).json("count");
    assertThat(json.path("facts").path("from").asInt()).isGreaterThanOrEqualTo(5);
    assertThat(json.path("resumed").asBoolean()).isTrue();
  }

  @Test
  void runIsLockedWithinOneProgramToo() {
    try (var _ = RunLock.take(dir)) {
      assertThatThrownBy(() -> RunLock.take(dir))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("in use by process " + ProcessHandle.current().pid());
    }
    RunLock.take(dir).close();
  }

  @Test
  void fingerprintIgnoresTheOrderOfKeys() {
    var one = JsonNodeFactory.instance.objectNode().put("a", 1).put("b", 2);
    var two = JsonNodeFactory.instance.objectNode().put("b", 2).put("a", 1);
    assertThat(Fingerprint.of(one)).isEqualTo(Fingerprint.of(two)).hasSize(64);
    assertThat(Fingerprint.of(one.put("a", 3))).isNotEqualTo(Fingerprint.of(two));
  }
}
