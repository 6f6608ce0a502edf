package herd.tokens;

import herd.run.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Files that are tokenized one after the other into shards of their own. How files are cut into
/// portions follows from their order and sizes alone, so that the shards are the same whoever
/// makes them.
/// @param number of the portion, from 0
/// @param bytes of its files
record Portion(int number, List<Path> files, long bytes) {
  /// A portion is complete when its files have so many bytes.
  static final long LEAST = 64 << 20;

  /// All portions, in the order of the files.
  /// @param least bytes of a portion, but for the last
  static List<Portion> of(List<Path> files, long least) {
    var portions = new ArrayList<Portion>();
    var some = new ArrayList<Path>();
    long bytes = 0;
    for (int i = 0; i < files.size(); i++) {
      some.add(files.get(i));
      bytes += size(files.get(i));
      if (bytes >= least || i == files.size() - 1) {
        portions.add(new Portion(portions.size(), List.copyOf(some), bytes));
        some.clear();
        bytes = 0;
      }
    }
    return portions;
  }

  /// The portions of one of several processes: the largest first to whom has least.
  static List<Portion> ofRank(List<Portion> all, int rank, int ranks) {
    var load = new long[ranks];
    var mine = new ArrayList<Portion>();
    var bySize = new ArrayList<>(all);
    bySize.sort(Comparator.comparingLong(Portion::bytes).reversed());
    for (var portion : bySize) {
      int least = 0;
      for (int r = 1; r < ranks; r++) {
        least = load[r] < load[least] ? r : least;
      }
      load[least] += portion.bytes + 1;
      if (least == rank) {
        mine.add(portion);
      }
    }
    mine.sort(Comparator.comparingInt(Portion::number));
    return mine;
  }

  static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw Disk.trouble(e, file);
    }
  }
}
