package herd.data.fasttext;

import herd.engine.io.WholeFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/// Reads fastText's `.bin` and `.ftz` files: settings, dictionary, buckets that were kept, the
/// matrix of features, the matrix of labels; all little-endian. Every byte is hostile.
final class ModelReader {
  static final int MAGIC = 793712314;
  static final int VERSION = 12;

  /// In this version classifiers used no runs of characters, whatever the settings say.
  private static final int WITHOUT_CHARACTERS = 11;

  private static final int SUPERVISED = 3;

  private final FileBytes in;

  private ModelReader(FileBytes in) {
    this.in = in;
  }

  static FastText read(Path file) {
    try (var channel = FileChannel.open(file, StandardOpenOption.READ);
        var arena = Arena.ofConfined()) {
      MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      return read(file, bytes);
    } catch (IOException e) {
      throw WholeFile.unreadable(file, e);
    }
  }

  /// @param bytes the file's
  static FastText read(Path file, MemorySegment bytes) {
    var in = new FileBytes(file, bytes);
    try {
      return new ModelReader(in).model();
    } catch (InternalError e) {
      throw in.cutShort(e);
    }
  }

  private FastText model() {
    int magic = in.integer("the mark of the format");
    if (magic != MAGIC) {
      throw in.damaged(
          0, "the number " + magic, "" + MAGIC + ", which fastText's models begin with");
    }
    int version = in.integer("the version", WITHOUT_CHARACTERS, VERSION);
    var settings = settings(version);
    long from = in.at();
    int size = in.integer("the number of entries", 1, Integer.MAX_VALUE);
    int words = in.integer("the number of words", 0, size);
    int labels = in.integer("the number of labels", 1, size);
    if (words + (long) labels != size) {
      throw in.damaged(from, words + " words and " + labels + " labels", size + " together");
    }
    long tokens = in.wide("the number of tokens");
    long pruned = in.wide("the number of kept buckets");
    var dictionary = dictionary(size, words, tokens);
    if (pruned < -1 || pruned > in.left() / 8) {
      throw in.damaged(from + 20, pruned + " kept buckets", "-1 to " + in.left() / 8);
    }
    if (pruned > 0 && !settings.hashes()) {
      throw in.damaged(from + 20, pruned + " kept buckets", "none in a model of whole words");
    }
    var pairs = pairs((int) pruned, settings.bucket());
    long at = in.at();
    boolean quantised = in.flag("the mark of a quantised matrix");
    if (!quantised && pruned >= 0) {
      throw in.damaged(at, "a pruned model that is not quantised", "pruned and quantised");
    }
    var input = matrix(quantised, settings.dim());
    var buckets = new Buckets(settings.hashes() ? settings.bucket() : 0, buckets(pairs));
    var ordered = ordered(input, words, pairs, buckets, at);
    boolean quantisedLabels = in.flag("the mark of a quantised matrix of labels");
    at = in.at();
    var output = matrix(quantised && quantisedLabels, settings.dim());
    if (output.rows() != labels) {
      throw in.damaged(at, output.rows() + " rows of labels", "" + labels);
    }
    if (in.left() > 0) {
      throw in.damaged(in.at(), in.left() + " bytes after the model's end", "none");
    }
    return new FastText(settings, dictionary, buckets, ordered, output);
  }

  private Settings settings(int version) {
    int dim = in.integer("dim", 1, 1 << 20);
    int window = in.integer("ws");
    int epochs = in.integer("epoch");
    int minCount = in.integer("minCount");
    int negatives = in.integer("neg");
    int wordNgrams = in.integer("wordNgrams", 0, 1000);
    int lossAt = in.integer("loss", 1, Loss.values().length);
    int kind = in.integer("model");
    if (kind != SUPERVISED) {
      throw in.damaged(
          in.at() - 4, "model " + kind + ", vectors of words", SUPERVISED + ", a classifier");
    }
    int bucket = in.integer("bucket", 0, Integer.MAX_VALUE);
    int minn = in.integer("minn", 0, Integer.MAX_VALUE);
    int maxn = in.integer("maxn", 0, 1000);
    int update = in.integer("lrUpdateRate");
    double sampling = in.real("t");
    var loss =
        Arrays.stream(Loss.values()).filter(l -> l.code == lossAt).findFirst().orElseThrow();
    return new Settings(
        dim,
        window,
        epochs,
        minCount,
        negatives,
        wordNgrams,
        loss,
        bucket,
        minn,
        version == WITHOUT_CHARACTERS ? 0 : maxn,
        update,
        sampling);
  }

