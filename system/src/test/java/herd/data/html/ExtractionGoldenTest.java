package herd.data.html;

import herd.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

import static org.assertj.core.api.Assertions.assertThat;

/// Real pages with sentences that belong to their content and sentences that do not, counted as the
/// pages' own benchmark counts.
@Tag("golden")
class ExtractionGoldenTest {
  private final Extractor extractor = new Extractor();
  private static final Pattern SPACE = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);

  private int found;
  private int missed;
  private int wrong;

  @Test
  void contentIsKeptAndSurroundingsAreNot() throws IOException {
    var folder = Golden.shared("data-curation/html-extraction");
    for (var line : Files.readAllLines(folder.resolve("gold.jsonl"))) {
      count(folder, new ObjectMapper().readTree(line));
    }
    double f1 = 2.0 * found / (2 * found + missed + wrong);
    double recall = (double) found / (found + missed);
    assertThat(f1).describedAs("F1").isGreaterThanOrEqualTo(0.935);
    assertThat(recall).describedAs("recall").isGreaterThanOrEqualTo(0.955);
  }

  private void count(Path folder, JsonNode gold) throws IOException {
    var file = folder.resolve(gold.get("html").asString());
    try (var in = new GZIPInputStream(Files.newInputStream(file))) {
      var text =
          squeezed(extractor.read(in.readAllBytes(), gold.get("url").asString()).text());
      for (var snippet : gold.get("with")) {
        if (text.contains(squeezed(snippet.asString()))) {
          found++;
        } else {
          missed++;
        }
      }
      for (var snippet : gold.get("without")) {
        wrong += text.contains(squeezed(snippet.asString())) ? 1 : 0;
      }
    }
  }

  private static String squeezed(String text) {
    return SPACE.matcher(text).replaceAll(" ").strip();
  }
}
