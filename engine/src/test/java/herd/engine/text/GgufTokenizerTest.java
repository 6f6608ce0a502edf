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
    metadata.put("tokenizer.ggml.pre", "qwen2");
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
