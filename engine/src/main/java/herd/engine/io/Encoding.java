package herd.engine.io;

import herd.engine.UserError;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// How the numbers of a stored tensor lie in its bytes (little-endian). Numbers come in blocks,
/// of one number each for all but the quantised formats; a row of a tensor is a whole number of
/// blocks.
public enum Encoding {
  F32(0, "F32", 1, 4),
  F16(1, "F16", 1, 2),
  BF16(30, "BF16", 1, 2),
  F64(28, "F64", 1, 8),
  I8(24, "I8", 1, 1),
  I16(25, "I16", 1, 2),
  I32(26, "I32", 1, 4),
  I64(27, "I64", 1, 8),
  U8(-1, "U8", 1, 1),
  U16(-1, "U16", 1, 2),
  U32(-1, "U32", 1, 4),
  U64(-1, "U64", 1, 8),
  BOOL(-1, "BOOL", 1, 1),
  F8_E4M3(-1, "F8_E4M3", 1, 1),
  F8_E5M2(-1, "F8_E5M2", 1, 1),
  Q4_0(2, null, 32, 18),
  Q4_1(3, null, 32, 20),
  Q5_0(6, null, 32, 22),
  Q5_1(7, null, 32, 24),
  Q8_0(8, null, 32, 34),
  Q2_K(10, null, 256, 84),
  Q3_K(11, null, 256, 110),
  Q4_K(12, null, 256, 144),
  Q5_K(13, null, 256, 176),
  Q6_K(14, null, 256, 210),
  IQ4_NL(20, null, 32, 18),
  IQ4_XS(23, null, 256, 136);

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat NATIVE = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ValueLayout.OfInt BITS = ValueLayout.JAVA_INT_UNALIGNED;

  private final int ggml;
  private final String safetensors;
  private final int blockValues;
  private final int blockBytes;

  Encoding(int ggml, String safetensors, int blockValues, int blockBytes) {
    this.ggml = ggml;
    this.safetensors = safetensors;
    this.blockValues = blockValues;
    this.blockBytes = blockBytes;
  }

  /// The number of this encoding in GGUF files, -1 if it does not occur there.
  int ggml() {
    return ggml;
  }

  /// The name of this encoding in safetensors files, null if it does not occur there.
  String safetensors() {
    return safetensors;
  }

  /// Numbers in a block.
  public int blockValues() {
    return blockValues;
  }

  /// Bytes of a block.
  public int blockBytes() {
    return blockBytes;
  }

  /// Bytes of `values` numbers.
  /// @throws ArithmeticException if `values` is not a whole number of blocks or the size exceeds
  /// a long
  public long bytes(long values) {
    if (values % blockValues != 0) {
      throw new ArithmeticException(values + " values in blocks of " + blockValues);
    }
    return Math.multiplyExact(values / blockValues, blockBytes);
  }

  /// Decodes all of `in` into floats in native byte order; `out` holds exactly as many.
  /// @param where file and tensor, for the error
  /// @throws UserError if this encoding cannot be decoded to floats
  public void decode(MemorySegment in, MemorySegment out, String where) {
    long n = out.byteSize() / Float.BYTES;
    if (bytes(n) != in.byteSize()) {
      throw new IllegalArgumentException(
          in.byteSize() + " bytes of " + this + " for " + n + " values");
    }
    switch (this) {
      case F32 -> MemorySegment.copy(in, FLOAT, 0, out, NATIVE, 0, n);
      case F16 -> {
        for (long i = 0; i < n; i++) {
          out.setAtIndex(BITS, i, float16Bits(in.getAtIndex(SHORT, i)));
        }
      }
      case BF16 -> {
        for (long i = 0; i < n; i++) {
          out.setAtIndex(BITS, i, in.getAtIndex(SHORT, i) << 16);
        }
      }
      case F64 -> {
        for (long i = 0; i < n; i++) {
          out.setAtIndex(NATIVE, i, (float) in.getAtIndex(DOUBLE, i));
        }
      }
      case Q4_0 -> herd.engine.block.Q4_0.dequantise(in, out);
      case Q4_1 -> herd.engine.block.Q4_1.dequantise(in, out);
      case Q5_0 -> herd.engine.block.Q5_0.dequantise(in, out);
      case Q5_1 -> herd.engine.block.Q5_1.dequantise(in, out);
      case Q8_0 -> herd.engine.block.Q8_0.dequantise(in, out);
      case Q2_K -> herd.engine.block.Q2_K.dequantise(in, out);
      case Q3_K -> herd.engine.block.Q3_K.dequantise(in, out);
      case Q4_K -> herd.engine.block.Q4_K.dequantise(in, out);
      case Q5_K -> herd.engine.block.Q5_K.dequantise(in, out);
      case Q6_K -> herd.engine.block.Q6_K.dequantise(in, out);
      case IQ4_NL -> herd.engine.block.IQ4_NL.dequantise(in, out);
      case IQ4_XS -> herd.engine.block.IQ4_XS.dequantise(in, out);
      case I8, I16, I32, I64, U8, U16, U32, U64, BOOL, F8_E4M3, F8_E5M2 ->
        throw new UserError(
            where,
            "numbers stored as " + this,
            "F32, F16, BF16, F64 and the quantised formats of GGUF",
            "Convert the model first.");
    }
  }

