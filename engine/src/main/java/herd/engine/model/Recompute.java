package herd.engine.model;

/// Which results of a training's forward pass are computed again in the backward pass instead of
/// being kept (Chen et al. 2016; Korthikanti et al. 2022). Gradients are the same to the last bit.
public enum Recompute {
  /// All are kept: fastest.
  NONE,

  /// Norms and SwiGLU are computed again: about a third of the memory for almost no time.
  SELECTIVE,

  /// Only what each block begins with is kept: memory of one block, and one more forward pass.
  FULL
}
