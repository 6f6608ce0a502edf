package herd.engine.score;

import herd.engine.UserError;
import herd.engine.io.WholeFile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/// What a model said of a text, kept in the file that llama.cpp's `llama-perplexity
/// --kl-divergence-base` writes and reads: a mark, tokens of a chunk, vocabulary, chunks, the
/// tokens, then for each prediction of the second halves log-probabilities in steps of 16 bits,
/// those 16 and more below the largest not at all: they are read as minus infinity.
public final class LogitsFile implements Predictions {
  private static final byte[] MARK = "_logits_".getBytes(StandardCharsets.US_ASCII);
  private static final int HEADER = 20;
  private static final int MOST_VOCAB = 1 << 24;
  private static final float DEPTH = 16;
  private static final int STEPS = 65_535;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Arena arena = Arena.ofShared();
  private final MemorySegment data;
  private final int context;
  private final int vocab;
  private final int[] ids;

  private LogitsFile(Path file) throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      data = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    }
    if (!isOne(file)) {
      throw wrong(file, "no mark '_logits_' at byte 0");
    }
    if (data.byteSize() < HEADER) {
      throw wrong(file, "its header ends at byte " + data.byteSize());
    }
    context = data.get(INT, 8);
    vocab = data.get(INT, 12);
    int chunks = data.get(INT, 16);
    if (context < 4 || context > 1 << 24) {
      throw wrong(file, context + " tokens of a chunk at byte 8");
    }
    if (vocab < 1 || vocab > MOST_VOCAB) {
      throw wrong(file, "a vocabulary of " + vocab + " at byte 12");
    }
    if (chunks < 1 || chunks > Integer.MAX_VALUE / context) {
      throw wrong(file, chunks + " chunks at byte 16");
    }
    long wanted = HEADER + 4L * context * chunks + (long) chunks * perChunk() * rowBytes(vocab);
    if (data.byteSize() != wanted) {
      throw wrong(file, data.byteSize() + " bytes where its header asks for " + wanted);
    }
    ids = data.asSlice(HEADER, 4L * context * chunks).toArray(INT);
  }

  /// @throws UserError if it cannot be read or is damaged
  public static LogitsFile open(Path file) {
    try {
      return new LogitsFile(file);
    } catch (IOException e) {
      throw WholeFile.unreadable(file, e);
    }
  }

  /// Whether a file begins as these do.
  public static boolean isOne(Path file) {
    if (!Files.isRegularFile(file)) {
      return false;
    }
    try (var in = Files.newInputStream(file)) {
      return Arrays.equals(in.readNBytes(MARK.length), MARK);
    } catch (IOException e) {
      return false;
    }
  }

  private static UserError wrong(Path file, String found) {
    return new UserError(
        file.toString(), found, "logits of llama-perplexity or of herd", "Write it again.");
  }

  private static long rowBytes(int vocab) {
    return 8 + 4L * ((vocab + 1) / 2);
  }

  @Override
  public int[] ids() {
    return ids;
  }

  @Override
  public int context() {
    return context;
  }

  @Override
  public int vocab() {
    return vocab;
  }

  @Override
  public void logProbs(int chunk, int first, float[][] out) {
    for (int r = 0; r < out.length; r++) {
      long row = (long) chunk * perChunk() + first - first() + r;
      long at = HEADER + 4L * ids.length + row * rowBytes(vocab);
      float step = data.get(FLOAT, at);
      float least = data.get(FLOAT, at + 4);
      for (int i = 0; i < vocab; i++) {
        int steps = data.get(SHORT, at + 8 + 2L * i) & 0xFFFF;
        out[r][i] = steps == 0 ? Float.NEGATIVE_INFINITY : Math.fma(step, steps, least);
      }
    }
  }

  @Override
  public void close() {
    arena.close();
  }

  /// Writes all that `predictions` says.
  /// @throws UncheckedIOException if the file cannot be written
  public static void save(Path file, Predictions predictions) {
    int context = predictions.context();
    int vocab = predictions.vocab();
    int[] ids = predictions.ids();
    try (var out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20)) {
      out.write(MARK);
      var header = MemorySegment.ofArray(new byte[12 + 4 * ids.length]);
      header.set(INT, 0, context);
      header.set(INT, 4, vocab);
      header.set(INT, 8, ids.length / context);
      MemorySegment.copy(ids, 0, header, INT, 12, ids.length);
      out.write(header.toArray(ValueLayout.JAVA_BYTE));
      var row = MemorySegment.ofArray(new byte[(int) rowBytes(vocab)]);
      Rows.each(predictions, (_, _, logProbs) -> {
        write(row, logProbs);
        out.write((byte[]) row.heapBase().orElseThrow());
      });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(MemorySegment row, float[] logProbs) {
    float most = Float.NEGATIVE_INFINITY;
    float least = Float.POSITIVE_INFINITY;
    for (float logProb : logProbs) {
      most = Math.max(most, logProb);
      least = Math.min(least, logProb);
    }
    least = Math.max(least, most - DEPTH);
    float step = (most - least) / STEPS;
    row.set(FLOAT, 0, step);
    row.set(FLOAT, 4, least);
    for (int i = 0; i < logProbs.length; i++) {
      int steps = logProbs[i] > least ? Math.round((logProbs[i] - least) / step) : 0;
      row.set(SHORT, 8 + 2L * i, (short) Math.min(steps, STEPS));
    }
  }
}
