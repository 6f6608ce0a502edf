package herd.train;

import herd.engine.UserError;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TokenShardTest {
  private static final String TOKENIZER = "9f86d081884c7d65";

  @TempDir
  private Path folder;

  static List<int[]> documents(Random random, int count, int longest, int vocab) {
    var out = new ArrayList<int[]>();
    for (int d = 0; d < count; d++) {
      out.add(random.ints(1 + random.nextInt(longest), 0, vocab).toArray());
    }
    return out;
  }

  @Property(tries = 40)
  void whatIsWrittenIsRead(@ForAll long seed, @ForAll @IntRange(max = 60) int count)
      throws IOException {
    var random = new Random(seed);
    int vocab = random.nextBoolean() ? 65_536 : 65_537;
    var documents = documents(random, count, 3_000, vocab);
    Path file = Files.createTempFile("shard", ".tokens");
    try (var arena = Arena.ofConfined()) {
      TokenShard.write(file, vocab, TOKENIZER, documents);
      var shard = TokenShard.open(file, arena, vocab, TOKENIZER);
      assertThat(shard.documents()).isEqualTo(count);
      assertThat(shard.tokens())
          .isEqualTo(documents.stream().mapToLong(d -> d.length).sum());
      for (int d = 0; d < count; d++) {
        assertThat(shard.document(d)).containsExactly(documents.get(d));
        assertThat(shard.length(d)).isEqualTo(documents.get(d).length);
      }
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void partsOfDocumentsAreCopied() {
    try (var arena = Arena.ofConfined()) {
      var shard = written(List.of(new int[] {1, 2, 3, 4}, new int[] {5, 6}), 100, arena);
      var out = new int[5];
      shard.copy(0, 1, out, 1, 2);
      assertThat(out).containsExactly(0, 2, 3, 0, 0);
      assertThatThrownBy(() -> shard.copy(1, 1, out, 0, 2))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  private TokenShard written(List<int[]> documents, int vocab, Arena arena) {
    Path file = folder.resolve("a.tokens");
    TokenShard.write(file, vocab, TOKENIZER, documents);
    return TokenShard.open(file, arena);
  }

  @Test
  void anotherTokenizerIsRefused() {
    try (var arena = Arena.ofConfined()) {
      Path file = written(List.of(new int[] {1}), 100, arena).file();
      assertThatThrownBy(() -> TokenShard.open(file, arena, 101, TOKENIZER))
          .isInstanceOf(UserError.class)
          .hasMessageContainingAll("a.tokens, byte 16", "100 entries", "allowed: 101 entries");
      assertThatThrownBy(() -> TokenShard.open(file, arena, 100, "other"))
          .isInstanceOf(UserError.class)
          .hasMessageContainingAll("byte 24", TOKENIZER, "tokenizer other");
    }
  }

  @Test
  void aTokenOutsideTheVocabularyIsNotWritten() {
    Path file = folder.resolve("b.tokens");
    assertThatThrownBy(() -> TokenShard.write(file, 8, TOKENIZER, List.of(new int[] {8})))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(folder).isEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(ints = {300, 70_000})
  void everyTruncationIsFound(int vocab) throws IOException {
    byte[] whole;
    try (var arena = Arena.ofConfined()) {
      whole = Files.readAllBytes(
          written(documents(new Random(1), 5, 30, vocab), vocab, arena).file());
    }
    Path cut = folder.resolve("cut.tokens");
    for (int length = 0; length < whole.length; length++) {
      Files.write(cut, java.util.Arrays.copyOf(whole, length));
      assertDamaged(cut);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {300, 70_000})
  void everyFlippedByteIsFound(int vocab) throws IOException {
    byte[] whole;
    try (var arena = Arena.ofConfined()) {
      whole = Files.readAllBytes(
          written(documents(new Random(2), 5, 30, vocab), vocab, arena).file());
    }
    Path flipped = folder.resolve("flipped.tokens");
    var random = new Random(3);
    for (int at = 0; at < whole.length; at++) {
      byte[] bytes = whole.clone();
      bytes[at] ^= (byte) (1 << random.nextInt(8));
      Files.write(flipped, bytes);
      assertDamaged(flipped);
    }
  }

  @Test
  void theDamagedBlockIsNamed() throws IOException {
    Path file;
    try (var arena = Arena.ofConfined()) {
      file = written(documents(new Random(4), 50, 4_000, 300), 300, arena).file();
    }
    byte[] bytes = Files.readAllBytes(file);
    bytes[70_000] ^= 1;
    Path damaged = folder.resolve("damaged.tokens");
    Files.write(damaged, bytes);
    try (var arena = Arena.ofConfined()) {
      assertThatThrownBy(() -> TokenShard.open(damaged, arena))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("damaged.tokens, byte 65536: damaged somewhere in bytes 65536 to");
    }
  }

  private static void assertDamaged(Path file) {
    try (var arena = Arena.ofConfined()) {
      assertThatThrownBy(() -> TokenShard.open(file, arena))
          .isInstanceOf(UserError.class)
          .hasMessageContaining(file + ", byte ");
    }
  }
}
