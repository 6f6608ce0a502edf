package herd.train.course;

import herd.engine.model.Llama;

/// Judges whether a model has learnt what a part of training was for: training goes on until it
/// opens.
@FunctionalInterface
public interface Gate {
  Verdict judge(Llama model);

  /// @param open whether the next part may begin
  /// @param why in words, with the figures
  record Verdict(boolean open, String why) {}
}
