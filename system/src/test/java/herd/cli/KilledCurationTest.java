package herd.cli;

import herd.run.Fingerprint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/// `herd curate`, killed at random moments.
@Tag("slow")
class KilledCurationTest {
  private static final int KILLS = 20;

  @TempDir
  Path dir;

  private Process curate(Path in, Path recipe, Path out) throws IOException {
    return Spawned.herd(
        dir.resolve("log"),
        "curate",
        "--in",
        in.toString(),
        "--recipe",
        recipe.toString(),
        "--out",
        out.toString(),
        "--keep-rejected");
  }

  private static TreeMap<String, String> contents(Path out) throws IOException {
    var all = new TreeMap<String, String>();
    for (var folder : List.of("documents", "rejected")) {
      try (var files = Files.list(out.resolve("curate").resolve(folder))) {
        for (var file : (Iterable<Path>) files::iterator) {
          all.put(folder + "/" + file.getFileName(), Fingerprint.of(file));
        }
      }
    }
    return all;
  }

  @Test
  void endsAsIfNothingHadHappened() throws Exception {
    long seed = System.nanoTime();
    var random = new Random(seed);
    var in = dir.resolve("in.jsonl");
    var lines = new ArrayList<String>();
    for (int i = 0; i < 20_000; i++) {
      var text =
          "Text number %d, of the kind %d, ".formatted(i % 19_000, i % 300).repeat(20);
      lines.add("{\"id\": \"%d\", \"text\": \"%s\"}".formatted(i, text));
    }
    Files.write(in, lines);
    var recipe = Files.writeString(dir.resolve("recipe.yaml"), """
        shardBytes: 100K
        steps:
          - {kind: short-document, minWords: 3}
          - {kind: pii}
          - {kind: exact-duplicates}
          - {kind: near-duplicates}
        """);
    long start = System.nanoTime();
    assertThat(curate(in, recipe, dir.resolve("whole")).waitFor()).isZero();
    long whole = (System.nanoTime() - start) / 1_000_000;
    int killed = 0;
    var out = dir.resolve("broken");
    for (int i = 0; i < KILLS; i++) {
      var process = curate(in, recipe, out);
      if (!process.waitFor(random.nextLong(whole), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
        killed++;
      }
    }
    assertThat(curate(in, recipe, out).waitFor()).isZero();
    assertThat(killed).isPositive();
    assertThat(contents(out))
        .as("seed " + seed)
        .isEqualTo(contents(dir.resolve("whole")))
        .hasSizeGreaterThan(5);
  }
}
