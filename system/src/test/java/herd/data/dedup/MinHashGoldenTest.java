package herd.data.dedup;

import herd.Golden;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/// Signatures, clusters and pairs against those of datatrove's coefficients and hash over words
/// split at white space.
@Tag("golden")
class MinHashGoldenTest {
  private static final MinHash USUAL = MinHash.of(5, 14, 8, 1);

  private static List<JsonNode> lines(Path file) throws IOException {
    var rows = new ArrayList<JsonNode>();
    try (var in = new BufferedReader(new InputStreamReader(
        new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
      in.lines().forEach(line -> rows.add(JsonMapper.shared().readTree(line)));
    }
    return rows;
  }

  private static Map<String, String> texts() throws IOException {
    var texts = new LinkedHashMap<String, String>();
    for (var doc : lines(Golden.shared("data-curation/filters/docs.jsonl.gz"))) {
      texts.put(doc.path("id").stringValue(), doc.path("text").stringValue());
    }
    return texts;
  }

  private static long[] numbers(JsonNode array) {
    return array.valueStream().mapToLong(JsonNode::longValue).toArray();
  }

  @Test
  void coefficientsAreTheOnesThatTheTwisterDraws() throws IOException {
    var rule = JsonMapper.shared()
        .readTree(Files.readString(Golden.shared("data-curation/filters/minhash_plain.json")));
    assertThat(USUAL.orders().a()).isEqualTo(numbers(rule.path("a")));
    assertThat(USUAL.orders().b()).isEqualTo(numbers(rule.path("b")));
  }

  @Test
  void simpleTextsAndSignaturesAreEqual() throws IOException {
    var texts = texts();
    var simplifier = new Simplifier(true);
    int seen = 0;
    for (var row :
        lines(Golden.shared("data-curation/filters/minhash_plain_signatures.jsonl.gz"))) {
      var id = row.path("id").stringValue();
      simplifier.read(texts.get(id));
      if (row.path("simplified").isString()) {
        assertThat(simplifier.text())
            .as(id)
            .isEqualTo(row.path("simplified").stringValue().replaceAll(" +", " "));
      }
      var signature = row.path("sig");
      var flat = new ArrayList<Long>();
      flatten(signature, flat);
      var ours = USUAL.signature(USUAL.shingles(simplifier));
      assertThat(ours).as(id).isEqualTo(flat.stream().mapToLong(Long::longValue).toArray());
      seen++;
    }
    assertThat(seen).isPositive();
  }

  private static void flatten(JsonNode node, List<Long> into) {
    if (node.isArray()) {
      node.forEach(child -> flatten(child, into));
    } else {
      into.add(node.longValue());
    }
  }

  @Test
  void pairsShareTheBandsAndHaveTheSimilarity() throws IOException {
    var sets = new HashMap<String, long[]>();
    var keys = new HashMap<String, long[]>();
    read(sets, keys);
    int seen = 0;
    for (var row : lines(Golden.shared("data-curation/filters/near_duplicate_pairs.jsonl.gz"))) {
      var a = row.path("a").stringValue();
      var b = row.path("b").stringValue();
      assertThat(MinHash.jaccard(sets.get(a), sets.get(b)))
          .as(a + " " + b)
          .isCloseTo(row.path("jaccard").doubleValue(), within(1e-6));
      var equal = new ArrayList<Integer>();
      for (int band = 0; band < keys.get(a).length; band++) {
        if (keys.get(a)[band] == keys.get(b)[band]) {
          equal.add(band);
        }
      }
      assertThat(equal)
          .isEqualTo(row.path("equal_buckets_plain")
              .valueStream()
              .map(JsonNode::intValue)
              .toList());
      seen++;
    }
    assertThat(seen).isPositive();
  }

  private static void read(Map<String, long[]> sets, Map<String, long[]> keys) throws IOException {
    var simplifier = new Simplifier(true);
    texts().forEach((id, text) -> {
      simplifier.read(text);
      var shingles = USUAL.shingles(simplifier);
      sets.put(id, MinHash.set(shingles));
      keys.put(id, shingles.length == 0 ? new long[0] : USUAL.keys(USUAL.signature(shingles), 0));
    });
  }

  @Test
  void clustersAreEqual(@TempDir Path scratch) throws IOException {
    var rule = JsonMapper.shared()
        .readTree(Files.readString(Golden.shared("data-curation/filters/minhash_plain.json")));
    var expected = new HashSet<Set<String>>();
    for (var cluster : rule.path("clusters")) {
      expected.add(
          new TreeSet<>(cluster.valueStream().map(JsonNode::stringValue).toList()));
    }
    var keys = new HashMap<String, long[]>();
    read(new HashMap<>(), keys);
    var ids = new ArrayList<>(texts().keySet());
    var groups = new Groups(ids.size());
    try (var bands = new Bands(scratch)) {
      for (int i = 0; i < ids.size(); i++) {
        bands.add(i, keys.get(ids.get(i)));
      }
      bands.pairs(groups::join);
    }
    var found = new HashMap<Integer, Set<String>>();
    for (int i = 0; i < ids.size(); i++) {
      found.computeIfAbsent(groups.root(i), _ -> new TreeSet<>()).add(ids.get(i));
    }
    found.values().removeIf(cluster -> cluster.size() < 2);
    assertThat(new HashSet<>(found.values())).isEqualTo(expected);
    assertThat(found.values().stream().mapToInt(cluster -> cluster.size() - 1).sum())
        .isEqualTo(rule.path("dropped").intValue());
    assertThat(expected).isNotEmpty();
  }
}
