package herd.data;

import herd.data.words.TokenCount;
import herd.engine.UserError;
import herd.engine.encoder.TextEncoder;
import herd.engine.io.Json;
import herd.engine.tensor.ReferenceKernels;
import herd.run.Disk;
import herd.run.Progress;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

import static herd.data.StepsTest.outcome;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

/// The step that asks an encoder: a tiny random RoBERTa, whose logits transformers computed in one
/// padded batch.
class EncoderQualityTest {
  private static final String MODEL = "../engine/src/test/resources/herd/engine/encoder";
  private static final DocumentStep.Judge SCORES = step(0, 4).ready();

  private static EncoderQuality step(double least, int windows) {
    return new EncoderQuality(MODEL, "LABEL_1", "quality", least, Map.of("de", 0.0), windows);
  }

  private static Doc page(String text) {
    return Archives.page("a", text);
  }

  private static double score(String text) {
    return score(SCORES.judge(page(text)));
  }

  private static double score(Verdict verdict) {
    return Double.parseDouble(((Verdict.Keep) verdict).doc().metadata().get("quality"));
  }

  @Test
  void scoresAreTheProbabilitiesOfTransformers() {
    var expected = Json.read(Path.of(MODEL, "expected.json"));
    var texts = expected.get("texts").list();
    for (int i = 0; i < texts.size(); i++) {
      var logits = expected.get("logits").list().get(i).list();
      double sum = 0;
      for (var logit : logits) {
        sum += Math.exp(logit.number());
      }
      assertThat(score(texts.get(i).string()))
          .isCloseTo(Math.exp(logits.get(1).number()) / sum, within(5e-6));
    }
  }

  /// However windows are put together, and whatever kernels compute them.
  @Property(tries = 60, seed = "7")
  void aDecisionDependsOnTheTextAlone(
      @ForAll @StringLength(max = 900) String text,
      @ForAll @DoubleRange(min = 0.01, max = 0.99) double least) {
    double score = score(text);
    assertThat(score).isBetween(0.0, 1.0);
    var judge = step(least, 4).ready().forThread();
    boolean kept = judge.judge(page(text)) instanceof Verdict.Keep;
    assertThat(kept).isEqualTo(score >= least);
    if (!kept) {
      assertThat(outcome(judge.judge(page(text)))).isEqualTo("low-quality");
      assertThat(score(judge.judge(page(text).withLanguage("de")))).isEqualTo(score);
    }
    try (var arena = Arena.ofConfined()) {
      var encoder = TextEncoder.load(Path.of(MODEL), arena);
      var windows = encoder.windows(text, 4).toArray(int[][]::new);
      var together = encoder.probabilities(new ReferenceKernels(), windows);
      double sum = 0;
      int tokens = 0;
      for (int i = 0; i < windows.length; i++) {
        sum += windows[i].length * together[i][1];
        tokens += windows[i].length;
      }
      assertThat(sum / tokens).isCloseTo(score, within(2e-6));
      assertThat(Math.round(1e6 * sum / tokens) / 1e6 >= least).isEqualTo(kept);
    }
  }

  @Test
  void aLongTextIsReadInWindows() {
    var text = "The proof is short. ".repeat(5) + "Buy now! 🍵".repeat(300);
    assertThat(score(step(0, 1).judge(page(text)))).isNotEqualTo(score(text));
    try (var arena = Arena.ofConfined()) {
      var encoder = TextEncoder.load(Path.of(MODEL), arena);
      var windows = encoder.windows(text, 4);
      assertThat(windows).hasSize(4);
      assertThat(windows.getFirst()).isEqualTo(encoder.tokens(text));
      for (int[] window : windows) {
        assertThat(window)
            .hasSize(encoder.encoder().config().longest())
            .startsWith(0)
            .endsWith(2);
      }
      assertThat(encoder.windows("", 4)).containsExactly(new int[] {0, 2});
    }
  }

  private static List<Doc> kept(List<Doc> docs, double least, int threads) throws IOException {
    var work = Files.createTempDirectory("encoder");
    try {
      var care = new Pass.Care(30, TokenCount.ESTIMATE);
      var pipeline =
          new Pipeline(List.of(step(least, 4)), DocForm.STORED, 1 << 20, false, threads, 3, care);
      var left = new ArrayList<Doc>();
      pipeline
          .run(List.of(new PipelineTest.AtHand(docs)), work, Progress.NONE)
          .documents()
          .forEach(file -> Stored.each(file, left::add));
      return left;
    } finally {
      Disk.delete(work);
    }
  }

  @Test
  void threadsChangeNothing() throws IOException {
    var random = new Random(3);
    var docs = new ArrayList<Doc>();
    for (int i = 0; i < 60; i++) {
      docs.add(Archives.page("" + i, "The proof of tea ".repeat(random.nextInt(20)) + i));
    }
    double middle = docs.stream()
        .mapToDouble(doc -> score(doc.text()))
        .sorted()
        .skip(docs.size() / 2)
        .findFirst()
        .orElseThrow();
    var alone = kept(docs, middle, 1);
    assertThat(alone).hasSizeBetween(1, 59);
    assertThat(kept(docs, middle, 3)).isEqualTo(alone);
  }

  @Test
  void whatIsNotThereIsAUsersMistake() {
    assertThatThrownBy(() -> new EncoderQuality("absent", "a", "quality", 0, Map.of(), 1).ready())
        .isInstanceOf(UserError.class)
        .hasMessageContaining("absent");
    assertThatThrownBy(() -> new EncoderQuality(MODEL, "a", "quality", 0, Map.of(), 1).ready())
        .isInstanceOf(UserError.class)
        .hasMessageContaining("LABEL_0, LABEL_1");
    assertThatThrownBy(() -> step(2, 1)).isInstanceOf(UserError.class);
    assertThatThrownBy(() -> step(0, 0)).isInstanceOf(UserError.class);
    assertThat(step(0, 1).files()).hasSize(3);
  }
}
