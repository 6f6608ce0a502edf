package herd.engine.learn;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongConsumer;

/// Counts the pieces of a corpus, from any number of threads; when they need more memory than
/// they may have, they go to disk. Then merges are learned from them.
public final class PieceCounts implements AutoCloseable {
  /// A longer piece is cut: no word is that long.
  private static final int LONGEST_PIECE = 1 << 20;

  /// Of the memory for counting, learning may fill one part in so many with distinct pieces: what
  /// was counted without going to disk has no larger share.
  private static final int LEARNING = 4;

  private static final int MOST_RUNS = 64;

  private final long tableMemory;
  private final long memory;
  private final Path folder;
  private final ArrayDeque<PieceTable> spare = new ArrayDeque<>();
  private final List<PieceRun> runs = new ArrayList<>();
  private int spilled;
  private long cutPieces;
  private long least = 1;
  private long dropped;
  private long droppedCharacters;

  /// @param threads that call [#add] at a time, about
  /// @param memory bytes for counting, about
  /// @param folder where pieces go for which there is no memory
  public PieceCounts(int threads, long memory, Path folder) {
    this.memory = memory;
    this.tableMemory = memory / threads;
    this.folder = folder;
  }

  /// Counts the pieces of `utf8[from..to)`, valid UTF-8 that begins and ends where a piece may.
  public void add(byte[] utf8, int from, int to, Cutter cutter) {
    var table = take();
    long cuts = 0;
    for (int at = from; at < to; ) {
      int end = cutter.end(utf8, at, to);
      if (end - at > LONGEST_PIECE) {
        end = at + LONGEST_PIECE;
        while ((utf8[end] & 0xC0) == 0x80) { // inside a character
          end--;
        }
        cuts++;
      }
      if (!table.fits(end - at)) {
        table = spill(table);
      }
      table.add(utf8, at, end, 1);
      at = end;
    }
    if (table.memory() > tableMemory) {
      table = spill(table);
    }
    synchronized (this) {
      spare.push(table);
      cutPieces += cuts;
    }
  }

  private synchronized PieceTable take() {
    return spare.isEmpty() ? new PieceTable() : spare.pop();
  }

  private PieceTable spill(PieceTable table) {
    try {
      var run = PieceRun.of(table, folder);
      synchronized (this) {
        runs.add(run);
        spilled++;
        if (runs.size() == MOST_RUNS) {
          var merged = PieceRun.merge(List.copyOf(runs), folder);
          runs.clear();
          runs.add(merged);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new PieceTable();
  }

  /// How many words were longer than a mebibyte and were cut.
  public synchronized long cutPieces() {
    return cutPieces;
  }

  /// How often a piece must have come to be learned from: more than once if there were more
  /// pieces than fit into memory.
  public synchronized long least() {
    return least;
  }

  /// How many distinct pieces came less often than [#least].
  public synchronized long dropped() {
    return dropped;
  }

  /// Characters that these have in the corpus.
  public synchronized long droppedCharacters() {
    return droppedCharacters;
  }

  /// How many times pieces went to disk.
  public synchronized int runs() {
    return spilled;
  }

  /// Learns merges; what was counted is used up.
  /// @param tokens what to start with: the 256 bytes first, under their own numbers
  /// @param segmenter cuts into these tokens
  /// @param entries tokens wanted; there are fewer if the corpus has no more pairs
  /// @param progress told the number of tokens now and then; may throw to stop
  public Learned learn(
      Iterable<byte[]> tokens, Segmenter segmenter, int entries, LongConsumer progress) {
    var known = new PieceTable();
    for (byte[] token : tokens) {
      known.add(token, 0, token.length, 0);
    }
    return new Learner(Pieces.of(gather(), segmenter), known).learn(entries, 1, progress);
  }

  private synchronized PieceTable gather() {
    try {
      long distinct =
          spare.stream().mapToLong(table -> table.end(table.size() - 1)).sum();
      if (!runs.isEmpty() || distinct > PieceTable.MOST_BYTES) {
        return fromDisk();
      }
      var tables = new ArrayList<>(spare);
      spare.clear();
      tables.sort(Comparator.comparingInt(PieceTable::size));
      var all = tables.isEmpty() ? new PieceTable() : tables.removeLast();
      while (!tables.isEmpty()) {
        var table = tables.removeLast();
        for (int i = 0; i < table.size(); i++) {
          all.add(table.pool(), table.start(i), table.end(i), table.count(i));
        }
      }
      return all;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private PieceTable fromDisk() throws IOException {
    while (!spare.isEmpty()) {
      runs.add(PieceRun.of(spare.pop(), folder));
    }
    var all = PieceRun.merge(List.copyOf(runs), folder);
    runs.clear();
    runs.add(all);
    var sizes = new long[1 << 16]; // by count
    PieceRun.each(
        runs,
        (_, from, to, count) -> sizes[(int) Math.min(count, sizes.length - 1)] += to - from + 1);
    long room = Math.min(PieceTable.MOST_BYTES, Math.max(1 << 20, memory / LEARNING));
    long sum = 0;
    int few = sizes.length - 1;
    while (few > 1 && sum + sizes[few] + sizes[few - 1] <= room) {
      sum += sizes[few--];
    }
    least = few;
    var table = new PieceTable();
    PieceRun.each(runs, (piece, from, to, count) -> {
      if (count >= least) {
        table.add(piece, from, to, count);
      } else {
        dropped++;
        for (int i = from; i < to; i++) {
          droppedCharacters += (piece[i] & 0xC0) == 0x80 ? 0 : count;
        }
      }
    });
    return table;
  }

  @Override
  public synchronized void close() {
    try {
      for (var run : runs) {
        run.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    runs.clear();
    spare.clear();
  }
}
