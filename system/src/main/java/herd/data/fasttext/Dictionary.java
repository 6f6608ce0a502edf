package herd.data.fasttext;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// The words and labels of a model by their bytes. Words come first, `0 … words - 1`; labels
/// follow.
final class Dictionary {
  /// What stands at the end of a line of text.
  static final byte[] END_OF_LINE = "</s>".getBytes(StandardCharsets.UTF_8);

  /// How labels begin in a line of text.
  static final String LABEL = "__label__";

  private static final byte[] LABEL_BYTES = LABEL.getBytes(StandardCharsets.UTF_8);

  /// FNV-1a with 32 bits.
  static final int HASH_START = 0x811c9dc5;

  static final int HASH_FACTOR = 0x01000193;

  private final int words;
  private final long tokens;
  private final byte[] bytes;
  private final int[] starts; // [size + 1] in bytes
  private final long[] counts;
  private final int[] hashes;
  private final int[] table; // id + 1, or 0

  /// @param words entries before the labels
  /// @param tokens read in training
  /// @param bytes of all entries, one after another
  /// @param starts of each entry in `bytes`, and the end of the last
  Dictionary(int words, long tokens, byte[] bytes, int[] starts, long[] counts) {
    this.words = words;
    this.tokens = tokens;
    this.bytes = bytes;
    this.starts = starts;
    this.counts = counts;
    hashes = new int[counts.length];
    table = new int[Integer.highestOneBit(Math.max(4, counts.length)) * 4];
    for (int id = 0; id < counts.length; id++) {
      hashes[id] = hash(bytes, starts[id], starts[id + 1]);
      int slot = slot(bytes, starts[id], starts[id + 1], hashes[id]);
      if (table[slot] == 0) {
        table[slot] = id + 1;
      }
    }
  }

  int size() {
    return counts.length;
  }

  int words() {
    return words;
  }

  int labels() {
    return counts.length - words;
  }

  long tokens() {
    return tokens;
  }

  long count(int id) {
    return counts[id];
  }

  /// Counts of the labels.
  long[] labelCounts() {
    return Arrays.copyOfRange(counts, words, counts.length);
  }

  /// The dictionary with some of its words, in their order, and all labels.
  Dictionary with(int[] kept) {
    var names = new ByteArrayOutputStream();
    var ends = new int[kept.length + labels() + 1];
    var left = new long[kept.length + labels()];
    for (int i = 0; i < left.length; i++) {
      int id = i < kept.length ? kept[i] : words + i - kept.length;
      names.writeBytes(entry(id));
      ends[i + 1] = names.size();
      left[i] = counts[id];
    }
    return new Dictionary(kept.length, tokens, names.toByteArray(), ends, left);
  }

  /// The bytes of an entry.
  byte[] entry(int id) {
    return Arrays.copyOfRange(bytes, starts[id], starts[id + 1]);
  }

  /// A label's name, without the mark that makes it one.
  String label(int label) {
    var name = new String(entry(words + label), StandardCharsets.UTF_8);
    return name.startsWith(LABEL) ? name.substring(LABEL.length()) : name;
  }

  /// FNV-1a of bytes as signed numbers.
  static int hash(byte[] text, int from, int to) {
    int hash = HASH_START;
    for (int i = from; i < to; i++) {
      hash = (hash ^ text[i]) * HASH_FACTOR;
    }
    return hash;
  }

  /// The entry with these bytes, or -1.
  int id(byte[] text, int from, int to, int hash) {
    return table[slot(text, from, to, hash)] - 1;
  }

  private int slot(byte[] text, int from, int to, int hash) {
    int mask = table.length - 1;
    int slot = (hash ^ hash >>> 15) & mask;
    while (table[slot] != 0 && !same(table[slot] - 1, text, from, to, hash)) {
      slot = slot + 1 & mask;
    }
    return slot;
  }

  private boolean same(int id, byte[] text, int from, int to, int hash) {
    return hashes[id] == hash && Arrays.equals(bytes, starts[id], starts[id + 1], text, from, to);
  }

  /// Whether a word that is no entry is written as a label.
  static boolean looksLikeLabel(byte[] text, int from, int to) {
    int end = from + LABEL_BYTES.length;
    return end <= to && Arrays.equals(text, from, end, LABEL_BYTES, 0, LABEL_BYTES.length);
  }

  static boolean isEndOfLine(byte[] text, int from, int to) {
    return Arrays.equals(text, from, to, END_OF_LINE, 0, END_OF_LINE.length);
  }
}
