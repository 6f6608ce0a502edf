package herd.cli;

import herd.engine.text.BpeTrainer;
import herd.engine.text.Tokenizer;
import herd.run.Fingerprint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/// `herd data tokenize`, killed just after it completed a shard or some milliseconds later, with
/// another number of threads each time.
@Tag("slow")
class KilledTokenizingTest {
  private static final int KILLS = 10;

  @TempDir
  Path dir;

  private Process tokenize(Path in, Path out, int threads) throws IOException {
    return Spawned.herd(
        dir.resolve("log"),
        "data",
        "tokenize",
        "--in",
        in.toString(),
        "--tokenizer",
        dir.resolve("tokenizer.json").toString(),
        "--out",
        out.toString(),
        "--name",
        "all",
        "--by",
        "kind",
        "--holdout",
        "0.01",
        "--shard-tokens",
        "100K",
        "--threads",
        "" + threads);
  }

  /// Every file but locks.
  private static Map<String, String> contents(Path out) throws IOException {
    var all = new TreeMap<String, String>();
    try (var files = Files.walk(out)) {
      for (var file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        if (!file.endsWith(".lock") && !file.getFileName().toString().matches("tokenizer-.*")) {
          all.put(out.relativize(file).toString(), Fingerprint.of(file));
        }
      }
    }
    return all;
  }

  /// Shards that are complete.
  private static long written(Path out) throws IOException {
    if (!Files.exists(out)) {
      return 0;
    }
    try (var files = Files.find(out, 3, (file, _) -> file.toString().endsWith(".tokens"))) {
      return files.count();
    } catch (UncheckedIOException e) {
      return 0; // a file was renamed meanwhile
    }
  }

  @Test
  void endsAsIfNothingHadHappened() throws Exception {
    var random = new Random(System.nanoTime());
    var in = Files.createDirectories(dir.resolve("in"));
    var texts = new ArrayList<String>();
    for (int f = 0; f < 3; f++) {
      var lines = new ArrayList<String>();
      for (int i = 0; i < 20_000; i++) {
        var text = "Text %d of file %d, kind %d. ".formatted(i * 7919 % 10_007, f, i % 300);
        lines.add("{\"id\": \"%d\", \"kind\": \"%s\", \"text\": \"%s\"}"
            .formatted(i, i % 2 == 0 ? "code" : "page", text.repeat(1 + i % 9)));
        texts.add(text);
      }
      Files.write(in.resolve(f + ".jsonl"), lines);
    }
    BpeTrainer.train(texts.subList(0, 2000), 400, Tokenizer.LLAMA3_SPECIALS)
        .save(dir.resolve("tokenizer.json"));
    assertThat(tokenize(in, dir.resolve("whole"), 2).waitFor()).isZero();
    var out = dir.resolve("broken");
    for (int i = 0; i < KILLS; i++) {
      long before = written(out);
      var process = tokenize(in, out, 1 + i % 3);
      while (process.isAlive() && written(out) <= before) {
        process.waitFor(2, TimeUnit.MILLISECONDS);
      }
      process.waitFor(random.nextLong(30), TimeUnit.MILLISECONDS);
      process.destroyForcibly().waitFor(); // a run that was quicker has ended well
    }
    assertThat(tokenize(in, out, 2).waitFor()).isZero();
    assertThat(contents(out)).isEqualTo(contents(dir.resolve("whole"))).hasSizeGreaterThan(20);
  }
}
