package herd.data.fasttext;

import com.sun.management.ThreadMXBean;
import herd.engine.UserError;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/// Small models that fastText made (`models.py` beside them) are read, and give its answers.
class FastTextTest {
  static final Path MODELS = models();

  private static Path models() {
    try {
      return Path.of(FastTextTest.class.getResource("predictions.jsonl").toURI())
          .getParent();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(MODELS)) {
      return files
          .filter(file -> file.toString().matches(".*\\.(bin|ftz)"))
          .sorted()
          .toList();
    }
  }

  @Test
  void answersAreFastTexts() throws IOException {
    assertAnswers(MODELS);
  }

  /// Compares the answers of the models in `folder` with fastText's.
  static void assertAnswers(Path folder) throws IOException {
    var classifiers = new HashMap<String, Classifier>();
    for (var file : files()) {
      var name = file.getFileName().toString();
      classifiers.put(name, FastText.read(folder.resolve(name)).classifier());
    }
    var wrong = new ArrayList<String>();
    var lines = Files.readAllLines(MODELS.resolve("predictions.jsonl"));
    for (var line : lines) {
      var row = new JsonMapper().readTree(line);
      var classifier = classifiers.get(row.get("model").stringValue());
      var all = classifier.another();
      int found = classifier.classify(row.get("text").stringValue(), 3, 0);
      boolean same = found == row.get("top").size();
      for (int i = 0; same && i < found; i++) {
        var top = row.get("top").get(i);
        // Labels by themselves are often equally probable: fastText looks them up in a table.
        boolean tied = twoAlike(row.get("text").stringValue(), classifier.probability(i), all);
        same = (tied || classifier.name(i).equals(top.get(0).stringValue()))
            && Math.abs(classifier.probability(i) - top.get(1).doubleValue()) < 1e-5;
      }
      if (!same) {
        wrong.add(
            line + " but " + (found > 0 ? classifier.name(0) + classifier.probability(0) : ""));
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(lines).hasSizeGreaterThan(100);
  }

  /// Whether two labels of the text have this probability.
  private static boolean twoAlike(String text, float probability, Classifier all) {
    int found = all.classify(text, Integer.MAX_VALUE, 0);
    int alike = 0;
    for (int i = 0; i < found; i++) {
      alike += Math.abs(all.probability(i) - probability) < 1e-7 ? 1 : 0;
    }
    return alike > 1;
  }

  @Test
  void aCutFileSaysWhere() throws IOException {
    for (var file : files()) {
      var whole = Files.readAllBytes(file);
      for (int length = 0; length < whole.length; length += length < 200 ? 1 : 97) {
        var cut = MemorySegment.ofArray(Arrays.copyOf(whole, length));
        assertThatThrownBy(() -> ModelReader.read(file, cut))
            .as(file + " cut to " + length)
            .isInstanceOf(UserError.class)
            .hasMessageContaining("at byte ");
      }
    }
  }

  /// Either a model that answers, or a user's mistake; never more memory than the file's size
  /// allows.
  @Property(tries = 1000)
  void damagedBytesAreAUsersMistake(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 6) int flips) throws IOException {
    var random = new Random(seed);
    var files = files();
    var bytes = Files.readAllBytes(files.get(random.nextInt(files.size())));
    for (int i = 0; i < flips; i++) {
      int at = random.nextInt(random.nextBoolean() ? 120 : bytes.length);
      bytes[at] =
          random.nextBoolean() ? (byte) random.nextInt() : (byte) (random.nextInt(2) * 0x7f);
    }
    try {
      var model = ModelReader.read(Path.of("damaged.bin"), MemorySegment.ofArray(bytes));
      model.classifier().classify("kalo mi __label__ada ту </s> x", 3, 0);
    } catch (UserError e) {
      assertThat(e.getMessage()).contains("damaged.bin at byte ");
    }
  }

  @Test
  void bucketsInAModelWithoutAnyAreAUsersMistake() throws IOException {
    damagedBytesAreAUsersMistake(-1769, 6);
  }

  @Test
  void nothingIsAllocatedPerText() throws IOException {
    var classifier = FastText.read(MODELS.resolve("tree.ftz")).classifier();
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    var text = "kalo mi 語 lo re nu ".repeat(20);
    classifier.classify(text, 3, 0);
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 1000; i++) {
      classifier.classify(text, 3, 0);
    }
    // The measuring itself may allocate a little.
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(4096);
  }

  @Property(tries = 200)
  void anyTextIsClassifiedAlikeByEveryClassifier(@ForAll @StringLength(max = 80) String text)
      throws IOException {
    var model = FastText.read(MODELS.resolve("tree.ftz"));
    var used = model.classifier();
    used.classify("kalo mi " + text + text, 8, 0);
    int found = used.classify(text, 8, 0);
    var fresh = model.classifier();
    assertThat(fresh.classify(text, 8, 0)).isEqualTo(found);
    for (int i = 0; i < found; i++) {
      assertThat(fresh.label(i)).isEqualTo(used.label(i));
      assertThat(fresh.probability(i)).isEqualTo(used.probability(i));
    }
  }
}
