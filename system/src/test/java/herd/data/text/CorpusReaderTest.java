package herd.data.text;

import com.github.luben.zstd.ZstdOutputStream;
import herd.data.Doc;
import herd.data.DocFile;
import herd.engine.UserError;
import herd.engine.text.BpeTrainer;
import herd.engine.text.Tokenizer;
import herd.run.Interrupted;
import herd.run.Progress;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class CorpusReaderTest {
  private static final List<String> TEXTS = List.of(
      "The cat sat on the mat.\nAnd the dog?\n", "Größe: 12 m²\t日本語 文字。\r\n", "a", "x\n\ny");

  @TempDir
  Path folder;

  private static List<String> read(List<Path> files, boolean replace) {
    var out = Collections.synchronizedList(new ArrayList<String>());
    new CorpusReader(files, "text", replace, 2).each(sink(out), Progress.NONE);
    Collections.sort(out);
    return out;
  }

  private static CorpusReader.Sink sink(List<String> out) {
    return new CorpusReader.Sink() {
      @Override
      public void take(byte[] utf8, int from, int to) {
        out.add(new String(utf8, from, to - from, StandardCharsets.UTF_8));
      }

      @Override
      public int cut(byte[] utf8, int from, int to) {
        return from;
      }
    };
  }

  private static byte[] packed(String name, byte[] bytes) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var packing = name.endsWith(".gz")
        ? new GZIPOutputStream(out)
        : name.endsWith(".zst") ? new ZstdOutputStream(out) : out) {
      packing.write(bytes);
    }
    return out.toByteArray();
  }

  private static String lines() {
    var lines = new StringBuilder();
    for (String text : TEXTS) {
      var json = tools.jackson.databind.node.JsonNodeFactory.instance.objectNode();
      lines.append(json.put("id", 7).put("text", text).put("more", true)).append("\n");
    }
    return lines.insert(0, "\n").append("  ").toString();
  }

  @Test
  void everyFormGivesTheSameTexts() throws IOException {
    var expected = TEXTS.stream().sorted().toList();
    for (String name : List.of("a.jsonl", "b.jsonl.gz", "c.NDJSON.zst")) {
      var file = folder.resolve(name);
      Files.write(file, packed(name, lines().getBytes(StandardCharsets.UTF_8)));
      assertThat(read(List.of(file), false)).as(name).isEqualTo(expected);
    }
    var table = folder.resolve("d.parquet");
    DocFile.write(
        table,
        TEXTS.stream().map(t -> new Doc("i", "u", "s", "page", "g", "t", t)).toList());
    assertThat(read(List.of(table), false)).isEqualTo(expected);
    var files = new ArrayList<Path>();
    for (int i = 0; i < TEXTS.size(); i++) {
      String name = i + (i % 2 == 0 ? ".txt" : ".md.gz");
      files.add(Files.write(
          folder.resolve(name), packed(name, TEXTS.get(i).getBytes(StandardCharsets.UTF_8))));
    }
    assertThat(read(files, false)).isEqualTo(expected);
  }

  @Test
  void foldersAndPatternsNameFiles() throws IOException {
    var below = Files.createDirectories(folder.resolve("one/two"));
    Files.writeString(below.resolve("b.txt"), "b");
    Files.writeString(folder.resolve("one/a.txt"), "a");
    Files.writeString(folder.resolve("one/c.md"), "c");
    Files.writeString(folder.resolve("one/.hidden"), "h");
    assertThat(TextFiles.of(List.of(folder + "/one"))).hasSize(3);
    assertThat(TextFiles.of(List.of(folder + "/one/*.txt"))).hasSize(1);
    assertThat(TextFiles.of(List.of(folder + "/**.txt", folder + "/one/a.txt"))).hasSize(2);
    for (String wrong : List.of("/no", "/*.csv", "/no/*.txt")) {
      assertThatThrownBy(() -> TextFiles.of(List.of(folder + wrong)))
          .isInstanceOf(UserError.class)
          .hasMessageContaining(folder.toString());
    }
    Files.createDirectories(folder.resolve("empty"));
    assertThatThrownBy(() -> TextFiles.of(List.of(folder + "/empty")))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("no file in it");
  }

  /// A text of several blocks gives the merges that it gives in one piece, on any number of
  /// threads.
  @Test
  void longTextsAreCutWhereThatChangesNothing() throws IOException {
    var random = new Random(1);
    var text = new StringBuilder();
    String[] words = {"cat", " ", "\n", "  ", "größer", "12", "日本", "'ll", "-", "\r\n", "\t", "e"};
    while (text.length() < 3_000_000) {
      text.append(words[random.nextInt(words.length)]);
    }
    var file = Files.writeString(folder.resolve("long.txt"), text);
    var whole = BpeTrainer.train(List.of(text.toString()), 400, Tokenizer.LLAMA3_SPECIALS);
    whole.save(folder.resolve("whole.json"));
    for (int threads : new int[] {1, 3}) {
      try (var trainer = new BpeTrainer(threads, 1 << 26, folder)) {
        var totals = new CorpusReader(List.of(file), "text", false, threads)
            .each(new Counting(trainer), Progress.NONE);
        assertThat(totals.documents()).isEqualTo(1);
        assertThat(totals.bytes()).isEqualTo(Files.size(file));
        assertThat(totals.characters()).isEqualTo(text.codePoints().count());
        var result = trainer.learn(400, Tokenizer.LLAMA3_SPECIALS, _ -> {});
        assertThat(result.corpusTokens()).isEqualTo(whole.encode(text.toString()).length);
        result.tokenizer().save(folder.resolve("cut.json"));
      }
      assertThat(folder.resolve("cut.json")).hasSameTextualContentAs(folder.resolve("whole.json"));
    }
  }

  private record Counting(BpeTrainer trainer) implements CorpusReader.Sink {
    @Override
    public void take(byte[] utf8, int from, int to) {
      trainer.add(utf8, from, to);
    }

    @Override
    public int cut(byte[] utf8, int from, int to) {
      return trainer.cut(utf8, from, to);
    }
  }

  @Test
  void bytesThatAreNotUtf8NameTheirPlaceOrAreReplaced() throws IOException {
    var bytes = new ByteArrayOutputStream();
    bytes.write("word ".repeat(300_000).getBytes(StandardCharsets.UTF_8));
    bytes.write(0xFF);
    bytes.write(" end".getBytes(StandardCharsets.UTF_8));
    bytes.write(0xE6); // a character that is cut short
    var file = Files.write(folder.resolve("bad.txt"), bytes.toByteArray());
    assertThatThrownBy(() -> read(List.of(file), false))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("byte 1500000")
        .hasMessageContaining("--replace");
    assertThat(String.join("", read(List.of(file), true))).contains("\uFFFD end\uFFFD");
    var lines = Files.write(
        folder.resolve("bad.jsonl"), new byte[] {'{', '"', (byte) 0xC3, '"', ':', '1', '}'});
    assertThatThrownBy(() -> read(List.of(lines), false))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("bad.jsonl:1");
  }

  @Test
  void brokenFilesAreNamed() throws IOException {
    var cases = Map.of(
        "cut.jsonl", "{\"text\":\"a\"}\n{\"text\":\"b\"",
        "list.jsonl", "[1]",
        "other.jsonl", "{\"body\":\"a\"}",
        "no.txt.gz", "plain",
        "no.txt.zst", "plain",
        "no.parquet", "plain");
    for (var one : cases.entrySet()) {
      var file = Files.writeString(folder.resolve(one.getKey()), one.getValue());
      assertThatThrownBy(() -> read(List.of(file), false))
          .as(one.getKey())
          .isInstanceOf(UserError.class)
          .hasMessageContaining(one.getKey());
    }
    byte[] packed = packed("x.gz", "word ".repeat(10_000).getBytes(StandardCharsets.UTF_8));
    var file = Files.write(
        folder.resolve("half.txt.gz"), java.util.Arrays.copyOf(packed, packed.length / 2));
    assertThatThrownBy(() -> read(List.of(file), false))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("half.txt.gz");
  }

  @Test
  void stopsWhenAsked() throws IOException {
    var file = Files.writeString(folder.resolve("a.txt"), "word ".repeat(1_000_000));
    var stopping = new Progress() {
      @Override
      public void at(long done, long total, String unit, Map<String, Object> facts) {}

      @Override
      public boolean interrupted() {
        return true;
      }
    };
    assertThatThrownBy(() -> new CorpusReader(List.of(file), "text", false, 2)
            .each(sink(new ArrayList<>()), stopping))
        .isInstanceOf(Interrupted.class);
  }
}
