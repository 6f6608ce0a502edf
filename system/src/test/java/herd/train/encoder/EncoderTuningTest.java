package herd.train.encoder;

import herd.engine.UserError;
import herd.engine.tensor.ReferenceKernels;
import herd.run.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/// A tiny encoder learns labels, the same from the same texts, and is itself after it was written.
class EncoderTuningTest {
  private static final Path MODEL = Path.of("../engine/src/test/resources/herd/engine/encoder");

  @TempDir
  Path dir;

  @Test
  void labelsAreLearnt() throws IOException {
    assumeTrue(Files.exists(MODEL), MODEL + " is absent");
    var random = new Random(4);
    var texts = new ArrayList<String>();
    var labels = new int[24];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = random.nextInt(2);
      texts.add((labels[i] == 0 ? "The proof is " : "Buy cheap ") + random.nextInt(100));
    }
    var tuning = new EncoderTuning(6, 4, 5e-3, 0.1, 0.01, 1);
    try (var fresh = fresh();
        var again = fresh()) {
      double loss = tuning.run(fresh, texts, labels, Progress.NONE);
      assertThat(loss).isLessThan(0.4);
      assertThat(tuning.run(again, texts, labels, Progress.NONE)).isEqualTo(loss);
      var answers = fresh.classify(texts);
      for (int i = 0; i < labels.length; i++) {
        assertThat(answers[i][labels[i]]).isGreaterThan(0.5);
      }
      fresh.save(dir);
      try (var read = new EncoderClassifier(dir, null, 0, new ReferenceKernels())) {
        assertThat(read.labels()).containsExactly("good", "bad");
        assertThat(read.classify(texts.subList(0, 1))[0]).containsExactly(answers[0], within(1e-6));
        assertThat(read.classify(List.of("proof ".repeat(500)))[0]).hasSize(2);
      }
    }
    assertThatThrownBy(() -> new EncoderTuning(1, 8, 2, 0.1, 0.01, 1))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("2e-5");
  }

  private static EncoderClassifier fresh() {
    return new EncoderClassifier(MODEL, List.of("good", "bad"), 1, new ReferenceKernels());
  }
}
