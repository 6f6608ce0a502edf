package herd.engine.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

import static herd.engine.tensor.Floats.ALL;
import static herd.engine.tensor.Floats.LANES;
import static herd.engine.tensor.Floats.ORDER;
import static herd.engine.tensor.Floats.SPECIES;

/// Keys or values of earlier tokens in fewer bits, `[rows, heads * headDim]`: read by attention
/// alone, which unpacks a block at a time. What is stored is rounded once and for all.
public final class KvRows {
  private final Format format;
  private final int rows;
  private final int heads;
  private final int headDim;
  private final MemorySegment data;

  /// How a head's numbers are stored.
  public enum Format {
    /// Half precision; numbers beyond its range become the largest of it.
    F16,
    /// One byte each, and for each head of a row a factor in single precision: the head's largest
    /// magnitude over 127.
    I8;

    /// Bytes of one head of a row.
    public int headBytes(int headDim) {
      return this == F16 ? 2 * headDim : 4 + (headDim + 3) / 4 * 4;
    }
  }

  private KvRows(Format format, int rows, int heads, int headDim, MemorySegment data) {
    this.format = format;
    this.rows = rows;
    this.heads = heads;
    this.headDim = headDim;
    this.data = data;
  }

  /// Rows of zeros.
  public static KvRows allocate(Arena arena, Format format, int rows, int heads, int headDim) {
    long bytes = (long) rows * heads * format.headBytes(headDim);
    return new KvRows(format, rows, heads, headDim, arena.allocate(bytes, Tensor.ALIGNMENT));
  }

  public int rows() {
    return rows;
  }

  /// Heads of a row.
  public int heads() {
    return heads;
  }

  /// Numbers of a head.
  public int headDim() {
    return headDim;
  }

  /// How numbers are stored.
  public Format format() {
    return format;
  }

  /// Bytes of a row.
  public long rowBytes() {
    return (long) heads * format.headBytes(headDim);
  }

  /// The rows, one after the other.
  public MemorySegment data() {
    return data;
  }

  /// Rows in memory of exactly their size.
  /// @throws IllegalArgumentException if the size differs
  public static KvRows of(MemorySegment data, Format format, int rows, int heads, int headDim) {
    if (data.byteSize() != (long) rows * heads * format.headBytes(headDim)) {
      throw new IllegalArgumentException(data.byteSize() + " bytes for " + rows + " rows");
    }
    return new KvRows(format, rows, heads, headDim, data);
  }

  /// The first `count` rows, as a view.
  public KvRows first(int count) {
    return new KvRows(format, count, heads, headDim, data.asSlice(0, count * rowBytes()));
  }

  /// Copies all rows of `smaller`, of the same format and width, to the first rows here.
  public void copyFrom(KvRows smaller) {
    MemorySegment.copy(smaller.data, 0, data, 0, smaller.data.byteSize());
  }

  /// Stores rows `from … from + count` of `source [tokens, heads * headDim]` as rows `to …`.
  public void store(int to, Tensor source, int from, int count) {
    if (source.cols() != heads * headDim || to < 0 || to + count > rows) {
      throw new IllegalArgumentException(source + " into row " + to + " of " + rows);
    }
    var numbers = source.rows(from, from + count).toFloats();
    for (int i = 0; i < count; i++) {
      for (int h = 0; h < heads; h++) {
        long at = (to + i) * rowBytes() + (long) h * format.headBytes(headDim);
        int first = (i * heads + h) * headDim;
        switch (format) {
          case F16 -> storeHalves(at, numbers, first);
          case I8 -> storeBytes(at, numbers, first);
        }
      }
    }
  }

  private void storeHalves(long at, float[] numbers, int first) {
    for (int e = 0; e < headDim; e++) {
      float limited = Math.clamp(numbers[first + e], -65504f, 65504f);
      data.set(ValueLayout.JAVA_SHORT_UNALIGNED, at + 2L * e, Float.floatToFloat16(limited));
    }
  }

