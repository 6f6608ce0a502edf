package herd.engine.sample;

import herd.engine.Golden;
import herd.engine.io.Json;
import herd.engine.io.JsonValue;
import herd.engine.sample.Sampling.Bias;
import herd.engine.sample.Sampling.Dry;
import herd.engine.sample.Sampling.Frequency;
import herd.engine.sample.Sampling.MinP;
import herd.engine.sample.Sampling.Presence;
import herd.engine.sample.Sampling.Repetition;
import herd.engine.sample.Sampling.Step;
import herd.engine.sample.Sampling.Temperature;
import herd.engine.sample.Sampling.TopK;
import herd.engine.sample.Sampling.TopP;
import herd.engine.sample.Sampling.Typical;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class ChooserTest {
  private static final double[] LOGITS = {0, 3, 1, 2.9, -1};

  private static double[] probabilities(double[] logits, int[] history, int prompt, Step... steps) {
    var chooser = new Chooser(logits.length);
    chooser.load(logits);
    chooser.apply(List.of(steps), history, history.length, prompt);
    return chooser.probabilities(logits.length);
  }

  private static int[] kept(double[] logits, Step... steps) {
    var p = probabilities(logits, new int[0], 0, steps);
    return IntStream.range(0, p.length).filter(i -> p[i] > 0).toArray();
  }

  private static Step step(JsonValue pair) {
    double value = pair.list().get(1).number();
    return switch (pair.list().getFirst().string()) {
      case "repetition_penalty" -> new Repetition(value);
      case "temperature" -> new Temperature(value);
      case "top_k" -> new TopK((int) value);
      case "top_p" -> new TopP(value);
      case "min_p" -> new MinP(value);
      case "typical_p" -> new Typical(value);
      default -> throw pair.wrong("a known step");
    };
  }

  @Test
  @Tag("golden")
  void distributionsEqualTheGoldenOnes() {
    var cases =
        Json.read(Golden.folder("infer").resolve("sampling.json")).get("cases").list();
    assertThat(cases).isNotEmpty();
    for (var each : cases) {
      var logits = each.get("logits").list().stream()
          .mapToDouble(v -> v.value() == null ? Double.NEGATIVE_INFINITY : v.number())
          .toArray();
      var history =
          each.get("history").list().stream().mapToInt(v -> (int) v.integer()).toArray();
      var expected =
          each.get("probs").list().stream().mapToDouble(JsonValue::number).toArray();
      var steps = each.get("chain").list().stream().map(ChooserTest::step).toArray(Step[]::new);
      assertThat(probabilities(logits, history, 0, steps))
          .as("case " + each.get("id").integer() + " " + Arrays.toString(steps))
          .containsExactly(expected, within(1e-9));
    }
  }

  @Test
  void truncationKeepsTheLikely() {
    assertThat(kept(LOGITS, new TopP(0.8))).containsExactly(1, 3);
    assertThat(kept(LOGITS, new TopK(3))).containsExactly(1, 2, 3);
    assertThat(kept(new double[] {1, 2, 1, 0}, new TopK(2))).containsExactly(0, 1, 2);
    assertThat(kept(LOGITS, new MinP(Math.exp(-2.5)))).containsExactly(1, 2, 3);
    assertThat(kept(LOGITS, new Temperature(0))).containsExactly(1);
    assertThat(kept(LOGITS, new TopP(0))).containsExactly(1);
    assertThat(kept(new double[] {5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, new Typical(0.1)))
        .containsExactly(0);
    assertThat(kept(LOGITS, new TopK(0), new TopP(1), new MinP(0), new Typical(1)))
        .hasSize(LOGITS.length);
  }

  @Test
  void stepsEqualSlowOnesOnRandomLogits() {
    var random = new Random(4);
    for (int round = 0; round < 60; round++) {
      int n = 2 + random.nextInt(400);
      var logits = random.doubles(n, -6, 6).toArray();
      int k = 1 + random.nextInt(n);
      double p = random.nextDouble();
      var sorted = IntStream.range(0, n).boxed().sorted((a, b) -> {
        return Double.compare(logits[b], logits[a]);
      });
      int[] order = sorted.mapToInt(i -> i).toArray();
      assertThat(kept(logits, new TopK(k))).containsExactlyInAnyOrder(Arrays.copyOf(order, k));
      var all = probabilities(logits, new int[0], 0);
      double mass = 0;
      int count = 0;
      while (count < n && (count == 0 || mass < p)) {
        mass += all[order[count++]];
      }
      assertThat(kept(logits, new TopP(p))).containsExactlyInAnyOrder(Arrays.copyOf(order, count));
    }
  }

  @Test
  void fastExponentialsAreExactEnough() {
    var random = new Random(2);
    for (int i = 0; i < 100_000; i++) {
      double x = i == 0 ? 0 : i == 1 ? -60 : -60 * random.nextDouble() * random.nextDouble();
      assertThat(Exponential.of(x) / Math.exp(x)).isCloseTo(1, within(1e-13));
    }
    assertThat(Exponential.of(Double.NEGATIVE_INFINITY)).isZero();
    assertThat(Exponential.of(Double.NaN)).isNaN();
  }

  @Test
  void penaltiesCountTheRightTokens() {
    int[] history = {1, 1, 2, 2, 3}; // the first two are the prompt
    var plain = probabilities(LOGITS, history, 2);
    var presence = probabilities(LOGITS, history, 2, new Presence(1));
    var frequency = probabilities(LOGITS, history, 2, new Frequency(1));
    assertThat(presence[2] / presence[1])
        .isCloseTo(plain[2] / plain[1] * Math.exp(-1), within(1e-12));
    assertThat(presence[3] / presence[0])
        .isCloseTo(plain[3] / plain[0] * Math.exp(-1), within(1e-12));
    assertThat(frequency[2] / frequency[1])
        .isCloseTo(plain[2] / plain[1] * Math.exp(-2), within(1e-12));
    var window = probabilities(LOGITS, history, 2, new Repetition(2, 1));
    assertThat(window[3] / window[1])
        .isCloseTo(plain[3] / plain[1] * Math.exp(-1.45), within(1e-12));
    var bias = probabilities(LOGITS, history, 2, new Bias(Map.of(4, 100.0)));
    assertThat(bias[4]).isCloseTo(1, within(1e-12));
  }

  @Test
  void dryPenalisesWhatWouldRepeatAPassage() {
    int[] history = {0, 1, 2, 3, 4, 0, 1, 2}; // after 0 1 2 came 3
    var dry = new Dry(1, 2, 2, 0, List.of());
    var plain = probabilities(LOGITS, history, 0);
    var p = probabilities(LOGITS, history, 0, dry);
    assertThat(p[3] / p[1]).isCloseTo(plain[3] / plain[1] * Math.exp(-2), within(1e-12));
    assertThat(p[0] / p[1]).isCloseTo(plain[0] / plain[1], within(1e-12));
    var broken = probabilities(LOGITS, history, 0, new Dry(1, 2, 2, 0, List.of(1)));
    assertThat(broken).containsExactly(plain, within(1e-12));
    assertThat(probabilities(LOGITS, history, 0, new Dry(1, 2, 2, 5, List.of())))
        .containsExactly(plain, within(1e-12));
  }

  @Test
  void drawsFollowTheProbabilitiesAndTheSeed() {
    var counts = new int[LOGITS.length];
    var random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      var chooser = new Chooser(LOGITS.length);
      chooser.load(LOGITS);
      counts[chooser.draw(random)]++;
    }
    var p = probabilities(LOGITS, new int[0], 0);
    for (int i = 0; i < p.length; i++) {
      assertThat(counts[i] / 20_000.0).isCloseTo(p[i], within(0.015));
    }
  }

  @Test
  void masksLeaveNothingElse() {
    float[] logits = {0, 3, 1, 2.9f, -1};
    long[] mask = {1L | 1L << 4};
    assertThat(Chooser.likeliest(logits, 5, null)).isEqualTo(1);
    assertThat(Chooser.likeliest(logits, 5, mask)).isEqualTo(0);
    assertThat(Chooser.likeliest(logits, 5, new long[1])).isEqualTo(-1);
    var chooser = new Chooser(5);
    assertThat(chooser.load(logits, 5, mask)).isEqualTo(2);
    chooser.apply(List.of(new Bias(Map.of(4, 2.0, 1, 50.0))), new int[0], 0, 0);
    assertThat(chooser.probabilities(5)[4]).isCloseTo(1 / (1 + Math.exp(-1)), within(1e-12));
  }

  @Test
  void wrongSettingsAreRefused() {
    assertThatThrownBy(() -> new TopP(1.1)).hasMessageContaining("top-p: 1.1; allowed: 0 to 1");
    assertThatThrownBy(() -> new Temperature(Double.NaN)).hasMessageContaining("temperature");
    assertThatThrownBy(() -> new Repetition(0)).hasMessageContaining("repetition");
  }
}
