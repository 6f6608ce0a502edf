package herd.data.fasttext;

import herd.engine.UserError;
import herd.run.Progress;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/// Makes models small (Joulin et al. 2016, "FastText.zip"): features with short vectors go, and
/// what is left becomes codes.
/// @param cutoff words and buckets that are kept, those with the longest vectors; 0 keeps all
/// @param partDim numbers behind one code (dsub)
/// @param lengths whether the vectors' lengths have codes of their own (qnorm)
/// @param labels whether the labels' vectors become codes too (qout)
/// @param seed of the choice of rows that the codes are learnt from
public record Quantiser(int cutoff, int partDim, boolean lengths, boolean labels, long seed) {
  public Quantiser {
    if (cutoff < 0) {
      throw new UserError("cutoff", "" + cutoff, "0 or more", "0 keeps all features.");
    }
    if (partDim < 1) {
      throw new UserError("dsub", "" + partDim, "1 or more", "The usual is 2.");
    }
  }

  /// The model, smaller.
  /// @param retrain lines to train what is left on before it becomes codes; null for none
  /// @param settings of that training; null for none
  /// @throws UserError if the model is quantised already or has fewer than 256 rows
  public FastText quantise(
      FastText model, Path retrain, TrainSettings settings, Progress progress) {
    if (!(model.input() instanceof Dense)) {
      throw new UserError("model", "quantised already", "a .bin model", "Take the model it is of.");
    }
    var left = cutoff > 0 && cutoff < model.input().rows() ? pruned(model) : model;
    if (retrain != null) {
      left = copied(left);
      Trainer.retrain(retrain, left, settings, progress);
    }
    var input = codes((Dense) left.input(), partDim, lengths, progress);
    var output = labels ? codes((Dense) left.output(), 2, lengths, progress) : left.output();
    return new FastText(left.settings(), left.dictionary(), left.buckets(), input, output);
  }

  private static FastText copied(FastText model) {
    var input = (Dense) model.input();
    var output = (Dense) model.output();
    return new FastText(
        model.settings(),
        model.dictionary(),
        model.buckets(),
        new Dense(input.rows(), input.dim(), input.values().clone()),
        new Dense(output.rows(), output.dim(), output.values().clone()));
  }

  /// The model with the line's end and the [#cutoff] - 1 longest other rows.
  private FastText pruned(FastText model) {
    var input = (Dense) model.input();
    var dictionary = model.dictionary();
    int words = dictionary.words();
    var end = Dictionary.END_OF_LINE;
    int endOfLine = dictionary.id(end, 0, end.length, Dictionary.hash(end, 0, end.length));
    var lengths = new float[input.rows()];
    for (int row = 0; row < lengths.length; row++) {
      int from = row * input.dim();
      lengths[row] = row == endOfLine
          ? Float.POSITIVE_INFINITY
          : (float) Math.sqrt(Dense.dot(
              input.values(),
              from,
              Arrays.copyOfRange(input.values(), from, from + input.dim()),
              input.dim()));
    }
    int[] kept = IntStream.range(0, lengths.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer row) -> -lengths[row]))
        .limit(cutoff)
        .mapToInt(row -> row)
        .sorted()
        .toArray();
    var keptWords = Arrays.stream(kept).filter(row -> row < words).toArray();
    var buckets =
        Arrays.stream(kept).filter(row -> row >= words).map(row -> row - words).toArray();
    return new FastText(
        model.settings(),
        dictionary.with(keptWords),
        new Buckets(model.buckets().count(), buckets),
        input.reordered(0, kept),
        model.output());
  }

  private Quantised codes(Dense matrix, int partDim, boolean apart, Progress progress) {
    int rows = matrix.rows();
    int dim = matrix.dim();
    if (rows < Quantised.CENTROIDS) {
      throw new UserError(
          "model", rows + " rows", "256 or more", "A model this small needs no quantising.");
    }
    if (partDim > dim) {
      throw new UserError("dsub", "" + partDim, "up to " + dim, "The usual is 2.");
    }
    var values = matrix.values();
    byte[] lengthCodes = null;
    float[] lengthCentroids = null;
    if (apart) {
      values = values.clone();
      var lengths = directions(values, rows, dim);
      lengthCentroids = new float[Quantised.CENTROIDS];
      lengthCodes = new byte[rows];
      new Centroids(lengths, rows, 1, 0, 1, seed).code(lengthCentroids, 0, lengthCodes, 1, 0);
    }
    int parts = (dim + partDim - 1) / partDim;
    var codes = new byte[rows * parts];
    var centroids = new float[dim * Quantised.CENTROIDS];
    float[] all = values;
    var done = new AtomicInteger();
    IntStream.range(0, parts).parallel().forEach(part -> {
      int first = part * partDim;
      int size = Math.min(partDim, dim - first);
      new Centroids(all, rows, dim, first, size, seed + part)
          .code(centroids, first * Quantised.CENTROIDS, codes, parts, part);
      progress.at(done.incrementAndGet(), parts, "parts", Map.of());
    });
    return new Quantised(rows, dim, partDim, codes, centroids, lengthCodes, lengthCentroids);
  }

  /// Makes the rows as long as 1, but for those without length.
  /// @return their lengths
  private static float[] directions(float[] values, int rows, int dim) {
    var lengths = new float[rows];
    for (int row = 0; row < rows; row++) {
      double sum = 0;
      for (int j = row * dim; j < (row + 1) * dim; j++) {
        sum += values[j] * values[j];
      }
      lengths[row] = (float) Math.sqrt(sum);
      for (int j = row * dim; lengths[row] != 0 && j < (row + 1) * dim; j++) {
        values[j] /= lengths[row];
      }
    }
    return lengths;
  }
}
