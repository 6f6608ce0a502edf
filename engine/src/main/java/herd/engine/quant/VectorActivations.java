package herd.engine.quant;

import herd.engine.quant.BlockFormat.Layout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// [Activations] with the Vector API, to the same bits.
final class VectorActivations {
  private static final VectorSpecies<Float> FLOATS = VectorBlocks.FLOATS;
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, FLOATS.vectorShape());
  private static final int LANES = FLOATS.length();
  private static final VarHandle QUAD =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final VectorShuffle<Float> EIGHT = swap(8);
  private static final VectorShuffle<Float> FOUR = swap(4);
  private static final VectorShuffle<Float> TWO = swap(2);
  private static final VectorShuffle<Float> ONE = swap(1);

  private VectorActivations() {}

  static void quantise(Layout layout, long x, int cols, long panel, int token, int tokens) {
    var bytes = new byte[BlockFormat.COLUMNS + 64];
    long step = 4L * Activations.numbers(layout) * tokens;
    long to = panel + 4L * token;
    for (int c = 0; c < cols; c += BlockFormat.COLUMNS, to += step) {
      block(layout, x + 4L * c, to, 4L * tokens, bytes);
    }
  }

  private static void block(Layout layout, long x, long to, long stride, byte[] bytes) {
    var most = IntVector.zero(INTS);
    for (int i = 0; i < BlockFormat.COLUMNS; i += LANES) {
      var bits = IntVector.fromMemorySegment(INTS, Bytes.ALL, x + 4L * i, ByteOrder.LITTLE_ENDIAN);
      most = most.max(bits.and(0x7FFFFFFF));
    }
    float largest = Float.intBitsToFloat(most.reduceLanes(VectorOperators.MAX));
    float level = level(x, largest);
    float inverse = largest == 0 ? 0 : level / largest;
    int first = 0;
    int second = 0;
    for (int i = 0; i < BlockFormat.COLUMNS; i += LANES) {
      var numbers =
          FloatVector.fromMemorySegment(FLOATS, Bytes.ALL, x + 4L * i, ByteOrder.LITTLE_ENDIAN);
      var q = numbers
          .mul(inverse)
          .add(Activations.ROUND)
          .reinterpretAsInts()
          .lanewise(VectorOperators.LSHL, 24)
          .lanewise(VectorOperators.ASHR, 24);
      int sum = q.reduceLanes(VectorOperators.ADD);
      if (i < BlockFormat.COLUMNS / 2) {
        first += sum;
      } else {
        second += sum;
      }
      ((ByteVector) q.castShape(ByteVector.SPECIES_128, 0)).intoArray(bytes, i);
    }
    for (int j = 0; j < 8; j++) {
      Bytes.putInt(to + stride * j, (int) QUAD.get(bytes, 4 * j));
    }
    Activations.sums(layout, to, stride, largest / level, first, second);
  }

  private static float level(long x, float largest) {
    float best = Activations.LEVELS[0];
    float least = Float.POSITIVE_INFINITY;
    for (float level : Activations.LEVELS) {
      float inverse = largest == 0 ? 0 : level / largest;
      float error = error(x, inverse) / (level * level);
      if (error < least) {
        least = error;
        best = level;
      }
    }
    return best;
  }

  /// The sum of squares of what rounding takes away, halves added to halves.
  private static float error(long x, float inverse) {
    FloatVector sum;
    if (LANES == 16) {
      sum = square(x, inverse, 0).add(square(x, inverse, 1));
    } else if (LANES == 8) {
      var even = square(x, inverse, 0).add(square(x, inverse, 2));
      sum = even.add(square(x, inverse, 1).add(square(x, inverse, 3)));
    } else {
      var first = square(x, inverse, 0).add(square(x, inverse, 4));
      first = first.add(square(x, inverse, 2).add(square(x, inverse, 6)));
      var second = square(x, inverse, 1).add(square(x, inverse, 5));
      sum = first.add(second.add(square(x, inverse, 3).add(square(x, inverse, 7))));
    }
    if (LANES >= 16) {
      sum = sum.add(sum.rearrange(EIGHT));
    }
    if (LANES >= 8) {
      sum = sum.add(sum.rearrange(FOUR));
    }
    sum = sum.add(sum.rearrange(TWO));
    sum = sum.add(sum.rearrange(ONE));
    return sum.lane(0);
  }

  private static FloatVector square(long x, float inverse, int vector) {
    var scaled = FloatVector.fromMemorySegment(
            FLOATS, Bytes.ALL, x + 4L * LANES * vector, ByteOrder.LITTLE_ENDIAN)
        .mul(inverse);
    var rest = scaled.sub(scaled.add(Activations.ROUND).sub(Activations.ROUND));
    return rest.mul(rest);
  }

  private static VectorShuffle<Float> swap(int distance) {
    return VectorShuffle.fromOp(FLOATS, i -> (i ^ distance) % LANES);
  }
}