  private Dictionary dictionary(int size, int words, long tokens) {
    if (size > in.left() / 10) { // a name's end, its count and its kind
      throw in.damaged(in.at(), size + " entries in " + in.left() + " bytes", "whole entries");
    }
    var names = new ByteArrayOutputStream();
    var starts = new int[size + 1];
    var counts = new long[size];
    for (int id = 0; id < size; id++) {
      names.writeBytes(in.name("entry " + id));
      starts[id + 1] = names.size();
      counts[id] = in.wide("the count of entry " + id);
      boolean label = in.flag("the kind of entry " + id);
      if (label != id >= words) {
        throw in.damaged(
            in.at() - 1,
            label ? "a label among words" : "a word among labels",
            "words, then labels");
      }
      if (label && (counts[id] < 0 || counts[id] >= Tree.COUNTS)) {
        throw in.damaged(in.at() - 9, "a count of " + counts[id], "0 to " + (Tree.COUNTS - 1));
      }
    }
    return new Dictionary(words, tokens, names.toByteArray(), starts, counts);
  }

  /// Kept buckets in ascending order, each with its row after the words': `bucket << 32 | row`.
  private long[] pairs(int count, int bucket) {
    if (count < 0) {
      return null;
    }
    var pairs = new long[count];
    for (int i = 0; i < count; i++) {
      long number = in.integer("kept bucket " + i, 0, Math.max(0, bucket - 1));
      pairs[i] = number << 32 | in.integer("the row of kept bucket " + i, 0, Integer.MAX_VALUE);
    }
    Arrays.sort(pairs);
    for (int i = 1; i < count; i++) {
      if (pairs[i] >>> 32 == pairs[i - 1] >>> 32) {
        throw in.damaged(in.at(), "bucket " + (pairs[i] >>> 32) + " kept twice", "once");
      }
    }
    return pairs;
  }

  private static int[] buckets(long[] pairs) {
    return pairs == null
        ? null
        : Arrays.stream(pairs).mapToInt(pair -> (int) (pair >>> 32)).toArray();
  }

  /// The matrix with the rows of kept buckets in the buckets' order.
  private Matrix ordered(Matrix input, int words, long[] pairs, Buckets buckets, long at) {
    if (pairs == null) {
      if (input.rows() < (long) words + buckets.rows()) {
        throw in.damaged(
            at, input.rows() + " rows of features", ((long) words + buckets.rows()) + " or more");
      }
      return input;
    }
    if (input.rows() < (long) words + pairs.length) {
      throw in.damaged(
          at, input.rows() + " rows of features", ((long) words + pairs.length) + " or more");
    }
    var order = new int[pairs.length];
    for (int i = 0; i < order.length; i++) {
      long row = words + (pairs[i] & 0xffffffffL);
      if (row >= input.rows()) {
        throw in.damaged(at, "row " + row + " of a kept bucket", "0 to " + (input.rows() - 1));
      }
      order[i] = (int) row;
    }
    return input.reordered(words, order);
  }

  private Matrix matrix(boolean quantised, int dim) {
    return quantised ? quantised(dim) : dense(dim);
  }

  private Dense dense(int dim) {
    int rows = rows();
    columns(dim);
    return new Dense(rows, dim, in.floats((long) rows * dim, "a matrix"));
  }

  private int rows() {
    long at = in.at();
    long rows = in.wide("the rows of a matrix");
    if (rows < 0 || rows > Integer.MAX_VALUE) {
      throw in.damaged(at, rows + " rows", "0 to " + Integer.MAX_VALUE);
    }
    return (int) rows;
  }

  private void columns(int dim) {
    long at = in.at();
    long columns = in.wide("the columns of a matrix");
    if (columns != dim) {
      throw in.damaged(at, columns + " columns", "" + dim);
    }
  }

  private Quantised quantised(int dim) {
    boolean lengthsApart = in.flag("the mark of lengths apart");
    int rows = rows();
    columns(dim);
    long at = in.at();
    int size = in.integer("the number of codes", 0, Integer.MAX_VALUE);
    var codes = in.bytes(size, "codes");
    long quantiser = in.at();
    int partDim = quantiser(dim);
    if ((long) rows * ((dim + partDim - 1) / partDim) != size) {
      throw in.damaged(at, size + " codes", "one for each part of " + rows + " rows");
    }
    var centroids = in.floats((long) dim * Quantised.CENTROIDS, "centroids");
    if (!lengthsApart) {
      return new Quantised(rows, dim, partDim, codes, centroids, null, null);
    }
    var lengths = in.bytes(rows, "codes of lengths");
    if (quantiser(1) != 1) {
      throw in.damaged(quantiser, "a length in parts", "a number");
    }
    return new Quantised(
        rows,
        dim,
        partDim,
        codes,
        centroids,
        lengths,
        in.floats(Quantised.CENTROIDS, "centroids of lengths"));
  }

  /// The shape of a quantiser.
  /// @return numbers in a part
  private int quantiser(int dim) {
    in.integer("the columns of codes", dim, dim);
    int parts = in.integer("the parts of a row", 1, dim);
    int partDim = in.integer("the columns of a part", 1, dim);
    if (parts != (dim + partDim - 1) / partDim) {
      throw in.damaged(
          in.at() - 8, parts + " parts of " + partDim, "as many as make " + dim + " columns");
    }
    int rest = dim % partDim == 0 ? partDim : dim % partDim;
    in.integer("the columns of the last part", rest, rest);
    return partDim;
  }
}
