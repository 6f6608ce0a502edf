package herd.data.fasttext;

import herd.engine.UserError;
import herd.run.Progress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

/// Classifiers learn, the same from the same lines, and stay what they are on the disk and in
/// codes.
class TrainerTest {
  private static final List<String> KINDS = List.of("river", "stone", "cloud", "flame");

  @TempDir
  Path dir;

  private Path train;
  private Path test;

  @BeforeEach
  void makeLines() throws IOException {
    train = dir.resolve("train.txt");
    test = dir.resolve("test.txt");
    var random = new Random(5);
    Files.writeString(train, lines(random, 400));
    Files.writeString(test, lines(random, 150));
  }

  /// Words of one kind and of no kind: runs of two words tell a quarter of the lines.
  private static String lines(Random random, int count) {
    var lines = new StringBuilder();
    for (int i = 0; i < count; i++) {
      int kind = random.nextInt(KINDS.size());
      var words = new StringBuilder();
      for (int word = 0; word < 8; word++) {
        boolean own = random.nextInt(3) == 0;
        words
            .append(' ')
            .append(
                own
                    ? KINDS.get(kind) + (char) ('a' + random.nextInt(9))
                    : "w" + random.nextInt(50));
      }
      lines.append(LabelledLines.line(List.of(KINDS.get(kind)), words.toString()));
    }
    return lines.append("\n__label__river\nno label\n").toString();
  }

  private static TrainSettings settings(Loss loss, int threads) {
    return new TrainSettings(12, 10, 0.5, 1, 0, 2, 2, 3, 500, loss, 5, threads, 3);
  }

  @ParameterizedTest
  @EnumSource
  void everyLossLearnsAndStaysTheSameOnTheDisk(Loss loss) throws IOException {
    var model = Trainer.train(train, settings(loss, 1), Progress.NONE);
    double right = Trainer.test(test, model).right();
    assertThat(right).isGreaterThan(0.9);
    var file = dir.resolve("model.bin");
    model.write(file);
    assertThat(Trainer.test(test, FastText.read(file)).right()).isEqualTo(right);
    var again = dir.resolve("again.bin");
    Trainer.train(train, settings(loss, 1), Progress.NONE).write(again);
    assertThat(again).hasSameBinaryContentAs(file);
    FastText.read(file).write(again);
    assertThat(again).hasSameBinaryContentAs(file);
  }

  @Test
  void threadsLearnTogether() {
    var model = Trainer.train(train, settings(Loss.SOFTMAX, 3), Progress.NONE);
    assertThat(Trainer.test(test, model).right()).isGreaterThan(0.9);
  }

  @Test
  void codesOfWhatIsLeftAnswerAlmostAlike() {
    var model = Trainer.train(train, settings(Loss.SOFTMAX, 1), Progress.NONE);
    double right = Trainer.test(test, model).right();
    for (var quantiser : List.of(
        new Quantiser(0, 2, false, false, 1),
        new Quantiser(300, 2, true, false, 1),
        new Quantiser(260, 5, true, false, 1))) {
      var small = quantiser.quantise(model, null, null, Progress.NONE);
      var file = dir.resolve("small.ftz");
      small.write(file);
      var read = FastText.read(file);
      assertThat(read.quantised()).isTrue();
      assertThat(Trainer.test(test, read).right()).isCloseTo(right, within(0.1));
      assertThat(Trainer.test(test, read).right())
          .isEqualTo(Trainer.test(test, small).right());
      var again = dir.resolve("again.ftz");
      read.write(again);
      assertThat(again).hasSameBinaryContentAs(file);
    }
    var trained = new Quantiser(260, 2, true, false, 1)
        .quantise(model, train, settings(Loss.SOFTMAX, 1), Progress.NONE);
    assertThat(Trainer.test(test, trained).right()).isGreaterThan(0.9);
  }

  @Test
  void mistakesAreTold() throws IOException {
    var empty = Files.writeString(dir.resolve("empty.txt"), "words alone\n");
    assertMistake("no label", () -> Trainer.train(empty, settings(Loss.SOFTMAX, 1), Progress.NONE));
    assertMistake(
        "beyond all bounds",
        () -> Trainer.train(
            train,
            new TrainSettings(4, 50, 100, 1, 0, 1, 0, 0, 0, Loss.SOFTMAX, 5, 1, 3),
            Progress.NONE));
    assertMistake(
        "minn", () -> new TrainSettings(4, 5, 1, 1, 0, 1, 3, 2, 9, Loss.SOFTMAX, 5, 1, 3));
    var model = Trainer.train(
        train, new TrainSettings(4, 1, 1, 40, 0, 1, 0, 0, 0, Loss.SOFTMAX, 5, 1, 3), Progress.NONE);
    assertMistake("256", () -> new Quantiser(0, 2, true, false, 1)
        .quantise(model, null, null, Progress.NONE));
    assertMistake("blanks", () -> LabelledLines.line(List.of("not good"), "text"));
  }

  private static void assertMistake(String message, Runnable call) {
    assertThatThrownBy(call::run).isInstanceOf(UserError.class).hasMessageContaining(message);
  }

  @Test
  void rareWordsGoWhereThereAreTooMany() {
    var counts = new WordCounts(100);
    var line = new byte[64];
    for (int i = 0; i < 1000; i++) {
      var text = (" frequent __label__x word" + i).getBytes(StandardCharsets.UTF_8);
      System.arraycopy(text, 0, line, 0, text.length);
      counts.line(line, 1, text.length);
    }
    var dictionary = counts.dictionary(1, 0);
    assertThat(dictionary.size()).isLessThanOrEqualTo(102);
    assertThat(dictionary.labels()).isEqualTo(1);
    assertThat(dictionary.count(0)).isEqualTo(1000);
    assertThat(counts.tokens()).isEqualTo(4000);
  }
}
