package herd.train.save;

import herd.engine.UserError;
import herd.engine.tensor.DType;
import herd.engine.tensor.Tensor;
import herd.run.Progress;
import herd.train.TrainState;
import herd.train.Training;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class CheckpointsTest {
  @TempDir
  private Path temporary;

  private final Arena arena = Arena.ofConfined();
  private final List<String> said = new ArrayList<>();
  private final Progress progress = new Progress() {
    @Override
    public void at(long done, long total, String unit, Map<String, Object> facts) {}

    @Override
    public void say(String line) {
      said.add(line);
    }
  };

  @AfterEach
  void close() {
    arena.close();
  }

  /// Two parts whose numbers all follow from the step.
  static Map<String, SequencedMap<String, Tensor>> parts(Arena arena, long step, int size) {
    var model = new LinkedHashMap<String, Tensor>();
    model.put("a", Tensor.allocate(arena, DType.F32, size, 3).fill(step));
    model.put("b", Tensor.allocate(arena, DType.F64, 1, 5).fill(-step / 3.0));
    var optimizer = new LinkedHashMap<String, Tensor>();
    optimizer.put("a.m", Tensor.allocate(arena, DType.F32, size, 3).fill(step * 0.5));
    return Map.of("model", model, "optimizer", optimizer);
  }

  private Checkpoints checkpoints() {
    return new Checkpoints(temporary.resolve("checkpoints"), new Retention(2), progress);
  }

  private Path folder(long step) {
    return temporary.resolve("checkpoints/step-%08d".formatted(step));
  }

  private void save(long... steps) {
    for (long step : steps) {
      assertThat(checkpoints().save(step, parts(arena, step, 7), Map.of("loss", 1.0 / step)))
          .isTrue();
    }
  }

  private void assertWhole(Checkpoints.Saved saved, long step) {
    assertThat(saved.step()).isEqualTo(step);
    assertThat(saved.state().get("step").integer()).isEqualTo(step);
    assertThat(saved.state().get("loss").number()).isEqualTo(1.0 / step);
    var expected = parts(arena, step, 7);
    var into = parts(arena, 0, 7);
    into.forEach(saved::into);
    into.forEach((part, tensors) -> tensors.forEach((name, tensor) ->
        assertThat(tensor.data().mismatch(expected.get(part).get(name).data())).isEqualTo(-1)));
  }

  @Test
  void theNewestComesBackAndOldOnesGo() {
    assertThat(checkpoints().newest()).isNull();
    save(10, 20, 30);
    assertThat(checkpoints().steps()).containsExactly(20L, 30L);
    assertWhole(checkpoints().newest(), 30);
    assertThat(said).isEmpty();
  }

  @Test
  void theSameStepMayBeSavedAgain() {
    save(10, 10);
    assertWhole(checkpoints().newest(), 10);
  }

  @ParameterizedTest
  @ValueSource(strings = {"model.safetensors", "optimizer.safetensors", "state.json", "SHA256SUMS"})
  void aDamagedNewestIsSaidAndTheOneBeforeUsed(String file) throws IOException {
    var random = new Random(5);
    for (var damage : List.<java.util.function.UnaryOperator<byte[]>>of(
        bytes -> null,
        bytes -> java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length)),
        bytes -> {
          bytes[random.nextInt(bytes.length)] ^= 4;
          return bytes;
        })) {
      said.clear();
      save(10, 20);
      Path target = folder(20).resolve(file);
      byte[] bytes = damage.apply(Files.readAllBytes(target));
      if (bytes == null) {
        Files.delete(target);
      } else {
        Files.write(target, bytes);
      }
      assertWhole(checkpoints().newest(), 10);
      assertThat(said).singleElement().asString().contains("step-00000020 is damaged", "before");
      assertThat(checkpoints().steps()).containsExactly(10L);
    }
  }

  @Test
  void whenAllAreDamagedTrainingStartsAgain() throws IOException {
    save(10, 20);
    Files.delete(folder(10).resolve("state.json"));
    Files.writeString(folder(20).resolve("state.json"), "{}");
    assertThat(checkpoints().newest()).isNull();
    assertThat(said).hasSize(2).last().asString().contains("starts again");
  }

  @Test
  void aCheckpointOfAnotherModelIsRefused() {
    save(10);
    var other = parts(arena, 0, 8);
    assertThatThrownBy(() -> checkpoints().newest().into("model", other.get("model")))
        .isInstanceOf(UserError.class)
        .hasMessageContainingAll("model.safetensors", "'a'", "[7, 3]", "[8, 3]");
    assertThatThrownBy(() -> checkpoints().newest().into("model", Map.of()))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("another model");
  }

  @Test
  void aSaveThatFailsIsSaidAndTheLastGoodOneStays() throws IOException {
    save(10);
    Path inTheWay = temporary.resolve("checkpoints/.writing-step-00000020");
    var checkpoints = checkpoints();
    var broken = new LinkedHashMap<String, Map<String, Tensor>>(parts(arena, 20, 7));
    broken.put("no-such-folder/x", parts(arena, 20, 7).get("model"));
    assertThat(checkpoints.save(20, broken, Map.of())).isFalse();
    assertThat(inTheWay).doesNotExist();
    assertThat(said).singleElement().asString().contains("step 20", "goes on", "earlier ones stay");
    checkpoints.finish();
    assertWhole(checkpoints.newest(), 10);
  }

  @Test
  void whereNothingCouldBeSavedTheEndSaysSo() throws IOException {
    Path file = Files.writeString(temporary.resolve("file"), "");
    var checkpoints = new Checkpoints(file, new Retention(1), progress);
    checkpoints.finish();
    assertThat(checkpoints.save(1, parts(arena, 1, 1), Map.of())).isFalse();
    assertThatThrownBy(checkpoints::finish).isInstanceOf(UserError.class);
  }

  /// Tensors change right after the save has begun, smaller and larger than what may be copied.
  @ParameterizedTest
  @ValueSource(ints = {7, 30_000, 2_000_000})
  void aCheckpointHoldsOneStepsNumbersWhileTrainingGoesOn(int size) {
    try (var shared = Arena.ofShared();
        var checkpoints = checkpoints()) {
      var parameters = new LinkedHashMap<String, Tensor>();
      for (var name : List.of("a", "b", "c")) {
        parameters.put(name, Tensor.allocate(shared, DType.F32, 1, size).fill(1));
      }
      var state = TrainState.start(shared, parameters);
      var listener = checkpoints.every(1);
      for (long step = 1; step <= 2; step++) {
        state = state.at(step);
        listener.after(new Training.Step(step, 1, 1, 1, 1), state);
        for (var name : parameters.keySet()) {
          listener.changing(name);
          parameters.get(name).data().fill((byte) (step + 1));
          state.v().get(name).data().fill((byte) (step + 10));
        }
      }
      checkpoints.finish();
      var found = TrainState.start(shared, copies(shared, parameters));
      assertThat(checkpoints.resume(found).step()).isEqualTo(2);
      found.parameters().values().forEach(tensor -> assertHolds(tensor, 2));
      found.m().values().forEach(tensor -> assertHolds(tensor, 0));
      found.v().values().forEach(tensor -> assertHolds(tensor, 11));
    }
    assertThat(said).isEmpty();
  }

  private static SequencedMap<String, Tensor> copies(Arena arena, Map<String, Tensor> tensors) {
    var copies = new LinkedHashMap<String, Tensor>();
    tensors.forEach(
        (name, t) -> copies.put(name, Tensor.allocate(arena, t.type(), t.rows(), t.cols())));
    return copies;
  }

  private static void assertHolds(Tensor tensor, int value) {
    var data = tensor.data();
    assertThat(data.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) value);
    long size = data.byteSize();
    assertThat(data.asSlice(1).mismatch(data.asSlice(0, size - 1))).isEqualTo(-1);
  }

  @Test
  void theRuleSaysWhichStay() {
    var rule = new Retention(2, 100);
    assertThat(rule.surplus(List.of(50L, 100L, 150L, 200L, 250L, 300L))).containsExactly(50L, 150L);
    assertThat(new Retention(3).surplus(List.of(1L, 2L))).isEmpty();
    assertThatThrownBy(() -> new Retention(0)).isInstanceOf(UserError.class);
  }

  /// A limit on the size of files refuses as a full disk does.
  @Test
  void aFullDiskIsSaidAndTheLastGoodCheckpointStays() throws Exception {
    Assumptions.assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "no shell to set a limit");
    save(10);
    var process = new ProcessBuilder(
            "/bin/bash",
            "-c",
            "ulimit -f 64; exec \"$0\" \"$@\"",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:-UsePerfData",
            "-cp",
            System.getProperty("java.class.path"),
            Full.class.getName(),
            temporary.resolve("checkpoints").toString())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
    var printed = new String(process.getInputStream().readAllBytes());
    process.waitFor();
    assertThat(printed).contains("WARNING", "step 20", "goes on", "earlier ones stay", "went on");
    assertThat(checkpoints().steps()).containsExactly(10L);
    assertWhole(checkpoints().newest(), 10);
  }

  /// Saves more than the disk takes, says what is said, and goes on.
  static final class Full {
    private Full() {}

    public static void main(String[] arguments) {
      var progress = new Progress() {
        @Override
        public void at(long done, long total, String unit, Map<String, Object> facts) {}

        @Override
        public void say(String line) {
          System.out.println(line);
        }
      };
      try (var arena = Arena.ofShared();
          var checkpoints = new Checkpoints(Path.of(arguments[0]), new Retention(2), progress)) {
        var big = new LinkedHashMap<String, Tensor>();
        big.put("a", Tensor.allocate(arena, DType.F32, 1000, 1000));
        var state = TrainState.start(arena, big).at(20);
        checkpoints.every(20).after(new Training.Step(20, 1, 1, 1, 1), state);
        System.out.println("went on");
        checkpoints.finish();
      }
    }
  }

  @Test
  void aProcessKilledWhileWritingLeavesOnlyWholeCheckpoints() throws Exception {
    var random = new Random(6);
    long last = 0;
    for (int round = 0; round < 6; round++) {
      var process = new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-cp",
              System.getProperty("java.class.path"),
              Endless.class.getName(),
              temporary.resolve("checkpoints").toString(),
              Long.toString(last))
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start();
      try (InputStream out = process.getInputStream()) {
        assertThat(out.read()).isEqualTo('.');
        Thread.sleep(random.nextInt(120));
      } finally {
        process.destroyForcibly().waitFor();
      }
      var newest = checkpoints().newest();
      assertThat(newest.step()).isGreaterThan(last);
      assertWhole(newest, newest.step());
      last = newest.step();
    }
    assertThat(said).isEmpty();
  }

  /// Writes checkpoints until it is killed; a dot after each.
  static final class Endless {
    private Endless() {}

    public static void main(String[] arguments) {
      var checkpoints = new Checkpoints(Path.of(arguments[0]), new Retention(2), Progress.NONE);
      for (long step = Long.parseLong(arguments[1]) + 1; ; step++) {
        try (var arena = Arena.ofConfined()) {
          checkpoints.save(step, parts(arena, step, 7), Map.of("loss", 1.0 / step));
          System.out.print('.');
          System.out.flush();
        }
      }
    }
  }
}
