package herd.data.words;

import herd.engine.UserError;
import herd.run.Disk;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// How often the words of a corpus occur: what single texts are compared with ([Divergence]).
public final class Reference {
  private static final long MAGIC = 0x48455244574f5244L; // "HERDWORD"
  private static final int VERSION = 1;

  /// Words that are held while they are counted.
  private static final int MOST = 1 << 23;

  private final WordRule rule;
  private final Counts counts;
  private long total;

  private Reference(WordRule rule) {
    this.rule = rule;
    counts = new Counts(MOST);
  }

  /// Begins to count.
  public static Reference empty(WordRule rule) {
    return new Reference(rule);
  }

  /// The rule by which words were found.
  public WordRule rule() {
    return rule;
  }

  /// Words that were counted, each as often as it occurred.
  public synchronized long total() {
    return total;
  }

  /// Words that are told apart.
  public synchronized int types() {
    return counts.size();
  }

  /// Counts a text's words. May be called from several threads.
  public void add(String text) {
    var stats = TextStats.of(text, rule);
    var own = new Counts(Integer.MAX_VALUE / 2);
    for (int i = 0; i < stats.words; i++) {
      own.add(stats.hash[i], 1);
    }
    synchronized (this) {
      own.forEach(counts::add);
      total += stats.words;
    }
  }

  /// The Kullback-Leibler divergence of a text's words from these, in nats a word; a word that the
  /// corpus lacks counts as if the corpus had it once, and all others once more than they occur.
  double divergence(TextStats text) {
    var own = new Counts(Integer.MAX_VALUE / 2);
    for (int i = 0; i < text.words; i++) {
      own.add(text.hash[i], 1);
    }
    double all = (double) total + counts.size() + 1;
    double words = text.words;
    var sum = new double[1];
    own.forEach((hash, count) -> {
      double share = count / words;
      sum[0] += share * Math.log(share * all / (counts.get(hash) + 1));
    });
    return sum[0];
  }

  /// Writes a file aside and renames it: the words, in the order of their hashes, and their counts.
  /// @throws UserError if the disk is full or the directory cannot be written
  public synchronized void write(Path file) {
    var aside = file.resolveSibling("." + file.getFileName() + ".part");
    try {
      try (var out =
          new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(aside), 1 << 16))) {
        out.writeLong(MAGIC);
        out.writeInt(VERSION);
        out.writeInt(rule.ordinal());
        out.writeLong(total);
        out.writeInt(counts.size());
        counts.forEach((hash, count) -> {
          try {
            out.writeLong(hash);
            out.writeLong(count);
          } catch (IOException e) {
            throw Disk.trouble(e, file);
          }
        });
      }
      Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw Disk.trouble(e, file);
    } finally {
      Disk.delete(aside);
    }
  }

  /// Reads a file that was written here.
  /// @throws UserError if it is missing or damaged
  public static Reference read(Path file) {
    try (var in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16))) {
      if (in.readLong() != MAGIC || in.readInt() != VERSION) {
        throw damaged(file, "another kind of file");
      }
      int rule = in.readInt();
      if (rule < 0 || rule >= WordRule.values().length) {
        throw damaged(file, "an unknown rule for words");
      }
      var read = new Reference(WordRule.values()[rule]);
      read.total = in.readLong();
      int types = in.readInt();
      for (int i = 0; i < types; i++) {
        read.counts.add(in.readLong(), in.readLong());
      }
      if (types < 0 || read.total < 0 || in.read() >= 0) {
        throw damaged(file, "more or fewer words than it says");
      }
      return read;
    } catch (IOException e) {
      throw damaged(file, e.toString());
    }
  }

  private static UserError damaged(Path file, String found) {
    return new UserError(
        file.toString(), found, "words of a corpus", "Write it anew by 'herd reference'.");
  }
}
