package herd.engine.model;

import herd.engine.io.StoredTensor;
import herd.engine.quant.BlockKernels;
import herd.engine.quant.BlockMatrix;
import herd.engine.quant.PackedFormat;
import herd.engine.quant.ReferenceBlocks;
import herd.engine.tensor.Weight;
import herd.engine.tensor.Workers;
import java.lang.foreign.Arena;
import java.util.function.IntUnaryOperator;

/// Packs matrices for inference while a model is loaded.
/// @param kernels that will multiply with them
/// @param workers that pack
public record Packer(BlockKernels kernels, Workers workers) {
  /// With these kernels; null where they are plain loops, which are faster on floats.
  public static Packer of(BlockKernels kernels, Workers workers) {
    return kernels instanceof ReferenceBlocks ? null : new Packer(kernels, workers);
  }

  /// The matrix packed, or null if its format has no kernels or its rows are not whole blocks.
  /// @param from which row of the file becomes row `i`
  Weight pack(StoredTensor stored, int rows, int cols, IntUnaryOperator from, Arena arena) {
    var format = PackedFormat.of(stored.encoding().name());
    if (format == null || !format.fits(cols)) {
      return null;
    }
    return BlockMatrix.pack(format, stored.data(), rows, cols, from, kernels, workers, arena);
  }
}
