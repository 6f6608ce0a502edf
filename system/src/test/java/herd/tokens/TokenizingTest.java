package herd.tokens;

import herd.data.text.TextFiles;
import herd.engine.UserError;
import herd.engine.text.BpeTrainer;
import herd.engine.text.Tokenizer;
import herd.run.Interrupted;
import herd.run.Progress;
import herd.train.TokenShard;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TokenizingTest {
  private static final String SAMPLE =
      "the river and the stone, the hill and the sea; a bird over the old road\n";
  private static Tokenizer tokenizer;

  @TempDir
  private Path dir;

  @BeforeAll
  static void train() {
    tokenizer = BpeTrainer.train(List.of(SAMPLE.repeat(50)), 300, Tokenizer.LLAMA3_SPECIALS);
  }

  private static Sorting plain(double heldOut) {
    return new Sorting("all", "", heldOut);
  }

  private Tokenizing task(List<Path> files, Sorting sorting, long shardTokens) {
    return new Tokenizing(files, "text", tokenizer, sorting, shardTokens);
  }

  private static String row(int i, String kind) {
    return "{\"id\": \"%d\", \"kind\": \"%s\", \"text\": \"%s\"}"
        .formatted(i, kind, text(i).replace("\n", "\\n"));
  }

  private static String text(int i) {
    return "number " + i + ", " + SAMPLE.substring(i % 40).repeat(1 + i % 3);
  }

  private Path rows(String name, int from, int to) throws IOException {
    var lines = new ArrayList<String>();
    for (int i = from; i < to; i++) {
      lines.add(row(i, i % 3 == 0 ? "code" : "page"));
    }
    byte[] bytes = String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
    var packed = new ByteArrayOutputStream();
    if (name.endsWith(".gz")) {
      try (var gzip = new GZIPOutputStream(packed)) {
        gzip.write(bytes);
      }
      bytes = packed.toByteArray();
    }
    return Files.write(dir.resolve(name), bytes);
  }

  /// All documents of a source, decoded, in order.
  private static List<String> texts(TokenFolder folder, String source, boolean held) {
    var texts = new ArrayList<String>();
    for (var shard : folder.shards()) {
      if (shard.source().equals(source) && shard.held() == held) {
        try (var arena = Arena.ofConfined()) {
          var opened = TokenShard.open(folder.at(shard), arena, folder.vocab(), folder.tokenizer());
          assertThat(opened.documents()).isEqualTo((int) shard.documents());
          assertThat(opened.tokens()).isEqualTo(shard.tokens());
          for (int d = 0; d < opened.documents(); d++) {
            texts.add(tokenizer.decode(opened.document(d)));
          }
        }
      }
    }
    return texts;
  }

  /// Every file of a folder but locks, by name.
  private static Map<String, String> bytes(Path folder) throws IOException {
    var all = new TreeMap<String, String>();
    try (var files = Files.walk(folder)) {
      for (var file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        if (!file.endsWith(".lock")) {
          all.put(
              folder.relativize(file).toString(), Arrays.hashCode(Files.readAllBytes(file)) + "");
        }
      }
    }
    return all;
  }

  /// Tokens by hand: the three documents, one of them blank, and one without a text.
  @Test
  void documentsBecomeTokensInTheirOrder() throws IOException {
    var file = Files.writeString(dir.resolve("a.jsonl"), """
        {"id": "1", "text": "the sea"}
        {"id": "2", "text": " \\n "}

        {"id": "3", "title": "no text"}
        {"id": "4", "html": "<p>a page</p>"}
        not json
        {"id": "5", "text": "<|eot_id|> a bird", "kind": "code"}
        """);
    var out = dir.resolve("out");
    var outcome = task(List.of(file), plain(0), 1000).run(out, 0, 1, 2, Progress.NONE);
    var folder = outcome.folder();
    assertThat(texts(folder, "all", false)).containsExactly("the sea", "<|eot_id|> a bird");
    try (var arena = Arena.ofConfined()) {
      var shard = TokenShard.open(out.resolve("00000-000.tokens"), arena);
      assertThat(shard.document(0)).isEqualTo(tokenizer.encode("the sea"));
      assertThat(shard.document(1)).isEqualTo(tokenizer.encode("<|eot_id|> a bird"));
    }
    assertThat(folder.dropped()).isEqualTo(Map.of("empty", 1L, "no-text", 2L, "not-json", 1L));
    assertThat(folder.sum(_ -> true, Shard::bytes)).isEqualTo(7 + 17);
    assertThat(outcome.documents()).isEqualTo(2);
    assertThat(outcome.dropped()).isEqualTo(4);
    assertThat(TokenFolder.all(List.of(out))).containsExactly(folder);
    assertThat(TokenFolder.tokens(List.of(folder), 2).get("all"))
        .isEqualTo(folder.sum(_ -> true, Shard::tokens) + 4);
  }

  @Test
  void sourcesByAFieldAndHeldOutDocuments() throws IOException {
    var files = List.of(rows("a.jsonl", 0, 300), rows("b.jsonl.gz", 300, 600));
    var sorting = new Sorting("all", "kind", 0.1);
    var folder = task(files, sorting, 5000)
        .run(dir.resolve("out"), 0, 1, 2, Progress.NONE)
        .folder();
    assertThat(folder.sources().keySet()).containsExactly("code", "page");
    for (var kind : List.of("code", "page")) {
      var seen = texts(folder, kind, false);
      var held = texts(folder, kind, true);
      assertThat(held).isNotEmpty().doesNotContainAnyElementsOf(seen);
      assertThat(seen.size()).isGreaterThan(held.size());
      var wanted = new ArrayList<String>();
      for (int i = 0; i < 600; i++) {
        if (kind.equals(i % 3 == 0 ? "code" : "page")) {
          wanted.add(text(i));
        }
      }
      var both = new ArrayList<>(seen);
      both.addAll(held);
      assertThat(both).containsExactlyInAnyOrderElementsOf(wanted);
      wanted.removeAll(held);
      assertThat(seen).isEqualTo(wanted);
    }
    for (var shard : folder.shards()) {
      assertThat(shard.tokens()).isLessThanOrEqualTo(5000);
      assertThat(shard.file()).startsWith(shard.source() + "/");
    }
  }

  /// Whoever makes them, on however many threads: the same bytes.
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void anyThreadsAndRanksGiveTheSameBytes(int ranks) throws IOException {
    var files = new ArrayList<Path>();
    for (int f = 0; f < 7; f++) {
      files.add(rows(f + (f % 2 == 0 ? ".jsonl" : ".jsonl.gz"), 50 * f, 50 * f + 30 * (f % 3)));
    }
    var task = task(files, new Sorting("all", "kind", 0.05), 2500);
    var alone = dir.resolve("alone");
    task.run(alone, 0, 1, 1, 2000, Progress.NONE);
    assertThat(alone.resolve(".parts").toFile().list()).hasSize(4);
    var shared = dir.resolve("shared");
    for (int r = ranks - 1; r >= 0; r--) {
      var outcome = task.run(shared, r, ranks, 9, 2000, Progress.NONE);
      assertThat(outcome.folder() == null).isEqualTo(r > 0);
    }
    assertThat(bytes(shared)).isEqualTo(bytes(alone));
  }

  /// Stopped after some of the bytes, again and again, and finished: the same bytes, no document
  /// lost or doubled, and nothing left that is half written.
  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void aRunThatWasStoppedGoesOn(long seed) throws IOException {
    var random = new Random(seed);
    long portion = seed == 1 ? 1 << 20 : 10;
    var files = List.of(
        rows("a.jsonl", 0, 900),
        Files.writeString(dir.resolve("b.txt"), text(5000)),
        Files.write(dir.resolve("c.parquet"), new byte[] {1, 2, 3}),
        rows("d.jsonl.gz", 900, 1500));
    var task = task(files, plain(0.02), 20_000);
    var whole = dir.resolve("whole");
    var folder = task.run(whole, 0, 1, 2, portion, Progress.NONE).folder();
    assertThat(folder.dropped()).isEqualTo(Map.of("unreadable-file", 1L));
    assertThat(folder.sum(_ -> true, Shard::documents)).isEqualTo(1501);
    var broken = dir.resolve("broken");
    int stops = 0;
    for (int attempt = 0; attempt < 6; attempt++) {
      try {
        task.run(broken, 0, 1, 1 + random.nextInt(9), portion, new Stopping(random.nextInt(6)));
      } catch (Interrupted e) {
        stops++;
      }
    }
    task.run(broken, 0, 1, 2, portion, Progress.NONE);
    assertThat(stops).isPositive();
    assertThat(bytes(broken)).isEqualTo(bytes(whole));
  }

  private static final class Stopping implements Progress {
    private int left;

    Stopping(int left) {
      this.left = left;
    }

    @Override
    public void at(long done, long total, String unit, Map<String, Object> facts) {
      assertThat(done).isLessThanOrEqualTo(total);
    }

    @Override
    public synchronized boolean interrupted() {
      return left-- <= 0;
    }
  }

  @Test
  void otherFilesOrSettingsInTheSameFolderAreRefused() throws IOException {
    var file = rows("a.jsonl", 0, 20);
    var out = dir.resolve("out");
    task(List.of(file), plain(0), 1000).run(out, 0, 1, 1, Progress.NONE);
    var before = bytes(out);
    task(List.of(file), plain(0), 1000).run(out, 0, 1, 1, Progress.NONE);
    assertThat(bytes(out)).isEqualTo(before);
    assertThatThrownBy(() -> task(List.of(file), plain(0), 999).run(out, 0, 1, 1, Progress.NONE))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("other settings");
    rows("a.jsonl", 0, 21);
    assertThatThrownBy(() -> task(List.of(file), plain(0), 1000).run(out, 0, 1, 1, Progress.NONE))
        .isInstanceOf(UserError.class);
    assertThat(bytes(out)).isEqualTo(before);
  }

  @Test
  void mistakesAreToldBeforeAnyWork() throws IOException {
    var page = Files.writeString(dir.resolve("a.html.gz"), "");
    assertThatThrownBy(() -> task(List.of(page), plain(0), 1000))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("herd curate");
    var file = Files.writeString(dir.resolve("a.jsonl"), "{\"content\": \"x\"}\n");
    var task = task(List.of(file), plain(0), 1000);
    assertThatThrownBy(() -> task.run(dir.resolve("out"), 0, 1, 1, Progress.NONE))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("no-text");
    assertThatThrownBy(() -> task.run(dir.resolve("out"), 2, 2, 1, Progress.NONE))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("--rank");
    assertThatThrownBy(() -> new Sorting("a/b", "", 0)).isInstanceOf(UserError.class);
    assertThatThrownBy(() -> new Sorting("a", "", 0.7)).isInstanceOf(UserError.class);
    assertThat(Sorting.folder("../Arts & Entertainment")).isEqualTo("arts-entertainment");
    assertThat(Sorting.folder("..")).isEqualTo("none");
  }

  @Test
  void anotherVocabularyIsRefused() throws IOException {
    var file = rows("a.jsonl", 0, 20);
    task(List.of(file), plain(0), 1000).run(dir.resolve("t/one"), 0, 1, 1, Progress.NONE);
    var other = BpeTrainer.train(List.of(SAMPLE.repeat(9)), 290, Tokenizer.LLAMA3_SPECIALS);
    new Tokenizing(List.of(file), "text", other, new Sorting("b", "", 0), 1000)
        .run(dir.resolve("t/two"), 0, 1, 1, Progress.NONE);
    assertThatThrownBy(() -> TokenFolder.all(List.of(dir.resolve("t"))))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("another vocabulary");
    assertThatThrownBy(() -> TokenFolder.all(List.of(dir.resolve("none"))))
        .isInstanceOf(UserError.class);
    var twice = List.of(dir.resolve("t/one"), dir.resolve("t/../t/one"));
    assertThatThrownBy(() -> TokenFolder.all(twice)).hasMessageContaining("twice");
  }

  @Test
  void filesAreCutIntoPortionsBySizeAndDealtOutEvenly() throws IOException {
    var files = new ArrayList<Path>();
    for (int i = 0; i < 23; i++) {
      files.add(Files.write(dir.resolve("%02d.txt".formatted(i)), new byte[i % 5]));
    }
    var portions = Portion.of(files, 6);
    assertThat(portions.stream().flatMap(p -> p.files().stream()).toList()).isEqualTo(files);
    assertThat(portions.subList(0, portions.size() - 1)).allMatch(p -> p.bytes() >= 6);
    var dealt = new ArrayList<Portion>();
    for (int r = 0; r < 3; r++) {
      dealt.addAll(Portion.ofRank(portions, r, 3));
    }
    assertThat(dealt).containsExactlyInAnyOrderElementsOf(portions);
    assertThat(TextFiles.of(List.of(dir.toString()))).isEqualTo(files);
  }
}