  /// Encodes all floats of `in` (native byte order) into `out`, rounding to nearest even; `out`
  /// has the exact size.
  /// @throws IllegalArgumentException for encodings that cannot be written
  public void encode(MemorySegment in, MemorySegment out) {
    encode(in, out, null);
  }

  /// Encodes as [#encode(MemorySegment, MemorySegment)] does; where a format leaves a choice, the
  /// errors of important columns count more.
  /// @param importance weight of each column of a row, `in` starting with a row's first; null for
  ///     none
  public void encode(MemorySegment in, MemorySegment out, float[] importance) {
    long n = in.byteSize() / Float.BYTES;
    if (bytes(n) != out.byteSize()) {
      throw new IllegalArgumentException(
          out.byteSize() + " bytes of " + this + " for " + n + " values");
    }
    switch (this) {
      case F32 -> MemorySegment.copy(in, NATIVE, 0, out, FLOAT, 0, n);
      case F16 -> {
        for (long i = 0; i < n; i++) {
          out.setAtIndex(SHORT, i, Float.floatToFloat16(in.getAtIndex(NATIVE, i)));
        }
      }
      case BF16 -> {
        for (long i = 0; i < n; i++) {
          out.setAtIndex(SHORT, i, bfloat16(in.getAtIndex(NATIVE, i)));
        }
      }
      case F64 -> {
        for (long i = 0; i < n; i++) {
          out.setAtIndex(DOUBLE, i, in.getAtIndex(NATIVE, i));
        }
      }
      case Q4_0 -> herd.engine.block.Q4_0.quantise(in, out, importance);
      case Q4_1 -> herd.engine.block.Q4_1.quantise(in, out, importance);
      case Q5_0 -> herd.engine.block.Q5_0.quantise(in, out, importance);
      case Q5_1 -> herd.engine.block.Q5_1.quantise(in, out, importance);
      case Q8_0 -> herd.engine.block.Q8_0.quantise(in, out);
      case Q4_K -> herd.engine.block.Q4_K.quantise(in, out, importance);
      case Q6_K -> herd.engine.block.Q6_K.quantise(in, out, importance);
      default -> throw new IllegalArgumentException("cannot encode " + this);
    }
  }

  /// The bits of the float that equals a half; a NaN keeps its payload, which the processor's
  /// conversion would change.
  private static int float16Bits(short half) {
    if ((half & 0x7FFF) > 0x7C00) {
      return (half & 0x8000) << 16 | 0x7F800000 | (half & 0x3FF) << 13;
    }
    return Float.floatToRawIntBits(Float.float16ToFloat(half));
  }

  private static short bfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if ((bits & 0x7FFFFFFF) > 0x7F800000) {
      return (short) (bits >> 16 | 64); // stays a NaN, made quiet
    }
    return (short) (bits + 0x7FFF + (bits >> 16 & 1) >> 16);
  }
}
