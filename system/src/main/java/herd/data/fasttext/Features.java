package herd.data.fasttext;

import java.util.Arrays;

/// The rows of a model's input matrix that a line of text stands for: words, runs of characters in
/// words, runs of words. Keeps its memory from line to line; for one thread.
final class Features {
  private final Settings settings;
  private final Dictionary dictionary;
  private final Buckets buckets;
  private final int[] wordFeatures; // null where words and their runs of characters stand apart
  private final Subwords subwords; // null where they are found each time

  private int[] rows = new int[64];
  private int count;
  private int features;
  private int[] hashes = new int[16];
  private int words;
  private int[] labels = new int[4];
  private int labelCount;
  private int tokens;

  /// @param wordFeatures how many features the row of each word is the sum of; null where a word's
  ///     runs of characters are rows of their own
  Features(Settings settings, Dictionary dictionary, Buckets buckets, int[] wordFeatures) {
    this.settings = settings;
    this.dictionary = dictionary;
    this.buckets = buckets;
    this.wordFeatures = wordFeatures;
    this.subwords = null;
  }

  /// With the runs of characters of all words at hand.
  Features(Settings settings, Dictionary dictionary, Buckets buckets, Subwords subwords) {
    this.settings = settings;
    this.dictionary = dictionary;
    this.buckets = buckets;
    this.wordFeatures = null;
    this.subwords = subwords;
  }

  /// The rows of the last line; only the first [#count].
  int[] rows() {
    return rows;
  }

  int count() {
    return count;
  }

  /// Features that the rows of the last line are the sum of.
  int features() {
    return features;
  }

  /// Numbers of the labels in the last line; only the first [#labelCount].
  int[] labels() {
    return labels;
  }

  int labelCount() {
    return labelCount;
  }

  /// Words, labels and the line's end, read in the last line.
  int tokens() {
    return tokens;
  }

  /// Reads a line; its end is the end of the text, whose last byte need not be a line feed.
  /// @param text changed while it is read, and put back as it was; a byte before `from` and a
  /// byte
  ///     from `to` on must be there and are not read
  void read(byte[] text, int from, int to) {
    count = 0;
    features = 0;
    words = 0;
    labelCount = 0;
    tokens = 0;
    int at = from;
    while (at < to) {
      if (isBlank(text[at])) {
        at++;
        continue;
      }
      int start = at;
      int hash = Dictionary.HASH_START;
      do {
        hash = (hash ^ text[at++]) * Dictionary.HASH_FACTOR;
      } while (at < to && !isBlank(text[at]));
      tokens++;
      if (word(text, start, at, hash)) {
        runsOfWords();
        return;
      }
    }
    end();
    runsOfWords();
  }

  /// Reads one word and no line's end.
  void readWord(byte[] word) {
    count = 0;
    features = 0;
    words = 0;
    labelCount = 0;
    tokens = 1;
    var room = new byte[word.length + 2];
    System.arraycopy(word, 0, room, 1, word.length);
    word(room, 1, 1 + word.length, Dictionary.hash(word, 0, word.length));
  }

  /// A line's end is a word too.
  private void end() {
    var end = Dictionary.END_OF_LINE;
    tokens++;
    word(end, 0, end.length, Dictionary.hash(end, 0, end.length));
  }

  /// @return whether it ends the line
  private boolean word(byte[] text, int from, int to, int hash) {
    int id = dictionary.id(text, from, to, hash);
    boolean last = to - from == 4 && Dictionary.isEndOfLine(text, from, to);
    if (id >= dictionary.words()) {
      if (labelCount == labels.length) {
        labels = Arrays.copyOf(labels, 2 * labelCount);
      }
      labels[labelCount++] = id - dictionary.words();
      return last;
    }
    if (id < 0 && Dictionary.looksLikeLabel(text, from, to)) {
      return last;
    }
    if (id >= 0 && subwords != null) {
      addAll(id);
    } else if (id >= 0) {
      add(id);
      features += wordFeatures == null ? 1 : wordFeatures[id];
    }
    boolean apart = id < 0 || wordFeatures == null && subwords == null;
    if (settings.maxn() > 0 && !last && apart) {
      marked(text, from, to);
    }
    if (settings.wordNgrams() > 1) {
      if (words == hashes.length) {
        hashes = Arrays.copyOf(hashes, 2 * words);
      }
      hashes[words++] = hash;
    }
    return last;
  }

