package herd.data.rate;

import java.util.List;

/// A model that labels documents by a rubric.
public interface Rater extends AutoCloseable {
  /// The label of each text, in order; null where the model gave none.
  /// @throws herd.engine.UserError if the model cannot be asked
  List<String> rate(Rubric rubric, List<String> texts);

  @Override
  void close();
}
