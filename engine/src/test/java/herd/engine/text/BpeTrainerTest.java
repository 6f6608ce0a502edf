package herd.engine.text;

import herd.engine.Golden;
import herd.engine.UserError;
import herd.engine.io.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class BpeTrainerTest {
  @Test
  @Tag("golden")
  void learnsTheGoldenMergesInOrder() throws IOException {
    var folder = Golden.folder("train");
    var golden = Json.read(folder.resolve("bpe_golden.json"));
    assertThat(golden.get("pattern").string()).isEqualTo(Llama3Splitter.PATTERN);
    String corpus = Files.readString(folder.resolve("bpe_corpus.txt"));
    var expected = golden.get("merges_raw").list().stream()
        .map(m -> m.list().get(0).string() + " " + m.list().get(1).string())
        .toList();
    var tokenizer = BpeTrainer.train(List.of(corpus), 256 + expected.size(), List.of());
    assertThat(merges(tokenizer)).isEqualTo(expected);
    assertThat(tokenizer.encode(corpus))
        .hasSize((int) golden.get("tokens_after_500_raw").integer());
  }

  private static List<String> merges(Tokenizer tokenizer) {
    var out = new ArrayList<String>();
    for (int[] pair : tokenizer.merges().inOrder()) {
      out.add(HexFormat.of().formatHex(tokenizer.bytes(pair[0])) + " "
          + HexFormat.of().formatHex(tokenizer.bytes(pair[1])));
    }
    return out;
  }

  /// Counting all pairs anew before each merge gives the same merges.
  @Property(tries = 100)
  void learnsWhatRecountingLearns(
      @ForAll @StringLength(max = 60) @CharRange(from = 'a', to = 'c') String text) {
    int entries = 270;
    assertThat(merges(BpeTrainer.train(List.of(text), entries, List.of())))
        .isEqualTo(recounted(text, entries));
  }

  private static List<String> recounted(String text, int entries) {
    var pieces = new ArrayList<List<Integer>>();
    for (String piece : Llama3SplitterTest.pieces(text)) {
      pieces.add(new ArrayList<>(piece.chars().boxed().toList()));
    }
    var names = new ArrayList<String>();
    for (int b = 0; b < 256; b++) {
      names.add("%02x".formatted(b));
    }
    var out = new ArrayList<String>();
    while (names.size() < entries) {
      var counts = new java.util.TreeMap<Long, Integer>();
      for (var piece : pieces) {
        for (int i = 0; i + 1 < piece.size(); i++) {
          counts.merge((long) piece.get(i) << 32 | piece.get(i + 1), 1, Integer::sum);
        }
      }
      if (counts.isEmpty()) {
        return out;
      }
      int most = counts.values().stream().mapToInt(n -> n).max().orElseThrow();
      long best = counts.keySet().stream()
          .filter(p -> counts.get(p) == most)
          .findFirst()
          .orElseThrow();
      int left = (int) (best >> 32);
      int right = (int) best;
      String name = names.get(left) + names.get(right);
      out.add(names.get(left) + " " + names.get(right));
      int id = names.indexOf(name);
      if (id < 0) {
        id = names.size();
        names.add(name);
      }
      for (var piece : pieces) {
        for (int i = 0; i + 1 < piece.size(); i++) {
          if (piece.get(i) == left && piece.get(i + 1) == right) {
            piece.set(i, id);
            piece.remove(i + 1);
          }
        }
      }
    }
    return out;
  }

  @Test
  void theOrderOfTextsDoesNotMatter() {
    var texts = new ArrayList<>(List.of("the cat", "the hat that", "a bat", "12 mats; 'tis that"));
    var merges = merges(BpeTrainer.train(texts, 290, List.of()));
    java.util.Collections.shuffle(texts, new Random(1));
    assertThat(merges(BpeTrainer.train(texts, 290, List.of()))).isEqualTo(merges);
  }

  @Test
  void specialTokensComeLastAndTooSmallAVocabularyIsRefused() {
    var tokenizer = BpeTrainer.train(List.of("abab abab"), 260, List.of("<|a|>", "<|b|>"));
    assertThat(tokenizer.special("<|b|>")).isEqualTo(tokenizer.vocab() - 1);
    assertThatThrownBy(() -> BpeTrainer.train(List.of(), 257, List.of("<|a|>", "<|b|>")))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("258 or more");
    assertThatThrownBy(() -> BpeTrainer.train(List.of(), 300, List.of("<|a|>", "<|a|>")))
        .isInstanceOf(UserError.class);
    assertThat(BpeTrainer.train(List.of(), 300, List.of()).vocab()).isEqualTo(256);
  }

  /// Prints its speed; the limit is generous because machines differ.
  @Test
  @Tag("slow")
  void fourteenMegabytesTakeSeconds() {
    var random = new Random(2);
    var words = new ArrayList<String>();
    for (int w = 0; w < 60_000; w++) {
      var word = new StringBuilder(" ");
      for (int i = 2 + random.nextInt(9); i > 0; i--) {
        word.append((char) ('a' + random.nextInt(26)));
      }
      words.add(word.toString());
    }
    var texts = new ArrayList<String>();
    for (int t = 0; t < 1400; t++) {
      var text = new StringBuilder();
      while (text.length() < 10_000) {
        text.append(words.get((int) (words.size() * Math.pow(random.nextDouble(), 3))));
      }
      texts.add(text.toString());
    }
    long start = System.nanoTime();
    var tokenizer = BpeTrainer.train(texts, 8192, Tokenizer.LLAMA3_SPECIALS);
    double trained = (System.nanoTime() - start) / 1e9;
    start = System.nanoTime();
    long tokens = 0;
    for (String text : texts) {
      tokens += tokenizer.encode(text).length;
    }
    double encoded = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        "14 MB: trained in %.2f s, encoded in %.2f s, %d tokens%n", trained, encoded, tokens);
    assertThat(trained).isLessThan(120);
  }
}
