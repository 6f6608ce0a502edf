package herd.engine.code;

/// How vector instructions are encoded, and so how wide vectors are and how many there are.
public enum Width {
  /// 256 bits, 16 registers (VEX: AVX2, FMA, F16C, AVX-VNNI).
  BITS_256(32, 16),
  /// 512 bits, 32 registers, operands that repeat one number from memory (EVEX: AVX-512).
  BITS_512(64, 32);

  private final int bytes;
  private final int registers;

  Width(int bytes, int registers) {
    this.bytes = bytes;
    this.registers = registers;
  }

  /// Bytes of a vector.
  public int bytes() {
    return bytes;
  }

  /// Vector registers.
  public int registers() {
    return registers;
  }
}
