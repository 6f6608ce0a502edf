package herd.engine.learn;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class LearnerTest {
  /// Pieces end after each blank.
  private static final Cutter BLANKS = (utf8, at, to) -> {
    int end = at;
    while (end < to && utf8[end] != ' ') {
      end++;
    }
    return Math.min(to, end + 1);
  };

  @TempDir
  Path folder;

  /// Words over a small alphabet, some of them much more frequent than others, so that the same
  /// token comes up by several ways and the floor sinks several times.
  private static byte[] corpus(long seed, int letters, int words) {
    var random = new Random(seed);
    var vocabulary = new ArrayList<String>();
    for (int w = 0; w < 300; w++) {
      var word = new StringBuilder();
      for (int i = 1 + random.nextInt(9); i > 0; i--) {
        word.append((char) ('a' + random.nextInt(letters)));
      }
      vocabulary.add(word.append(' ').toString());
    }
    var text = new StringBuilder();
    for (int w = 0; w < words; w++) {
      text.append(vocabulary.get((int) (vocabulary.size() * Math.pow(random.nextDouble(), 4))));
    }
    return text.toString().getBytes(StandardCharsets.US_ASCII);
  }

  private static List<byte[]> bytes() {
    var out = new ArrayList<byte[]>();
    for (int b = 0; b < 256; b++) {
      out.add(new byte[] {(byte) b});
    }
    return out;
  }

  private Learned learn(byte[] corpus, long memory, int threads, int entries) {
    try (var counts = new PieceCounts(threads, memory, folder)) {
      int part = corpus.length / 40 + 1;
      for (int from = 0; from < corpus.length; ) {
        int to = BLANKS.end(corpus, Math.min(corpus.length - 1, from + part), corpus.length);
        counts.add(corpus, from, to, BLANKS);
        from = to;
      }
      return counts.learn(bytes(), Segmenter.BYTES, entries, _ -> {});
    }
  }

  /// Left, right and result of each merge, by counting all pairs anew before each.
  private static List<Integer> recounted(byte[] corpus, int entries) {
    var pieces = new TreeMap<String, Integer>();
    for (String word : new String(corpus, StandardCharsets.US_ASCII).split("(?<= )")) {
      pieces.merge(word, 1, Integer::sum);
    }
    var words = new ArrayList<List<Integer>>();
    var times = new ArrayList<>(pieces.values());
    pieces.keySet().forEach(w -> words.add(new ArrayList<>(w.chars().boxed().toList())));
    var names = new ArrayList<String>();
    for (int b = 0; b < 256; b++) {
      names.add("" + (char) b);
    }
    var out = new ArrayList<Integer>();
    while (names.size() < entries) {
      var counts = new HashMap<Long, Integer>();
      for (int w = 0; w < words.size(); w++) {
        var word = words.get(w);
        for (int i = 0; i + 1 < word.size(); i++) {
          counts.merge(Pairs.key(word.get(i), word.get(i + 1)), times.get(w), Integer::sum);
        }
      }
      if (counts.isEmpty()) {
        break;
      }
      int most = counts.values().stream().mapToInt(n -> n).max().orElseThrow();
      long best = counts.keySet().stream()
          .filter(p -> counts.get(p) == most)
          .sorted()
          .findFirst()
          .get();
      int left = Pairs.left(best);
      int right = Pairs.right(best);
      int id = names.indexOf(names.get(left) + names.get(right));
      if (id < 0) {
        id = names.size();
        names.add(names.get(left) + names.get(right));
      }
      out.addAll(List.of(left, right, id));
      for (var word : words) {
        for (int i = 0; i + 1 < word.size(); i++) {
          if (word.get(i) == left && word.get(i + 1) == right) {
            word.set(i, id);
            word.remove(i + 1);
          }
        }
      }
    }
    return out;
  }

  private static List<Integer> list(int[] merges) {
    return java.util.Arrays.stream(merges).boxed().toList();
  }

  @ParameterizedTest
  @ValueSource(longs = {4, 5, 6, 7, 8})
  @Tag("slow")
  void learnsWhatRecountingLearnsOfMore(long seed) {
    learnsWhatRecountingLearns(seed);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void learnsWhatRecountingLearns(long seed) {
    for (int letters : new int[] {2, 3, 12}) {
      byte[] corpus = corpus(seed, letters, 200_000);
      for (int entries : new int[] {300, 900}) {
        assertThat(list(learn(corpus, 1 << 26, 1, entries).merges()))
            .as(letters + " letters, " + entries + " entries")
            .isEqualTo(recounted(corpus, entries));
      }
    }
  }

  @Test
  void countsThatGoToDiskGiveTheSame() throws IOException {
    byte[] corpus = corpus(9, 12, 100_000);
    var inMemory = learn(corpus, 1 << 26, 1, 600);
    for (int threads : new int[] {1, 4}) {
      var onDisk = learn(corpus, 1, threads, 600);
      assertThat(onDisk.merges()).isEqualTo(inMemory.merges());
      assertThat(onDisk.corpusTokens()).isEqualTo(inMemory.corpusTokens());
    }
    try (var left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void manyRunsAreMergedOnDisk() throws IOException {
    byte[] corpus = corpus(10, 12, 20_000);
    try (var counts = new PieceCounts(1, 1, folder)) {
      int words = 0;
      for (int at = 0; at < corpus.length; words++) {
        int end = BLANKS.end(corpus, at, corpus.length);
        if (words < 300) {
          counts.add(corpus, at, end, BLANKS);
        } else {
          counts.add(corpus, at, corpus.length, BLANKS);
          end = corpus.length;
        }
        at = end;
      }
      assertThat(counts.runs()).isEqualTo(301);
      if (System.getProperty("os.name").equals("Linux")) { // nothing is left of a killed run
        try (var named = Files.list(folder)) {
          assertThat(named).isEmpty();
        }
      }
      assertThat(counts.learn(bytes(), Segmenter.BYTES, 500, _ -> {}).merges())
          .isEqualTo(learn(corpus, 1 << 26, 1, 500).merges());
    }
  }

  @Test
  void rareWordsAreLeftOutWhereMemoryIsShort() {
    var text = new StringBuilder();
    var random = new Random(3);
    for (int w = 0; w < 300_000; w++) {
      text.append(Long.toString(random.nextLong() >>> 1, 36)).append(' ');
      text.append("often ");
    }
    byte[] corpus = text.toString().getBytes(StandardCharsets.US_ASCII);
    try (var counts = new PieceCounts(1, 1 << 14, folder)) {
      counts.add(corpus, 0, corpus.length, BLANKS);
      var learned = counts.learn(bytes(), Segmenter.BYTES, 300, _ -> {});
      assertThat(counts.least()).isEqualTo(2);
      assertThat(counts.dropped()).isEqualTo(300_000);
      assertThat(counts.droppedCharacters()).isEqualTo(corpus.length - 300_000 * 6L);
      assertThat(learned.size()).isEqualTo(256 + 5);
    }
  }

  @Test
  void aWordOfMegabytesIsCut() {
    var corpus = new byte[5 << 20];
    java.util.Arrays.fill(corpus, (byte) 'a');
    try (var counts = new PieceCounts(1, 1 << 26, folder)) {
      counts.add(corpus, 0, corpus.length, BLANKS);
      assertThat(counts.cutPieces()).isEqualTo(4);
      var learned = counts.learn(bytes(), Segmenter.BYTES, 270, _ -> {});
      assertThat(learned.token(269)).hasSize(1 << 14);
      assertThat(learned.corpusTokens()).isEqualTo(5 << 6);
    }
  }
}
