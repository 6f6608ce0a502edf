package herd.engine.quant;

/// Products with packed matrices, one way of computing them: `reference`, `vector` or `machine`.
/// May be used by any number of threads.
public interface BlockKernels {
  /// The name shown by `herd doctor`.
  String name();

  /// The kernel of a format; the first call for each may take milliseconds.
  BlockKernel kernel(PackedFormat format);
}
