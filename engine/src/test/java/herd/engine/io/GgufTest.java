package herd.engine.io;

import herd.engine.Golden;
import herd.engine.UserError;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class GgufTest {
  private final Arena arena = Arena.ofAuto();

  @TempDir
  Path folder;

  private MemorySegment floats(int count) {
    var random = new Random(count);
    var out = arena.allocate(4L * count, 64);
    for (int i = 0; i < count; i++) {
      out.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
    }
    return out;
  }

  private StoredTensor tensor(String name, Encoding encoding, long... shape) {
    var data = arena.allocate(encoding.bytes(StoredTensor.size(shape)), 64);
    encoding.encode(floats((int) StoredTensor.size(shape)), data);
    return new StoredTensor(name, encoding, shape, data);
  }

  /// Strings of lists stay in the file, but are known to be UTF-8 from the start.
  @Test
  void stringsInListsAreUtf8OrRefused() throws IOException {
    Path file = folder.resolve("text.gguf");
    Gguf.write(file, Map.of("texts", List.of("x", "AAAAAA", "é")), List.of());
    byte[] bytes = Files.readAllBytes(file);
    int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("AAAAAA");
    int[] telling = {
      0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEF,
      0xF0, 0xF1, 0xF4, 0xF5, 0xFF
    };
    var random = new Random(7);
    int valid = 0;
    for (int n = 0; n < 3_000; n++) {
      for (int i = 0; i < 6; i++) {
        boolean plain = random.nextInt(3) == 0;
        bytes[at + i] = (byte) (plain ? 'a' : telling[random.nextInt(telling.length)]);
      }
      String wanted = decoded(Arrays.copyOfRange(bytes, at, at + 6));
      if (wanted == null) {
        assertThatThrownBy(() -> read(file, bytes))
            .isInstanceOf(UserError.class)
            .hasMessageContaining("not UTF-8");
      } else {
        assertThat(read(file, bytes).get("texts").list().get(1).string()).isEqualTo(wanted);
        valid++;
      }
    }
    assertThat(valid).isBetween(10, 2_000);
  }

  private static String decoded(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException _) {
      return null;
    }
  }

  private Path small() {
    var metadata = new LinkedHashMap<String, Object>();
    metadata.put("general.architecture", "test é");
    metadata.put("u32", -1);
    metadata.put("u64", 1L << 40);
    metadata.put("f32", 1e-5f);
    metadata.put("f64", 0.1);
    metadata.put("bool", true);
    metadata.put("i32s", new int[] {-1, 2});
    metadata.put("f32s", new float[] {0.5f});
    metadata.put("strings", List.of("a", "", "日"));
    Path file = folder.resolve("small.gguf");
    Gguf.write(
        file,
        metadata,
        List.of(
            tensor("a", Encoding.F32, 3),
            tensor("b", Encoding.Q8_0, 2, 64),
            tensor("c", Encoding.F16, 2, 3),
            tensor("d", Encoding.Q4_0, 1, 32)));
    return file;
  }

  @Test
  void readsWhatItWrites() {
    var gguf = Gguf.read(small(), arena);
    assertThat(gguf.get("general.architecture").string()).isEqualTo("test é");
    assertThat(gguf.get("u32").integer()).isEqualTo(0xFFFFFFFFL);
    assertThat(gguf.get("u64").integer()).isEqualTo(1L << 40);
    assertThat(gguf.get("f32").number()).isEqualTo(1e-5);
    assertThat(gguf.get("f64").number()).isEqualTo(0.1);
    assertThat(gguf.get("bool").bool()).isTrue();
    assertThat(gguf.metadata().get("i32s")).isEqualTo(List.of(-1L, 2L));
    assertThat(gguf.metadata().get("f32s")).isEqualTo(List.of(0.5));
    assertThat(gguf.metadata().get("strings")).isEqualTo(List.of("a", "", "日"));
    assertThat(gguf.tensors().keySet()).containsExactly("a", "b", "c", "d");
    assertThat(gguf.tensors().get("b").shape()).containsExactly(2, 64);
    for (var tensor : gguf.tensors().values()) {
      assertThat(tensor.data().address() % 32).isZero();
      var same = tensor(tensor.name(), tensor.encoding(), tensor.shape());
      assertThat(tensor.data().mismatch(same.data())).isEqualTo(-1);
    }
    assertThatThrownBy(() -> gguf.get("nothing")).hasMessageContaining("no key 'nothing'");
    assertThatThrownBy(() -> gguf.get("f64").string())
        .hasMessageContaining("small.gguf, key 'f64'");
  }

  @Test
  void everyTruncationAndRandomFlipsAreUserErrorsOrSuccess() throws IOException {
    byte[] whole = Files.readAllBytes(small());
    Path file = folder.resolve("broken.gguf");
    for (int length = 0; length < whole.length - 32; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> read(file, cut))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("broken.gguf")
          .hasMessageContaining("byte ");
    }
    var random = new Random(13);
    for (int trial = 0; trial < 5000; trial++) {
      byte[] flipped = whole.clone();
      for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
        flipped[random.nextInt(500)] ^= (byte) (1 << random.nextInt(8));
      }
      try {
        read(file, flipped);
      } catch (UserError expected) {
        assertThat(expected).hasMessageContaining("broken.gguf");
      }
    }
  }

  /// The reader on bytes in memory: thousands of damaged files without a disk.
  private static Gguf read(Path file, byte[] bytes) {
    return new GgufReader(file, MemorySegment.ofArray(bytes)).read();
  }

  @Test
  @Tag("golden")
  void brokenFilesAreRefusedWithTheirName() {
    Path broken = Golden.folder("infer/broken");
    for (var item : Json.read(broken.resolve("index.json")).list()) {
      String name = item.get("file").string();
      if (!name.endsWith(".gguf")) {
        continue;
      }
      if (item.get("level").string().startsWith("container must refuse")) {
        assertThatThrownBy(() -> Gguf.read(broken.resolve(name), arena))
            .as(name)
            .isInstanceOf(UserError.class)
            .hasMessageContaining(name)
            .hasMessageContaining("byte ");
      } else {
        assertThat(Gguf.read(broken.resolve(name), arena).tensors()).isNotEmpty();
      }
    }
  }

  @Test
  @Tag("golden")
  void blocksAreEqualBitForBit() throws IOException {
    Path quant = Golden.folder("infer/quant");
    var index = Json.read(quant.resolve("index.json"));
    int compared = 0;
    for (var encoding : Encoding.values()) {
      var type = index.get("types").find(encoding.name());
      if (!type.isNull()) {
        var raw = bytes(quant.resolve(type.get("raw").string()));
        var expected = bytes(quant.resolve(type.get("f32").string()));
        var decoded = arena.allocate(expected.byteSize());
        encoding.decode(raw, decoded, "golden");
        assertThat(decoded.mismatch(expected)).as(encoding + " decoded").isEqualTo(-1);
        compared++;
      }
      var coded = index.get("quantize").get("out").find(encoding.name());
      if (!coded.isNull()) {
        var input = bytes(quant.resolve(index.get("quantize").get("input").string()));
        var expected = bytes(quant.resolve(coded.get("file").string()));
        var encoded = arena.allocate(expected.byteSize());
        encoding.encode(input, encoded);
        assertThat(encoded.mismatch(expected)).as(encoding + " encoded").isEqualTo(-1);
        compared++;
      }
    }
    assertThat(compared).isPositive();
  }

  private MemorySegment bytes(Path file) throws IOException {
    return MemorySegment.ofArray(Files.readAllBytes(file));
  }

  /// Independent check by llama.cpp's Python package, where it is installed.
  @Test
  void theFileOpensInTheGgufPackage() throws Exception {
    String program = """
        import sys
        try:
            import gguf
        except ImportError:
            print('absent'); sys.exit()
        from gguf.quants import dequantize, quantize
        r = gguf.GGUFReader(sys.argv[1])
        assert r.fields['strings'].contents() == ['a', '', '日'], r.fields['strings'].contents()
        assert r.fields['i32s'].contents() == [-1, 2]
        assert r.fields['u64'].contents() == 1 << 40
        t = {t.name: t for t in r.tensors}
        assert list(t) == ['a', 'b', 'c', 'd']
        assert [int(n) for n in t['b'].shape] == [64, 2] and t['b'].tensor_type.name == 'Q8_0'
        for n in 'bd':
            q = t[n].tensor_type
            assert (quantize(dequantize(t[n].data, q), q) == t[n].data).all() or n == 'd'
        print('fine')
        """;
    var process = start(program, small().toString());
    assumeTrue(process != null, "python3 is absent");
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor(1, TimeUnit.MINUTES);
    assumeTrue(!out.startsWith("absent"), "the gguf package of Python is absent");
    assertThat(out).isEqualToIgnoringNewLines("fine");
  }

  private static Process start(String program, String argument) {
    String python = System.getProperty("herd.python", "python3");
    try {
      return new ProcessBuilder(python, "-c", program, argument)
          .redirectErrorStream(true)
          .start();
    } catch (IOException e) {
      return null;
    }
  }
}
