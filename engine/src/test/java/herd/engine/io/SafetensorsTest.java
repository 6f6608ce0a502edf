package herd.engine.io;

import herd.engine.Golden;
import herd.engine.UserError;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class SafetensorsTest {
  private final Arena arena = Arena.ofAuto();

  @TempDir
  Path folder;

  private StoredTensor floats(String name, float... values) {
    var data = arena.allocate(4L * values.length);
    MemorySegment.copy(values, 0, data, ValueLayout.JAVA_FLOAT, 0, values.length);
    return new StoredTensor(name, Encoding.F32, new long[] {values.length}, data);
  }

  private Path small() {
    Path file = folder.resolve("small.safetensors");
    var bytes = new StoredTensor(
        "b", Encoding.U8, new long[] {1, 3}, MemorySegment.ofArray(new byte[] {1, 2, 3}));
    var none = new StoredTensor("n", Encoding.I64, new long[] {0, 7}, arena.allocate(0));
    Safetensors.write(
        file, List.of(floats("a", 1, -2.5f), bytes, none, floats("c", 3)), Map.of("k", "v"));
    return file;
  }

  @Test
  void readsWhatItWrites() {
    var read = Safetensors.read(small(), arena);
    assertThat(read.metadata()).containsEntry("k", "v").containsEntry("format", "pt");
    assertThat(read.tensors().keySet()).containsExactlyInAnyOrder("a", "b", "n", "c");
    assertThat(values(read.tensors().get("a"))).containsExactly(1, -2.5f);
    assertThat(values(read.tensors().get("c"))).containsExactly(3);
    assertThat(read.tensors().get("b").data().toArray(ValueLayout.JAVA_BYTE))
        .containsExactly(1, 2, 3);
    assertThat(read.tensors().get("n").shape()).containsExactly(0, 7);
    assertThat(read.tensors().get("a").data().address() % 64).isZero();
    assertThatThrownBy(() -> read.tensors().get("b").floats(arena))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("small.safetensors, tensor 'b'");
  }

  @Test
  void halvesAreDecodedAndEncodedExactly() {
    float[] values = {0, -0f, 1, 65504, 1e-7f, 1.0009766f, Float.NaN, Float.NEGATIVE_INFINITY};
    var in = floats("x", values).data();
    for (var encoding : List.of(Encoding.F16, Encoding.BF16, Encoding.F64, Encoding.F32)) {
      var coded = arena.allocate(encoding.bytes(values.length));
      encoding.encode(in, coded);
      var first = decode(encoding, coded);
      encoding.encode(floats("y", first).data(), coded);
      assertThat(decode(encoding, coded)).isEqualTo(first);
      assertThat(first[2]).isEqualTo(1f);
      assertThat(first[6]).isNaN();
      assertThat(first[7]).isEqualTo(Float.NEGATIVE_INFINITY);
    }
  }

  private float[] decode(Encoding encoding, MemorySegment coded) {
    var tensor = new StoredTensor(
        "t", encoding, new long[] {coded.byteSize() / encoding.blockBytes()}, coded);
    return values(tensor);
  }

  private float[] values(StoredTensor tensor) {
    return tensor.floats(arena).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
  }

  @Test
  void everyTruncationAndRandomFlipsAreUserErrorsOrSuccess() throws IOException {
    byte[] whole = Files.readAllBytes(small());
    Path file = folder.resolve("broken.safetensors");
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> read(file, cut))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("broken.safetensors");
    }
    var random = new Random(11);
    for (int trial = 0; trial < 5000; trial++) {
      byte[] flipped = whole.clone();
      for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
        flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
      }
      try {
        read(file, flipped);
      } catch (UserError expected) {
        assertThat(expected).hasMessageContaining("broken.safetensors");
      }
    }
  }

  @Test
  void anAbsentFileAFolderAndAFullDiskAreUserErrors() {
    assertThatThrownBy(() -> Safetensors.read(folder.resolve("none"), arena))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("no such file");
    assertThatThrownBy(() -> Safetensors.read(folder, arena)).isInstanceOf(UserError.class);
    Path nowhere = folder.resolve("no/such/x.safetensors");
    assertThatThrownBy(() -> Safetensors.write(nowhere, List.of(), Map.of()))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("x.safetensors");
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full));
    assertThat(WholeFile.unwritable(full, new IOException("No space left on device")))
        .hasMessageContaining("Free some space");
  }

  @Test
  void aFailedWriteLeavesTheOldFile() throws IOException {
    Path file = small();
    byte[] before = Files.readAllBytes(file);
    assertThatThrownBy(() -> WholeFile.write(file, out -> {
          out.write(new byte[10]);
          throw new IOException("No space left on device");
        }))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("small.safetensors");
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void shardsAreReadByTheirIndex() throws IOException {
    Safetensors.write(folder.resolve("s1.safetensors"), List.of(floats("a", 1)), Map.of());
    Safetensors.write(folder.resolve("s2.safetensors"), List.of(floats("b", 2)), Map.of());
    Path index = folder.resolve("model.safetensors.index.json");
    Files.writeString(
        index, "{\"weight_map\":{\"b\":\"s2.safetensors\",\"a\":\"s1.safetensors\"}}");
    assertThat(Safetensors.readModel(folder, arena).tensors()).containsOnlyKeys("a", "b");
    Files.writeString(index, "{\"weight_map\":{\"b\":\"s1.safetensors\"}}");
    assertThatThrownBy(() -> Safetensors.read(index, arena))
        .hasMessageContaining("s1.safetensors, tensor 'b': missing");
    Files.writeString(index, "{\"weight_map\":{\"b\":\"../s1.safetensors\"}}");
    assertThatThrownBy(() -> Safetensors.read(index, arena)).isInstanceOf(UserError.class);
  }

  /// The reader on bytes in memory: thousands of damaged files without a disk.
  private static void read(Path file, byte[] bytes) {
    new Safetensors.Reader(file, MemorySegment.ofArray(bytes)).read();
  }

  @Test
  @Tag("golden")
  void brokenFilesAreRefusedWithTheirName() {
    Path broken = Golden.folder("infer/broken");
    for (var item : Json.read(broken.resolve("index.json")).list()) {
      String name = item.get("file").string();
      if (!name.endsWith(".safetensors")) {
        continue;
      }
      if (item.get("expect").string().equals("ok")) {
        assertThat(Safetensors.read(broken.resolve(name), arena).tensors()).isNotEmpty();
      } else {
        assertThatThrownBy(() -> Safetensors.read(broken.resolve(name), arena))
            .as(name)
            .isInstanceOf(UserError.class)
            .hasMessageContaining(name)
            .hasMessageContaining("byte ");
      }
    }
  }

  @Test
  @Tag("golden")
  void goldenModelsAreReadWholeAndInShards() throws IOException {
    try (Stream<Path> files = Files.walk(Golden.folder("infer"))) {
      for (Path config : files.filter(f -> f.endsWith("config.json")).sorted().toList()) {
        var tensors = Safetensors.readModel(config.getParent(), arena).tensors();
        assertThat(tensors).containsKey("model.norm.weight");
        for (var tensor : tensors.values()) {
          assertThat(values(tensor)).hasSize((int) tensor.size());
        }
      }
    }
  }
}
