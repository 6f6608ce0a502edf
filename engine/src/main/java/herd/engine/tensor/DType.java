package herd.engine.tensor;

/// How the numbers of a tensor are stored. `F64` is accepted by the reference kernels only, which
/// run forward, backward and optimizer in it end to end.
public enum DType {
  F32(Float.BYTES),
  F64(Double.BYTES);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /// Bytes of one number.
  public int bytes() {
    return bytes;
  }
}