  private void storeBytes(long at, float[] numbers, int first) {
    float max = 0;
    for (int e = 0; e < headDim; e++) {
      max = Math.max(max, Math.abs(numbers[first + e]));
    }
    data.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, max / 127);
    float inverse = max == 0 ? 0 : 127 / max;
    for (int e = 0; e < headDim; e++) {
      data.set(ValueLayout.JAVA_BYTE, at + 4 + e, (byte) Math.round(numbers[first + e] * inverse));
    }
  }

  /// One number; for reference code, never for a hot loop.
  public double get(int row, int head, int e) {
    long at = row * rowBytes() + (long) head * format.headBytes(headDim);
    return switch (format) {
      case F16 -> Float.float16ToFloat(data.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + 2L * e));
      case I8 ->
        data.get(ValueLayout.JAVA_BYTE, at + 4 + e)
            * data.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at);
    };
  }

  /// One head of `count` rows as floats: rows at `to`, `toRow` bytes apart, zero up to whole
  /// vectors.
  /// @param from address of the first row's head
  static void unpack(
      Format format, long to, long toRow, long from, long row, int headDim, int count) {
    for (int i = 0; i < count; i++) {
      switch (format) {
        case F16 -> Unpack.halves(to + i * toRow, from + i * row, headDim);
        case I8 -> Unpack.bytes(to + i * toRow, from + i * row, headDim);
      }
    }
  }

  /// The loops, apart since they need the Vector API.
  private static final class Unpack {
    private static final VectorSpecies<Short> SHORTS =
        VectorSpecies.of(short.class, VectorShape.forBitSize(Math.max(64, 16 * LANES)));
    private static final VectorSpecies<Byte> BYTES =
        VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, 8 * LANES)));
    private static final VectorSpecies<Integer> INTS =
        VectorSpecies.of(int.class, SPECIES.vectorShape());

    /// A half's magnitude bits moved to a float's place are its value over 2^112, also below the
    /// smallest normal number.
    static void halves(long to, long from, int n) {
      int whole = SHORTS.length() == LANES ? Floats.whole(n) : 0;
      for (int j = 0; j < whole; j += LANES) {
        var half = ShortVector.fromMemorySegment(SHORTS, ALL, from + 2L * j, ORDER);
        var bits = (IntVector) half.convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
        var sign = bits.and(0x8000).lanewise(VectorOperators.LSHL, 16);
        bits.and(0x7fff)
            .lanewise(VectorOperators.LSHL, 13)
            .reinterpretAsFloats()
            .mul(0x1p112f)
            .reinterpretAsInts()
            .or(sign)
            .reinterpretAsFloats()
            .intoMemorySegment(ALL, to + 4L * j, ORDER);
      }
      for (int j = whole; j < n; j++) {
        short half = ALL.get(ValueLayout.JAVA_SHORT_UNALIGNED, from + 2L * j);
        Floats.put(to + 4L * j, Float.float16ToFloat(half));
      }
      zeros(to, n);
    }

    static void bytes(long to, long from, int n) {
      float factor = Floats.get(from);
      int whole = BYTES.length() == LANES ? Floats.whole(n) : 0;
      for (int j = 0; j < whole; j += LANES) {
        var quantised = ByteVector.fromMemorySegment(BYTES, ALL, from + 4 + j, ORDER);
        var numbers = (FloatVector) quantised.convertShape(VectorOperators.B2F, SPECIES, 0);
        Floats.store(to + 4L * j, numbers.mul(factor));
      }
      for (int j = whole; j < n; j++) {
        Floats.put(to + 4L * j, ALL.get(ValueLayout.JAVA_BYTE, from + 4 + j) * factor);
      }
      zeros(to, n);
    }

    private static void zeros(long to, int n) {
      for (int j = n; j % LANES != 0; j++) {
        Floats.put(to + 4L * j, 0);
      }
    }
  }
}
