package herd.engine.model;

import herd.engine.Golden;
import herd.engine.io.Json;
import herd.engine.io.JsonValue;
import herd.engine.kernel.KernelChoice;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Workers;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

import static org.assertj.core.api.Assertions.assertThat;

/// Logits of every model `tiny-*` of the golden folder against its float64 ones: from position 0,
/// far into the stretched rotary frequencies, and at the end of a long sequence.
@Tag("golden")
class LlamaGoldenTest {
  private final Arena arena = Arena.ofAuto();

  private final Kernels kernels = KernelChoice.best(new Workers(2));

  @TestFactory
  Stream<DynamicTest> everyModel() throws IOException {
    var tests = new ArrayList<DynamicTest>();
    var root = Golden.folder("infer");
    try (var folders = Files.list(root)) {
      for (var folder : folders.sorted().toList()) {
        if (folder.getFileName().toString().startsWith("tiny-")) {
          tests.addAll(tests(folder));
        }
      }
    }
    assertThat(tests).as("models in " + root).isNotEmpty();
    return tests.stream();
  }

  private ArrayList<DynamicTest> tests(Path folder) {
    var name = folder.getFileName() + ": ";
    var reference = Json.read(folder.resolve("reference.json"));
    var tolerance = reference.get("tolerance");
    double near = tolerance.get("float32_engine_max_abs_vs_f64_positions_0_255").number();
    double far = tolerance.get("windows_2048_6144_and_long").number();
    var tests = new ArrayList<DynamicTest>();
    var ids = ids(reference.get("ids"));
    tests.add(DynamicTest.dynamicTest(
        name + "from 0", () -> compare(folder, "logits-f64", ids, 0, null, near)));
    for (int position : new int[] {2048, 6144, 100_000}) {
      tests.add(DynamicTest.dynamicTest(
          name + "window at " + position,
          () ->
              compare(folder, "logits-window-at-" + position + "-f64", ids, position, null, far)));
    }
    tests.add(DynamicTest.dynamicTest(name + "long", () -> {
      var picked = ids(reference.get("long").get("positions"));
      var long32 = ints(folder.resolve(reference.get("long").get("ids_file").string()));
      compare(folder, "logits-long-f64", long32, 0, picked, far);
    }));
    tests.add(DynamicTest.dynamicTest(name + "sharded bf16", () -> {
      var shards = folder.resolve("sharded-bf16");
      Assumptions.assumeTrue(Files.exists(shards), () -> shards + " is absent");
      var wanted = doubles(folder.resolve("logits-bf16-dequantised-f64.bin"));
      compare(Llama.load(shards, arena), wanted, ids, 0, null, near);
    }));
    return tests;
  }

  private void compare(
      Path folder, String name, int[] ids, int position, int[] picked, double tolerance) {
    var file = folder.resolve(name + ".bin");
    Assumptions.assumeTrue(Files.exists(file), () -> file + " is absent");
    compare(Llama.load(folder, arena), doubles(file), ids, position, picked, tolerance);
  }

  /// Logits of `picked` rows, or of the first ones, against as many as `wanted` holds.
  private void compare(
      Llama model, double[] wanted, int[] ids, int position, int[] picked, double tolerance) {
    int vocab = model.config().vocab();
    int rows = wanted.length / vocab;
    var tokens = picked == null ? Arrays.copyOf(ids, rows) : ids;
    var segments = Segments.packed(new int[] {tokens.length}, new int[] {position});
    try (var ops = new Eager(kernels)) {
      var hidden = model.forward(ops, tokens, segments);
      Tensor some = picked == null ? hidden : ops.embedding(hidden, picked);
      var logits = ops.linear(some, model.head());
      double worst = 0;
      for (int i = 0; i < wanted.length; i++) {
        worst = Math.max(worst, Math.abs(wanted[i] - logits.get(i / vocab, i % vocab)));
      }
      assertThat(worst).isLessThanOrEqualTo(tolerance);
    }
  }

  private static int[] ids(JsonValue list) {
    return list.list().stream().mapToInt(v -> (int) v.integer()).toArray();
  }

  private static double[] doubles(Path file) {
    return bytes(file)
        .toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN));
  }

  private static int[] ints(Path file) {
    return bytes(file).toArray(ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN));
  }

  private static MemorySegment bytes(Path file) {
    try {
      return MemorySegment.ofArray(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
