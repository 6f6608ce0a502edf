package herd.engine.quant;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Numbers that stand for themselves with the Vector API, to the bits of machine code.
record VectorDense(DenseFormat format) implements BlockKernel {
  private static final VectorSpecies<Float> FLOATS = VectorBlocks.FLOATS;
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, FLOATS.vectorShape());
  private static final VectorSpecies<Short> SHORTS = VectorSpecies.of(
      short.class, VectorShape.forBitSize(Math.max(64, FLOATS.vectorBitSize() / 2)));
  private static final int LANES = FLOATS.length();
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int TWO = 2 * LANES;
  private static final float HALF_TO_FLOAT = 0x1p112f; // between the exponents' zeros
  private static final int HALF_INFINITY = 0x7C00 << 13;

  @Override
  public int tokens() {
    return 4;
  }

  @Override
  public int groups() {
    return 2;
  }

  @Override
  public void tile(
      long w, int units, int groups, long panel, int tokens, long y, long stride, long ahead) {
    int columns = units * DenseFormat.COLUMNS;
    for (int g = 0; g < groups; g++) {
      long group = w + g * (long) units * format.unitBytes();
      for (int lane = 0; lane < DenseFormat.ROWS; lane += TWO) {
        long to = y + 4L * (g * DenseFormat.ROWS + lane);
        int t = 0;
        for (; t + 2 <= tokens; t += 2) {
          long from = panel + 4L * t;
          two(group, lane, columns, from, 4L * tokens, to + t * stride, stride);
        }
        if (t < tokens && format == DenseFormat.BF16) {
          pairs(group, lane, columns, panel + 4L * t, 4L * tokens, to + t * stride);
        } else if (t < tokens) {
          one(group, lane, columns, panel + 4L * t, 4L * tokens, to + t * stride);
        }
      }
    }
  }

  private void one(long group, int lane, int columns, long x, long xStep, long y) {
    var s0 = FloatVector.zero(FLOATS);
    var s1 = FloatVector.zero(FLOATS);
    for (int c = 0; c < columns; c++) {
      var number = FloatVector.broadcast(FLOATS, Bytes.floating(x + c * xStep));
      s0 = weights(group, lane, c).fma(number, s0);
      s1 = weights(group, lane + LANES, c).fma(number, s1);
    }
    put(s0, s1, y);
  }

  /// As [#one], for columns that share lanes in twos.
  private static void pairs(long group, int lane, int columns, long x, long xStep, long y) {
    var s0 = FloatVector.zero(FLOATS);
    var s1 = FloatVector.zero(FLOATS);
    for (int c = 0; c < columns / 2; c++) {
      long pair = group + 4L * (c * DenseFormat.ROWS + lane);
      var w0 = IntVector.fromMemorySegment(INTS, Bytes.ALL, pair, ORDER);
      var w1 = IntVector.fromMemorySegment(INTS, Bytes.ALL, pair + 4L * LANES, ORDER);
      var number = FloatVector.broadcast(FLOATS, Bytes.floating(x + 2 * c * xStep));
      s0 = w0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(number, s0);
      s1 = w1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(number, s1);
      number = FloatVector.broadcast(FLOATS, Bytes.floating(x + (2 * c + 1) * xStep));
      s0 = w0.and(0xFFFF0000).reinterpretAsFloats().fma(number, s0);
      s1 = w1.and(0xFFFF0000).reinterpretAsFloats().fma(number, s1);
    }
    put(s0, s1, y);
  }

  /// Two tokens, no more: beyond that the compiler stops inlining.
  private void two(long group, int lane, int columns, long x, long xStep, long y, long stride) {
    var s00 = FloatVector.zero(FLOATS);
    var s01 = s00;
    var s10 = s00;
    var s11 = s00;
    for (int c = 0; c < columns; c++) {
      var w0 = weights(group, lane, c);
      var w1 = weights(group, lane + LANES, c);
      long at = x + c * xStep;
      var number = FloatVector.broadcast(FLOATS, Bytes.floating(at));
      s00 = w0.fma(number, s00);
      s01 = w1.fma(number, s01);
      number = FloatVector.broadcast(FLOATS, Bytes.floating(at + 4));
      s10 = w0.fma(number, s10);
      s11 = w1.fma(number, s11);
    }
    put(s00, s01, y);
    put(s10, s11, y + stride);
  }

  private static void put(FloatVector first, FloatVector second, long y) {
    first.intoMemorySegment(Bytes.ALL, y, ORDER);
    second.intoMemorySegment(Bytes.ALL, y + 4L * LANES, ORDER);
  }

  private FloatVector weights(long group, int lane, int column) {
    return switch (format) {
      case F32 ->
        FloatVector.fromMemorySegment(
            FLOATS, Bytes.ALL, group + 4L * (column * DenseFormat.ROWS + lane), ORDER);
      case F16 -> halves(group + 2L * (column * DenseFormat.ROWS + lane));
      case BF16 -> {
        long pair = group + 4L * (column / 2 * DenseFormat.ROWS + lane);
        var both = IntVector.fromMemorySegment(INTS, Bytes.ALL, pair, ORDER);
        yield column % 2 == 0
            ? both.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats()
            : both.and(0xFFFF0000).reinterpretAsFloats();
      }
    };
  }

  /// Writes `LANES` halves as floats.
  static void halves(long from, float[] to, int place) {
    halves(from).intoArray(to, place);
  }

  /// Halves as floats: exponents move by a product, which also mends those too small for their
  /// own; what is infinite or no number keeps its largest exponent.
  private static FloatVector halves(long address) {
    var bits = (IntVector) ShortVector.fromMemorySegment(SHORTS, Bytes.ALL, address, ORDER)
        .convertShape(VectorOperators.S2I, INTS, 0);
    var wide = bits.and(0x7FFF).lanewise(VectorOperators.LSHL, 13);
    var number = wide.reinterpretAsFloats().mul(HALF_TO_FLOAT).reinterpretAsInts();
    var endless = wide.compare(VectorOperators.GE, HALF_INFINITY);
    number = number.blend(wide.or(0x7F800000), endless);
    return number.or(bits.and(0x80000000)).reinterpretAsFloats();
  }
}
