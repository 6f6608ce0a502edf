package herd.data.words;

import herd.Golden;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/// What datatrove decides with every rule's defaults, when its words and sentences are the plain
/// ones.
@Tag("golden")
class RulesGoldenTest {
  private static final Map<String, TextRule> RULES = Map.of(
      "gopher_quality", GopherQuality.USUAL,
      "gopher_repetition", GopherRepetition.USUAL,
      "fineweb", FineWebQuality.USUAL,
      "c4", C4Quality.USUAL);

  private static List<JsonNode> lines(Path file) throws IOException {
    var rows = new ArrayList<JsonNode>();
    try (var in = new BufferedReader(new InputStreamReader(
        new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
      in.lines().forEach(line -> rows.add(JsonMapper.shared().readTree(line)));
    }
    return rows;
  }

  @Test
  void plainDecisionsAreEqual() throws IOException {
    var folder = Golden.shared("data-curation/filters");
    var texts = new HashMap<String, String>();
    for (var doc : lines(folder.resolve("docs.jsonl.gz"))) {
      texts.put(doc.path("id").stringValue(), doc.path("text").stringValue());
    }
    var wrong = new ArrayList<String>();
    var kept = new TreeMap<String, Integer>();
    int seen = 0;
    for (var row : lines(folder.resolve("decisions.jsonl.gz"))) {
      var id = row.path("id").stringValue();
      var plain = row.path("plain");
      var stats = TextStats.of(texts.get(id), WordRule.PLAIN);
      var scripts = TextStats.of(texts.get(id), WordRule.SCRIPTS);
      seen++;
      RULES.forEach((name, rule) -> {
        var ruling = rule.apply(stats);
        var decision = ruling.kept() ? "keep" : ruling.reason();
        if (!decision.equals(plain.path(name).stringValue())) {
          wrong.add(id + " " + name + " " + decision + " not " + plain.path(name));
        }
        kept.merge(name + " plain", ruling.kept() ? 1 : 0, Integer::sum);
        kept.merge(name + " scripts", rule.apply(scripts).kept() ? 1 : 0, Integer::sum);
        boolean spacy = row.path("spacy").path(name).stringValue().equals("keep");
        kept.merge(name + " spacy", spacy ? 1 : 0, Integer::sum);
      });
      var c4 = C4Quality.USUAL.apply(stats);
      if (c4.kept()) {
        var left = c4.text() == null ? texts.get(id) : c4.text();
        if (!sha256(left).equals(plain.path("c4_text_sha256").stringValue())) {
          wrong.add(id + " leaves another text");
        }
      }
      assertThat(stats.words()).as(id).isEqualTo(plain.path("n_words").intValue());
      assertThat(stats.solidWords()).isEqualTo(plain.path("n_non_symbol_words").intValue());
      assertThat(stats.meanWordLength())
          .isCloseTo(plain.path("mean_word_len").doubleValue(), within(1e-6));
    }
    System.out.println("of " + seen + " texts are kept " + kept);
    assertThat(wrong).isEmpty();
    assertThat(seen).isEqualTo(texts.size()).isPositive();
  }

  private static String sha256(String text) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
