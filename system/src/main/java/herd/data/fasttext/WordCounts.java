package herd.data.fasttext;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;

/// Counts the words and labels of a training text.
final class WordCounts {
  /// When so many entries are known, the rarest words go.
  private static final int MOST = 22_500_000;

  private static final byte[] LABEL = Dictionary.LABEL.getBytes(StandardCharsets.UTF_8);

  private final int most;
  private byte[] bytes = new byte[1 << 16];
  private int[] starts = new int[1 << 12];
  private long[] counts = new long[1 << 12];
  private int[] hashes = new int[1 << 12];
  private int[] table = new int[1 << 14];
  private int size;
  private long tokens;
  private long rare = 1;

  WordCounts() {
    this(MOST);
  }

  /// @param most entries before the rarest go
  WordCounts(int most) {
    this.most = most;
  }

  /// Words, labels and line ends that were read.
  long tokens() {
    return tokens;
  }

  /// Counts what stands in a line, and its end.
  void line(byte[] text, int from, int to) {
    int at = from;
    while (at < to) {
      if (Features.isBlank(text[at])) {
        at++;
        continue;
      }
      int start = at;
      int hash = Dictionary.HASH_START;
      do {
        hash = (hash ^ text[at++]) * Dictionary.HASH_FACTOR;
      } while (at < to && !Features.isBlank(text[at]));
      add(text, start, at, hash);
    }
    var end = Dictionary.END_OF_LINE;
    add(end, 0, end.length, Dictionary.hash(end, 0, end.length));
  }

  private void add(byte[] text, int from, int to, int hash) {
    tokens++;
    int slot = slot(text, from, to, hash);
    if (table[slot] != 0) {
      counts[table[slot] - 1]++;
      return;
    }
    int end = starts[size] + to - from;
    if (end > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(end, 2 * bytes.length));
    }
    if (size + 2 > starts.length) {
      starts = Arrays.copyOf(starts, 2 * starts.length);
      counts = Arrays.copyOf(counts, 2 * counts.length);
      hashes = Arrays.copyOf(hashes, 2 * hashes.length);
    }
    System.arraycopy(text, from, bytes, starts[size], to - from);
    starts[size + 1] = end;
    counts[size] = 1;
    hashes[size] = hash;
    table[slot] = ++size;
    if (4L * size > 3L * table.length) {
      table = new int[2 * table.length];
      index();
    }
    if (size > most) {
      rare++;
      keep(rare, rare);
    }
  }

  private int slot(byte[] text, int from, int to, int hash) {
    int mask = table.length - 1;
    int slot = (hash ^ hash >>> 15) & mask;
    while (table[slot] != 0) {
      int id = table[slot] - 1;
      if (hashes[id] == hash && Arrays.equals(bytes, starts[id], starts[id + 1], text, from, to)) {
        break;
      }
      slot = slot + 1 & mask;
    }
    return slot;
  }

  private void index() {
    int mask = table.length - 1;
    for (int id = 0; id < size; id++) {
      int slot = (hashes[id] ^ hashes[id] >>> 15) & mask;
      while (table[slot] != 0) {
        slot = slot + 1 & mask;
      }
      table[slot] = id + 1;
    }
  }

  private boolean isLabel(int id) {
    int end = starts[id] + LABEL.length;
    return end <= starts[id + 1] && Arrays.equals(bytes, starts[id], end, LABEL, 0, LABEL.length);
  }

  /// Forgets words and labels that are rarer.
  private void keep(long words, long labels) {
    int kept = 0;
    for (int id = 0; id < size; id++) {
      if (counts[id] >= (isLabel(id) ? labels : words)) {
        int length = starts[id + 1] - starts[id];
        System.arraycopy(bytes, starts[id], bytes, starts[kept], length);
        starts[kept + 1] = starts[kept] + length;
        counts[kept] = counts[id];
        hashes[kept] = hashes[id];
        kept++;
      }
    }
    size = kept;
    Arrays.fill(table, 0);
    index();
  }

  /// Words and labels, frequent ones first, of those alike the one that was read first.
  /// @param minCount rarer words are left out
  /// @param minLabels rarer labels are left out
  Dictionary dictionary(long minCount, long minLabels) {
    keep(minCount, minLabels);
    var words = new ArrayList<Integer>();
    var labels = new ArrayList<Integer>();
    for (int id = 0; id < size; id++) {
      (isLabel(id) ? labels : words).add(id);
    }
    var byCount = Comparator.comparingLong((Integer id) -> -counts[id]);
    words.sort(byCount);
    labels.sort(byCount);
    int count = words.size();
    words.addAll(labels);
    var ordered = new byte[starts[size]];
    var ends = new int[size + 1];
    var frequencies = new long[size];
    for (int i = 0; i < size; i++) {
      int id = words.get(i);
      int length = starts[id + 1] - starts[id];
      System.arraycopy(bytes, starts[id], ordered, ends[i], length);
      ends[i + 1] = ends[i] + length;
      frequencies[i] = counts[id];
    }
    return new Dictionary(count, tokens, ordered, ends, frequencies);
  }
}
