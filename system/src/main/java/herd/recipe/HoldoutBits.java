package herd.recipe;

import herd.data.Doc;
import herd.data.DocFile;
import herd.engine.infer.Scorer;
import herd.engine.model.Llama;
import herd.engine.tensor.Kernels;
import herd.engine.text.Tokenizer;
import herd.eval.Texts;
import herd.run.Workspace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Bits per byte on a part of the hold-out: the curve that shows whether a training helps. The
/// evaluation measures on all of it.
record HoldoutBits(Texts texts, List<String> holdout, Kernels kernels) {
  private static final int DOCUMENTS = 60;

  /// Every n-th document, in order, so that all sources are among them.
  /// @param context positions of the model
  static HoldoutBits of(Path file, Tokenizer tokenizer, int context, Inputs inputs) {
    var all = DocFile.read(file).stream().map(Doc::text).toList();
    var some = new ArrayList<String>();
    for (int i = 0; i < all.size(); i += Math.max(1, all.size() / DOCUMENTS)) {
      some.add(all.get(i));
    }
    return new HoldoutBits(new Texts(tokenizer, Math.min(512, context)), some, inputs.kernels());
  }

  double of(Llama model) {
    return texts.bitsPerByte(new Scorer(model, kernels), holdout);
  }

  /// Adds the curve to the facts.
  void report(Workspace workspace, List<Long> steps, List<Double> bitsPerByte) {
    var series = workspace.facts().withArray("series").addObject().put("name", "holdout");
    series.putArray("columns").add("step").add("bitsPerByte");
    var rows = series.putArray("rows");
    for (int i = 0; i < steps.size(); i++) {
      rows.addArray().add(steps.get(i)).add(bitsPerByte.get(i));
    }
  }
}