  /// Runs of characters of a word between `<` and `>`, which stand beside it while they are read.
  private void marked(byte[] text, int from, int to) {
    byte before = text[from - 1];
    byte after = text[to];
    text[from - 1] = '<';
    text[to] = '>';
    runsOfCharacters(text, from - 1, to + 1);
    text[from - 1] = before;
    text[to] = after;
  }

  private void runsOfCharacters(byte[] text, int from, int to) {
    int shortest = settings.minn();
    int longest = settings.maxn();
    if (buckets.count() == 0) {
      return;
    }
    for (int start = from; start < to; start++) {
      if ((text[start] & 0xc0) == 0x80) {
        continue;
      }
      int hash = Dictionary.HASH_START;
      int at = start;
      for (int length = 1; at < to && length <= longest; length++) {
        hash = (hash ^ text[at++]) * Dictionary.HASH_FACTOR;
        while (at < to && (text[at] & 0xc0) == 0x80) {
          hash = (hash ^ text[at++]) * Dictionary.HASH_FACTOR;
        }
        if (length >= shortest && (length > 1 || start > from && at < to)) {
          addBucket(buckets.row(hash));
        }
      }
    }
  }

  private void runsOfWords() {
    int longest = settings.wordNgrams();
    if (longest < 2 || buckets.count() == 0) {
      return;
    }
    for (int first = 0; first < words; first++) {
      long hash = hashes[first];
      int end = Math.min(words, first + longest);
      for (int next = first + 1; next < end; next++) {
        hash = hash * 116049371L + hashes[next];
        addBucket(buckets.row(hash));
      }
    }
  }

  private void addBucket(int row) {
    if (row >= 0) {
      add(dictionary.words() + row);
      features++;
    }
  }

  private void addAll(int word) {
    int more = subwords.count(word);
    if (count + more > rows.length) {
      rows = Arrays.copyOf(rows, Math.max(count + more, 2 * count));
    }
    subwords.copy(word, rows, count);
    count += more;
    features += more;
  }

  private void add(int row) {
    if (count == rows.length) {
      rows = Arrays.copyOf(rows, 2 * count);
    }
    rows[count++] = row;
  }

  /// The bytes that part words.
  static boolean isBlank(byte b) {
    return b == ' ' || b == 0 || b >= '\t' && b <= '\r';
  }

  /// The rows of each word and of its runs of characters, found once.
  static final class Subwords {
    private final int[] starts;
    private int[] rows = new int[1 << 12];

    Subwords(Settings settings, Dictionary dictionary, Buckets buckets) {
      var features = new Features(settings, dictionary, buckets, (int[]) null);
      starts = new int[dictionary.words() + 1];
      for (int word = 0; word < dictionary.words(); word++) {
        features.readWord(dictionary.entry(word));
        int end = Math.addExact(starts[word], features.count());
        if (end > rows.length) {
          rows = Arrays.copyOf(rows, (int) Math.max(end, Math.min(1L << 30, 2L * rows.length)));
        }
        System.arraycopy(features.rows(), 0, rows, starts[word], features.count());
        starts[word + 1] = end;
      }
    }

    int count(int word) {
      return starts[word + 1] - starts[word];
    }

    /// Puts a word's rows into `out` from `at` on.
    void copy(int word, int[] out, int at) {
      System.arraycopy(rows, starts[word], out, at, count(word));
    }
  }
}
