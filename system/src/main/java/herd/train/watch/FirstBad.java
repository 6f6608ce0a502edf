package herd.train.watch;

import herd.engine.model.Eager;
import herd.engine.model.Gradients;
import herd.engine.model.Llama;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Tensor;
import java.util.ArrayList;

/// Finds out where numbers stop being numbers.
public final class FirstBad {
  private FirstBad() {}

  /// The first tensor with a number that is infinite or none: among the parameters, then the
  /// results of a forward pass, then the gradients, from the head back to the embedding.
  /// @param tokens of the batch at fault
  /// @return words for people
  public static String find(
      Kernels kernels, Llama model, int[] tokens, Segments segments, Gradients gradients) {
    for (var parameter : model.parameters().entrySet()) {
      var at = place(parameter.getValue());
      if (at != null) {
        return "parameter " + parameter.getKey() + at;
      }
    }
    try (var eager = new Eager(kernels)) {
      var watched = new Watched(eager, model);
      model.forward(watched, tokens, segments);
      for (var result : watched.seen()) {
        if (!result.finite()) {
          return "forward pass at " + result.where();
        }
      }
    }
    var backwards = new ArrayList<>(gradients.byName().entrySet()).reversed();
    for (var gradient : backwards) {
      var at = place(gradient.getValue());
      if (at != null) {
        return "gradient of " + gradient.getKey() + at;
      }
    }
    return "loss alone";
  }

  /// `[row, column]` and the number there; null if all are finite.
  private static String place(Tensor x) {
    if (Watched.look("", x).finite()) {
      return null;
    }
    for (int r = 0; r < x.rows(); r++) {
      for (int c = 0; c < x.cols(); c++) {
        if (!Double.isFinite(x.get(r, c))) {
          return "[%d, %d], %s".formatted(r, c, x.get(r, c));
        }
      }
    }
    return null;
  }
}
