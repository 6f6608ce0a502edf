package herd.data.fasttext;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A classifier of texts in fastText's form. Immutable, for any number of threads; each thread
/// classifies with a [Classifier] of its own.
public final class FastText {
  /// A quantised matrix that is no larger than this as floats is kept as floats.
  private static final long DECODED = 1L << 26;

  private final Settings settings;
  private final Dictionary dictionary;
  private final Buckets buckets;
  private final Matrix input;
  private final Matrix output;
  private final Tree tree;
  private final Matrix applied; // rows of words may be sums, see wordFeatures
  private final Matrix appliedOutput;
  private final int[] wordFeatures;
  private final List<String> labels;

  FastText(Settings settings, Dictionary dictionary, Buckets buckets, Matrix input, Matrix output) {
    this.settings = settings;
    this.dictionary = dictionary;
    this.buckets = buckets;
    this.input = input;
    this.output = output;
    this.tree = settings.loss() == Loss.HIERARCHICAL ? new Tree(dictionary.labelCounts()) : null;
    this.appliedOutput = decoded(output);
    var rows = decoded(input);
    if (rows instanceof Dense dense && input instanceof Quantised && settings.maxn() > 0) {
      this.wordFeatures = new int[dictionary.words()];
      this.applied = summed(dense);
    } else {
      this.wordFeatures = null;
      this.applied = rows;
    }
    var names = new ArrayList<String>();
    for (int label = 0; label < dictionary.labels(); label++) {
      names.add(dictionary.label(label));
    }
    this.labels = List.copyOf(names);
  }

  private static Matrix decoded(Matrix matrix) {
    boolean small = 4L * matrix.rows() * matrix.dim() <= DECODED;
    return matrix instanceof Quantised codes && small ? codes.decoded() : matrix;
  }

  /// The matrix with the sum of a word's row and of those of its runs of characters in place of the
  /// word's row, so that a known word costs one row.
  private Dense summed(Dense rows) {
    var values = rows.values().clone();
    var features = new Features(settings, dictionary, buckets, (int[]) null);
    var sum = new float[settings.dim()];
    for (int word = 0; word < dictionary.words(); word++) {
      features.readWord(dictionary.entry(word));
      rows.sum(features.rows(), features.count(), sum);
      System.arraycopy(sum, 0, values, word * settings.dim(), sum.length);
      wordFeatures[word] = features.features();
    }
    return new Dense(rows.rows(), rows.dim(), values);
  }

  /// Reads a `.bin` or `.ftz` file, of fastText's or of ours.
  /// @throws herd.engine.UserError if it cannot be read, is damaged (with the byte) or no
  /// classifier
  public static FastText read(Path file) {
    return ModelReader.read(file);
  }

  /// Writes it as fastText does: `.ftz` is the usual ending of what is quantised, `.bin` of all
  /// else.
  /// @throws herd.engine.UserError if it cannot be written
  public void write(Path file) {
    ModelWriter.write(this, file);
  }

  /// Whether vectors of features are codes.
  public boolean quantised() {
    return input instanceof Quantised;
  }

  /// Names of the labels by their number, without `__label__`.
  public List<String> labels() {
    return labels;
  }

  /// One more thread's means to classify.
  public Classifier classifier() {
    return new Classifier(this);
  }

  Settings settings() {
    return settings;
  }

  Dictionary dictionary() {
    return dictionary;
  }

  Buckets buckets() {
    return buckets;
  }

  Matrix input() {
    return input;
  }

  Matrix output() {
    return output;
  }

  /// Null but for hierarchical softmax.
  Tree tree() {
    return tree;
  }

  Matrix applied() {
    return applied;
  }

  Matrix appliedOutput() {
    return appliedOutput;
  }

  Features features() {
    return new Features(settings, dictionary, buckets, wordFeatures);
  }
}
