package herd.data.fasttext;

import herd.engine.io.WholeFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/// Writes models as fastText does, in the version that it reads today.
final class ModelWriter {
  private static final int SUPERVISED = 3;

  private final WholeFile.Out out;
  private final ByteBuffer bytes = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);

  private ModelWriter(WholeFile.Out out) {
    this.out = out;
  }

  static void write(FastText model, Path file) {
    WholeFile.write(file, out -> new ModelWriter(out).model(model));
  }

  private void model(FastText model) throws IOException {
    integer(ModelReader.MAGIC);
    integer(ModelReader.VERSION);
    settings(model.settings());
    dictionary(model.dictionary(), model.buckets());
    flag(model.input() instanceof Quantised);
    matrix(model.input());
    flag(model.output() instanceof Quantised);
    matrix(model.output());
    flush();
  }

  private void settings(Settings settings) throws IOException {
    integer(settings.dim());
    integer(settings.window());
    integer(settings.epochs());
    integer(settings.minCount());
    integer(settings.negatives());
    integer(settings.wordNgrams());
    integer(settings.loss().code);
    integer(SUPERVISED);
    integer(settings.bucket());
    integer(settings.minn());
    integer(settings.maxn());
    integer(settings.updateTokens());
    wide(Double.doubleToLongBits(settings.sampling()));
  }

  private void dictionary(Dictionary dictionary, Buckets buckets) throws IOException {
    var kept = buckets.kept();
    integer(dictionary.size());
    integer(dictionary.words());
    integer(dictionary.labels());
    wide(dictionary.tokens());
    wide(kept == null ? -1 : kept.length);
    for (int id = 0; id < dictionary.size(); id++) {
      flush();
      out.write(dictionary.entry(id));
      small(0);
      wide(dictionary.count(id));
      small(id < dictionary.words() ? 0 : 1);
    }
    for (int i = 0; kept != null && i < kept.length; i++) {
      integer(kept[i]);
      integer(i);
    }
  }

  private void matrix(Matrix matrix) throws IOException {
    switch (matrix) {
      case Dense dense -> {
        wide(dense.rows());
        wide(dense.dim());
        floats(dense.values());
      }
      case Quantised codes -> quantised(codes);
    }
  }

  private void quantised(Quantised codes) throws IOException {
    flag(codes.lengths() != null);
    wide(codes.rows());
    wide(codes.dim());
    integer(codes.codes().length);
    flush();
    out.write(codes.codes());
    quantiser(codes.dim(), codes.partDim(), codes.centroids());
    if (codes.lengths() != null) {
      flush();
      out.write(codes.lengths());
      quantiser(1, 1, codes.lengthCentroids());
    }
  }

  private void quantiser(int dim, int partDim, float[] centroids) throws IOException {
    integer(dim);
    integer((dim + partDim - 1) / partDim);
    integer(partDim);
    integer(dim % partDim == 0 ? partDim : dim % partDim);
    floats(centroids);
  }

  private void floats(float[] values) throws IOException {
    for (int from = 0; from < values.length; ) {
      flush();
      int count = Math.min(bytes.capacity() / 4, values.length - from);
      bytes.asFloatBuffer().put(values, from, count);
      bytes.position(4 * count);
      from += count;
    }
    flush();
  }

  private void flag(boolean value) throws IOException {
    small(value ? 1 : 0);
  }

  private void small(int value) throws IOException {
    room(1);
    bytes.put((byte) value);
  }

  private void integer(int value) throws IOException {
    room(4);
    bytes.putInt(value);
  }

  private void wide(long value) throws IOException {
    room(8);
    bytes.putLong(value);
  }

  private void room(int count) throws IOException {
    if (bytes.remaining() < count) {
      flush();
    }
  }

  private void flush() throws IOException {
    out.write(bytes.flip());
    bytes.clear();
  }
}
