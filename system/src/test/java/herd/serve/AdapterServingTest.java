package herd.serve;

import herd.engine.model.Adapter;
import herd.engine.tensor.DType;
import herd.engine.tensor.Tensor;
import herd.serve.http.ApiKeys;
import herd.serve.http.HttpSettings;
import java.lang.foreign.Arena;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/// An adapter is a model of its own to those who call, and shares the other's engine.
class AdapterServingTest {
  private static final String BODY =
      "{'model': '%s', 'prompt': 'the cat', 'max_tokens': 12, 'temperature': 0}";

  @Test
  void adaptersAreModelsUntilTheyAreUnloaded() throws Exception {
    try (var arena = Arena.ofShared();
        var running = new RunningServer(HttpSettings.local(0), ApiKeys.none(), 128)) {
      var base = TinyModel.parts("base", 128);
      running.models.add(new ServedModel.Parts(
          base.id(),
          base.llama(),
          base.tokenizer(),
          base.kernels(),
          base.chat(),
          base.stopIds(),
          base.begin(),
          base.files(),
          base.bytes(),
          null,
          Map.of("styled", adapter(arena)),
          base.resources()));
      assertThat(running.models.names()).containsExactly("tiny", "base", "styled");
      var plain = running.ask("/v1/completions", BODY.formatted("base"));
      var styled = running.ask("/v1/completions", BODY.formatted("styled"));
      assertThat(styled.get("model").stringValue()).isEqualTo("styled");
      assertThat(styled.get("choices").get(0).get("text"))
          .isNotEqualTo(plain.get("choices").get(0).get("text"));
      assertThat(running.get("/metrics").body()).contains("\"base\"");
      running.models.unload("styled");
      assertThat(running.refused("/v1/completions", BODY.formatted("styled")).get("status"))
          .hasToString("404");
      assertThat(running.ask("/v1/completions", BODY.formatted("base")).get("choices"))
          .isEqualTo(plain.get("choices"));
    }
  }

  private static Adapter adapter(Arena arena) {
    var numbers = new Random(3);
    var a = Tensor.allocate(arena, DType.F32, 4, 32);
    var b = Tensor.allocate(arena, DType.F32, 32, 4);
    for (int r = 0; r < 4; r++) {
      for (int c = 0; c < 32; c++) {
        a.set(r, c, numbers.nextGaussian());
        b.set(c, r, numbers.nextGaussian());
      }
    }
    return new Adapter(Map.of("model.layers.1.self_attn.o_proj.weight", new Adapter.LowRank(a, b)));
  }
}
