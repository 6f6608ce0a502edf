package herd.engine.model;

import herd.engine.UserError;
import herd.engine.io.Encoding;
import herd.engine.kernel.KernelChoice;
import herd.engine.quant.BlockChoice;
import herd.engine.quant.BlockKernels;
import herd.engine.quant.ReferenceBlocks;
import herd.engine.tensor.DType;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Weight;
import herd.engine.tensor.Workers;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

/// Models whose matrices stay in their blocks.
class PackedModelTest {
  private static final LlamaConfig TINY =
      new LlamaConfig(50, 64, 2, 4, 2, 16, 96, 10_000, null, 1e-5, true, 64);

  @TempDir
  Path folder;

  private final Arena arena = Arena.ofShared();
  private final Workers workers = new Workers(2);

  @AfterEach
  void end() {
    workers.close();
    arena.close();
  }

  @ParameterizedTest
  @EnumSource(names = {"Q8_0", "Q4_0"})
  void answersAsTheSameNumbersUnpacked(Encoding encoding) {
    var file = folder.resolve("model.gguf");
    GgufModel.save(file, Llama.random(arena, DType.F32, TINY, 3), encoding, Map.of());
    var plain = GgufModel.load(file, arena);
    var packed = load(file, new ReferenceBlocks());
    assertThat(packed.head()).isInstanceOf(Weight.Packed.class);
    assertThat(packed.size()).isEqualTo(plain.size());
    float[] expected = logits(plain);
    float[] found = logits(packed);
    double error = 0;
    double size = 0;
    for (int i = 0; i < expected.length; i++) {
      error += Math.pow(expected[i] - found[i], 2);
      size += Math.pow(expected[i], 2);
    }
    assertThat(Math.sqrt(error / size)).isBetween(1e-6, 0.03); // activations are rounded to bytes
  }

  /// Activations stay floats, so that answers differ by what adding up in another order changes.
  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void plainNumbersStayAsTheyAreStored(Encoding encoding) {
    var file = folder.resolve("model.gguf");
    GgufModel.save(file, Llama.random(arena, DType.F32, TINY, 3), encoding, Map.of());
    var packed = load(file, BlockChoice.best(null));
    assertThat(packed.head()).isInstanceOfSatisfying(Weight.Packed.class, head -> {
      assertThat(head.format()).isEqualTo(encoding.name());
      assertThat(head.bytes()).isLessThan(2L * 50 * 64 * encoding.blockBytes());
    });
    close(logits(packed), logits(GgufModel.load(file, arena)));
  }

  @Test
  void directoriesArePackedToo() {
    var model = Llama.random(arena, DType.F32, TINY, 3);
    model.save(folder);
    var packed = Llama.load(folder, arena, new Packer(BlockChoice.best(null), workers));
    assertThat(packed.head()).isInstanceOf(Weight.Packed.class);
    close(logits(packed), logits(model));
  }

  private static void close(float[] found, float[] expected) {
    for (int i = 0; i < expected.length; i++) {
      assertThat(found[i]).isCloseTo(expected[i], within(2e-5f));
    }
  }

  @Test
  void looksUpTheSameNumbers() {
    var file = folder.resolve("model.gguf");
    GgufModel.save(file, Llama.random(arena, DType.F32, TINY, 3), Encoding.Q8_0, Map.of());
    var plain = GgufModel.load(file, arena);
    var packed = load(file, new ReferenceBlocks());
    packed.weights().forEach((name, weight) -> {
      if (weight instanceof Weight.Packed matrix) {
        var all = Tensor.allocate(arena, DType.F32, matrix.rows(), matrix.cols());
        int[] ids = new int[matrix.rows()];
        for (int i = 0; i < ids.length; i++) {
          ids[i] = i;
        }
        matrix.embedding(all, ids);
        assertThat(all.toFloats())
            .as(name)
            .isEqualTo(plain.parameters().get(name).toFloats());
      }
    });
  }

  @Test
  void doesNotTrain() {
    var file = folder.resolve("model.gguf");
    GgufModel.save(file, Llama.random(arena, DType.F32, TINY, 3), Encoding.Q8_0, Map.of());
    var packed = load(file, new ReferenceBlocks());
    assertThatThrownBy(packed::parameters)
        .isInstanceOf(UserError.class)
        .hasMessageContaining("packed as Q8_0");
    var kernels = KernelChoice.best(workers);
    try (var ops = new Recorded(kernels, new Gradients(arena, new LinkedHashMap<>()))) {
      assertThatThrownBy(() -> packed.forward(ops, new int[] {1, 2}, Segments.packed(2)))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("load the model unpacked");
    }
  }

  private Llama load(Path file, BlockKernels kernels) {
    return GgufModel.load(file, arena, new Packer(kernels, workers));
  }

  private float[] logits(Llama model) {
    int[] tokens = {1, 7, 3, 49, 0, 22, 8};
    try (var ops = new Eager(KernelChoice.best(workers))) {
      var hidden = model.forward(ops, tokens, Segments.packed(tokens.length));
      return ops.linear(hidden, model.head()).toFloats();
    }
  }
}
