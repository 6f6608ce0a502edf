package herd.cli;

import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import herd.engine.tensor.DType;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/// Commands that measure. What they find depends on the machine; that they find something does not.
class SpeedCommandsTest {
  @TempDir
  Path dir;

  private Called called;

  private int herd(String... arguments) {
    called = new Called(dir.resolve("home"));
    return called.run("", arguments);
  }

  @Test
  void doctorMeasuresRoofsAndKernels() {
    assertThat(herd("doctor", "--quick", "--threads", "1", "--json"))
        .as("doctor")
        .isZero();
    var found = called.rows().get(0);
    for (var roof : found.get("roofs")) {
      assertThat(roof.get("fmaGflops").doubleValue()).isPositive();
      assertThat(roof.get("readGigabytesPerSecond").doubleValue()).isPositive();
    }
    assertThat(found.get("roofs").get(0).get("threads").intValue()).isOne();
    assertThat(found.get("formats")).isNotEmpty();
    for (var format : found.get("formats")) {
      assertThat(format.get("shareOfRead").doubleValue()).isPositive();
      assertThat(format.get("gops").doubleValue()).isPositive();
    }
    assertThat(found.get("blockKernels").stringValue()).isNotEmpty();
    assertThat(herd("doctor", "--kernels", "x")).isEqualTo(2);
  }

  @Test
  @Tag("slow")
  void doctorPrintsWhatItFound() {
    assertThat(herd("doctor", "--quick", "--kernels", "vector", "--threads", "1"))
        .isZero();
    assertThat(called.out())
        .contains("blocks     vector", "features ", "1 thread\n", "Q4_0")
        .doesNotContain("threads\n");
  }

  @Test
  void benchInferAtDepthAndInBatches() {
    var config = new LlamaConfig(64, 32, 2, 4, 2, 8, 64, 500_000, null, 1e-5, true, 64);
    try (var arena = Arena.ofConfined()) {
      Llama.random(arena, DType.F32, config, 1).save(dir.resolve("model"));
    }
    String[] some = {"bench", "infer", "--model", dir.resolve("model").toString(), "-r", "1"};
    assertThat(bench(some, "-p", "8", "-n", "4", "-d", "9", "-b", "3", "--json"))
        .isZero();
    assertThat(called.rows().get(0).get("test").stringValue()).isEqualTo("pp8 @ d9");
    assertThat(called.rows().get(0).has("gigabytesPerSecond")).isFalse();
    assertThat(called.rows().get(1).get("test").stringValue()).isEqualTo("tg4 x 3 @ d9");
    assertThat(called.rows().get(1).get("tokensPerSecond").doubleValue()).isPositive();
    assertThat(called.rows().get(1).get("gigabytesPerSecond").doubleValue()).isPositive();
    assertThat(bench(some, "-p", "0", "-n", "4")).isZero();
    assertThat(called.out()).contains("| tg4 |").doesNotContain("| pp");
    assertThat(bench(some, "-p", "65")).isEqualTo(2);
    assertThat(bench(some, "-b", "0")).isEqualTo(2);
    assertThat(called.err()).contains("--batch: 0");
  }

  @Test
  void benchTrainInBothPrecisions() {
    String[] some = {"bench", "train", "--shape", "tiny", "--batch", "1", "--seq", "40"};
    for (var type : new String[] {"f32", "bf16"}) {
      int code = bench(some, "--steps", "1", "--warm", "0", "--dtype", type, "--json", "--profile");
      assertThat(code).as(called.err()).isZero();
      var found = called.rows().getFirst();
      assertThat(found.get("tokensPerSecond").doubleValue()).isPositive();
      assertThat(found.get("mfu").doubleValue()).isPositive();
      assertThat(found.get("loss").doubleValue()).isBetween(7.0, 9.5); // log(4096) is 8.3
      assertThat(found.get("operations").size()).isGreaterThan(10);
    }
    assertThat(bench(some, "--steps", "1", "--warm", "0", "--profile", "--save", "" + dir))
        .isZero();
    assertThat(called.out()).contains("tokens/s", "| adamW |", "| rest |");
    assertThat(bench(some, "--steps", "0")).isEqualTo(2);
    assertThat(bench(some, "--dtype", "f16")).isEqualTo(2);
    assertThat(bench(some, "--seq", "4096")).isEqualTo(2);
  }

  private int bench(String[] some, String... more) {
    var all = Arrays.copyOf(some, some.length + more.length);
    System.arraycopy(more, 0, all, some.length, more.length);
    return herd(all);
  }
}
