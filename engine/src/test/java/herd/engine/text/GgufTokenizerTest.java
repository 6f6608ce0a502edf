package herd.engine.text;

import herd.engine.Golden;
import herd.engine.UserError;
import herd.engine.io.Gguf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class GgufTokenizerTest {
  private static final String TEXT = "The cat's mat, the hat; 12345 日本語\n\n  done. ";

  private final Tokenizer tokenizer =
      BpeTrainer.train(List.of(TEXT.repeat(3)), 290, Tokenizer.LLAMA3_SPECIALS);

  @TempDir
  Path folder;

  @Test
  void aSavedTokenizerIsTheSameTokenizer() {
    Path file = folder.resolve("t.gguf");
    Gguf.write(file, GgufTokenizer.metadata(tokenizer, tokenizer.vocab() + 3), List.of());
    var loaded = Tokenizer.load(file);
    assertThat(loaded.specials()).isEqualTo(tokenizer.specials());
    assertThat(loaded.encode(TEXT)).isEqualTo(tokenizer.encode(TEXT));
    assertThat(loaded.decode(loaded.encode(TEXT))).isEqualTo(TEXT);
  }

  @Test
  void otherTokenizersAreRefusedByKey() {
    var metadata = new LinkedHashMap<>(GgufTokenizer.metadata(tokenizer, tokenizer.vocab()));
    Path file = folder.resolve("t.gguf");
    metadata.put("tokenizer.ggml.pre", "tekken");
    Gguf.write(file, metadata, List.of());
    assertThatThrownBy(() -> Tokenizer.load(file))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("t.gguf, key 'tokenizer.ggml.pre'");
    metadata.put("tokenizer.ggml.pre", "llama-bpe");
    metadata.put("tokenizer.ggml.token_type", new int[] {1});
    Gguf.write(file, metadata, List.of());
    assertThatThrownBy(() -> Tokenizer.load(file)).hasMessageContaining("token_type");
    assertThatThrownBy(() -> GgufTokenizer.metadata(tokenizer, 100)).isInstanceOf(UserError.class);
  }

  /// As SentencePiece defines it: the best score first, then from the left; a character without a
  /// token is its bytes; a mark before the text and for each space.
  @Test
  void tokenizersOfLlama2MergeByScore() {
    var names = new java.util.ArrayList<>(List.of("<unk>", "<s>", "</s>"));
    var types = new java.util.ArrayList<>(List.of(2, 3, 3));
    for (int b = 0; b < 256; b++) {
      names.add("<0x%02X>".formatted(b));
      types.add(6);
    }
    var words = List.of("▁", "h", "e", "l", "o", "he", "ll", "▁he", "lo", "▁hello", "llo", "hello");
    words.forEach(w -> {
      names.add(w);
      types.add(1);
    });
    var scores = new float[names.size()];
    for (int i = 259; i < scores.length; i++) {
      scores[i] = 258 - i;
    }
    var metadata = new LinkedHashMap<String, Object>();
    metadata.put("tokenizer.ggml.model", "llama");
    metadata.put("tokenizer.ggml.tokens", names);
    metadata.put("tokenizer.ggml.scores", scores);
    metadata.put(
        "tokenizer.ggml.token_type", types.stream().mapToInt(type -> type).toArray());
    Path file = folder.resolve("spm.gguf");
    Gguf.write(file, metadata, List.of());
    var loaded = Tokenizer.load(file);
    // he and ll first, then ▁he and llo, then both.
    assertThat(loaded.encode("hello")).containsExactly(names.indexOf("▁hello"));
    assertThat(loaded.encode("hellho"))
        .containsExactly(
            names.indexOf("▁he"), names.indexOf("ll"), names.indexOf("h"), names.indexOf("o"));
    assertThat(loaded.encode("é"))
        .containsExactly(names.indexOf("▁"), names.indexOf("<0xC3>"), names.indexOf("<0xA9>"));
    for (String text : List.of("hello", " hello  lo", "日本 é\n", "", "he".repeat(200))) {
      assertThat(loaded.decode(loaded.encode(text))).isEqualTo(text);
    }
    assertThat(loaded.encodeSpecial("</s>he")).startsWith(2);
  }

  @Test
  @Tag("golden")
  void goldenFilesCarryTheTokenizerOfTheirRankFile() throws IOException {
    try (Stream<Path> files = Files.walk(Golden.folder("infer"), 2)) {
      for (Path gguf : files.filter(f -> f.endsWith("model-f32.gguf")).toList()) {
        var ours = Tokenizer.load(gguf);
        var ranks = Tokenizer.load(gguf.resolveSibling("tokenizer.model"));
        assertThat(ours.vocab()).isEqualTo(ranks.vocab());
        assertThat(ours.encode(TEXT)).isEqualTo(ranks.encode(TEXT));
        assertThat(ours.special("<|eot_id|>")).isEqualTo(ranks.special("<|eot_id|>"));
      }
    }
  }
}
