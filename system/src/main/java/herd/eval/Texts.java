package herd.eval;

import herd.engine.infer.Scorer;
import herd.engine.infer.Scorer.Item;
import herd.engine.text.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Bits per byte of texts: what the model would need to store them, independent of the tokenizer.
/// Text longer than a window is cut into windows that do not overlap, as in training.
public record Texts(Tokenizer tokenizer, int window) {
  /// Bits of each text and its bytes.
  /// @param texts none of them empty
  ItemScores score(Scorer scorer, List<String> texts) {
    int begin = tokenizer.special("<|begin_of_text|>");
    var items = new ArrayList<Item>();
    var owner = new ArrayList<Integer>();
    for (int t = 0; t < texts.size(); t++) {
      var ids = tokenizer.encode(texts.get(t));
      for (int from = 0; from < ids.length; from += window) {
        int before = from == 0 ? begin : ids[from - 1];
        int to = Math.min(ids.length, from + window);
        items.add(new Item(new int[] {before}, Arrays.copyOfRange(ids, from, to)));
        owner.add(t);
      }
    }
    var scores = scorer.score(items);
    var bits = new double[texts.size()];
    var bytes = new double[texts.size()];
    for (int i = 0; i < items.size(); i++) {
      bits[owner.get(i)] -= scores.get(i).logProb() / Math.log(2);
    }
    for (int t = 0; t < bytes.length; t++) {
      bytes[t] = texts.get(t).getBytes(StandardCharsets.UTF_8).length;
    }
    return new ItemScores(bits, bytes);
  }

  /// Bits per byte of all texts together.
  public double bitsPerByte(Scorer scorer, List<String> texts) {
    return score(scorer, texts).value();
  }
}
