package herd.engine.encoder;

import herd.engine.tensor.Kernels;
import herd.engine.text.Tokenizer;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// An encoder with its tokenizer: how probable each label of a text is. For any number of threads.
/// @param encoder with the labels
/// @param tokenizer whose ids are those of the encoder
public record TextEncoder(Encoder encoder, Tokenizer tokenizer) {
  /// Opens a directory in the Hugging Face layout: `config.json`, `model.safetensors`,
  /// `tokenizer.json`.
  /// @param arena what the parameters live in
  /// @throws herd.engine.UserError if one of the files is missing or does not fit the others
  public static TextEncoder load(Path directory, Arena arena) {
    return new TextEncoder(Encoder.load(directory, arena), Tokenizer.load(directory));
  }

  /// The tokens of a text as the encoder wants them; what is too long is cut.
  public int[] tokens(String text) {
    return windows(text, 1).getFirst();
  }

  /// The tokens of a text, cut into windows that the encoder can read, each with the first and the
  /// last token; at least one.
  /// @param most windows; what lies beyond is not read
  public List<int[]> windows(String text, int most) {
    var config = encoder.config();
    // No token is shorter than a byte: what lies beyond cannot be read.
    long looked = 16L * config.longest() * most;
    int[] inner = tokenizer.encode(
        text.length() > looked ? text.substring(0, whole(text, (int) looked)) : text);
    int longest = config.longest() - 2;
    var windows = new ArrayList<int[]>();
    for (int from = 0; from == 0 || from < inner.length && windows.size() < most; from += longest) {
      int length = Math.min(inner.length - from, longest);
      var ids = new int[length + 2];
      ids[0] = config.begin();
      System.arraycopy(inner, from, ids, 1, length);
      ids[length + 1] = config.end();
      windows.add(ids);
    }
    return windows;
  }

  /// A place that does not cut a character.
  private static int whole(String text, int at) {
    return Character.isHighSurrogate(text.charAt(at - 1)) ? at - 1 : at;
  }

  /// The probability of each label of each text.
  /// @param texts as [#tokens] and [#windows] give them
  public double[][] probabilities(Kernels kernels, int[]... texts) {
    var logits = EncoderPass.logits(encoder, kernels, texts);
    var probabilities = new double[texts.length][];
    for (int i = 0; i < texts.length; i++) {
      probabilities[i] = softmax(logits[i]);
    }
    return probabilities;
  }

  private static double[] softmax(float[] logits) {
    double most = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      most = Math.max(most, logit);
    }
    var shares = new double[logits.length];
    double sum = 0;
    for (int i = 0; i < shares.length; i++) {
      shares[i] = Math.exp(logits[i] - most);
      sum += shares[i];
    }
    for (int i = 0; i < shares.length; i++) {
      shares[i] /= sum;
    }
    return shares;
  }
}
