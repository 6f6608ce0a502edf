package herd.data.fasttext;

import herd.Golden;
import herd.pull.Cache;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/// fastText's own model of languages gives fastText's own answers.
@Tag("golden")
class LanguagesTest {
  private static final double TOLERANCE = 1e-4;

  /// The model in the user's cache.
  static Path model() {
    var file = Cache.ofUser(System.getenv()).entries().stream()
        .flatMap(entry -> entry.files().stream())
        .filter(entry -> entry.endsWith("lid.176.ftz"))
        .findFirst();
    assumeTrue(file.isPresent(), "lid.176.ftz is not in the cache; herd language fetches it");
    return file.get();
  }

  @Test
  void labelsAndProbabilitiesAreFastTexts() throws IOException {
    var golden = Golden.shared("data-curation/language-id/lid176_ftz.jsonl");
    var classifier = FastText.read(model()).classifier();
    var wrong = new ArrayList<String>();
    int texts = 0;
    for (var line : Files.readAllLines(golden)) {
      JsonNode row = new JsonMapper().readTree(line);
      texts++;
      var top = row.get("top");
      int found = classifier.classify(row.get("text").stringValue(), 3, 0);
      if (found != top.size()) {
        wrong.add(row.get("id") + ": " + found + " labels instead of " + top.size());
        continue;
      }
      for (int i = 0; i < found; i++) {
        double expected = top.get(i).get(1).doubleValue();
        if (!classifier.name(i).equals(top.get(i).get(0).stringValue())
            || Math.abs(classifier.probability(i) - expected) > TOLERANCE) {
          wrong.add(row.get("id") + ": " + classifier.name(i) + " " + classifier.probability(i)
              + " instead of " + top.get(i));
        }
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(texts).isPositive();
  }
}
