package herd.engine.quant;

import herd.engine.quant.BlockFormat.Layout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// The codes and scales of a vector of rows, unpacked into arrays with the Vector API.
///
/// Vectors never leave a method, but for those of a line or two: the compiler does not inline what
/// it has compiled into much code, and vectors that are returned become objects.
final class VectorCodes {
  private static final VectorSpecies<Float> FLOATS = VectorBlocks.FLOATS;
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, FLOATS.vectorShape());
  private static final VectorSpecies<Byte> CODES =
      VectorSpecies.of(byte.class, FLOATS.vectorShape());
  private static final VectorSpecies<Byte> BYTES =
      FLOATS.length() > 8 ? ByteVector.SPECIES_128 : ByteVector.SPECIES_64;
  private static final int LANES = FLOATS.length();
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  /// What [#unpack] writes: a quad of unsigned bytes in each number, `[quad][row]`.
  final int[] quads = new int[8 * LANES];

  private final int[] planes;
  private final byte[] table;
  private final boolean unitScales; // F16, without headers
  private final int scaleBytes;

  VectorCodes(Layout layout) {
    this.planes = layout.bits();
    this.unitScales = layout.blocks() == 1;
    this.scaleBytes = layout.scaleBytes();
    this.table = layout.table() == null ? null : new byte[CODES.length()];
    for (int i = 0; table != null && i < table.length; i++) {
      table[i] = layout.table()[i % layout.table().length];
    }
  }

  // --- scales ------------------------------------------------------------------------------------

  /// Writes the scales of `LANES` rows to `to`.
  /// @param unit address of the unit
  /// @param at address of the block
  /// @param lane the first row
  void scales(long unit, long at, int lane, int half, float[] to, int place) {
    int row = BlockFormat.ROWS * half + lane;
    if (unitScales) {
      VectorDense.halves(at + 2 * row, to, place);
    } else {
      VectorDense.halves(unit + 2 * lane, to, place);
      timesSigned(at + row, to, place);
    }
  }

  /// As [#scales], the mins.
  void mins(long unit, long at, int lane, int half, float[] to, int place) {
    int row = BlockFormat.ROWS * half + lane;
    if (unitScales) {
      VectorDense.halves(at + scaleBytes + 2 * row, to, place);
    } else {
      VectorDense.halves(unit + 2 * BlockFormat.ROWS + 2 * lane, to, place);
      timesUnsigned(at + scaleBytes + row, to, place);
    }
  }

  private static void timesSigned(long bytes, float[] scales, int place) {
    var small = (FloatVector) ByteVector.fromMemorySegment(BYTES, Bytes.ALL, bytes, ORDER)
        .convertShape(VectorOperators.B2I, INTS, 0)
        .convert(VectorOperators.I2F, 0);
    small.mul(FloatVector.fromArray(FLOATS, scales, place)).intoArray(scales, place);
  }

  private static void timesUnsigned(long bytes, float[] scales, int place) {
    var small = (FloatVector) ByteVector.fromMemorySegment(BYTES, Bytes.ALL, bytes, ORDER)
        .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0)
        .convert(VectorOperators.I2F, 0);
    small.mul(FloatVector.fromArray(FLOATS, scales, place)).intoArray(scales, place);
  }

  // --- codes -------------------------------------------------------------------------------------

  /// @param at address of the rows' lanes in the first plane
  void unpack(long at) {
    int shift = 0;
    long plane = at;
    for (int bits : planes) {
      switch (bits) {
        case 8 -> eights(plane);
        case 4 -> fours(plane);
        case 2 -> twos(plane, shift);
        default -> ones(plane, shift);
      }
      shift += bits;
      plane += 64L * bits;
    }
    if (table != null) {
      lookUp();
    }
  }

  private static IntVector ints(long at) {
    return IntVector.fromMemorySegment(INTS, Bytes.ALL, at, ORDER);
  }

  private void eights(long plane) {
    for (int j = 0; j < 8; j++) {
      ints(plane + 64L * j).intoArray(quads, j * LANES);
    }
  }

  private void fours(long plane) {
    for (int j = 0; j < 4; j++) {
      var v = ints(plane + 64L * j);
      v.and(0x0F0F0F0F).intoArray(quads, j * LANES);
      v.lanewise(VectorOperators.LSHR, 4).and(0x0F0F0F0F).intoArray(quads, (j + 4) * LANES);
    }
  }

  private void twos(long plane, int shift) {
    for (int j = 0; j < 8; j++) {
      var v = ints(plane + 64L * (j / 4)).lanewise(VectorOperators.LSHR, j % 4 * 2);
      put(v.and(0x03030303), shift, j * LANES);
    }
  }

  private void ones(long plane, int shift) {
    for (int j = 0; j < 8; j++) {
      put(ints(plane).lanewise(VectorOperators.LSHR, j).and(0x01010101), shift, j * LANES);
    }
  }

  /// Bits of a later plane go above those of the first.
  private void put(IntVector bits, int shift, int to) {
    if (shift == 0) {
      bits.intoArray(quads, to);
    } else {
      bits.lanewise(VectorOperators.LSHL, shift)
          .or(IntVector.fromArray(INTS, quads, to))
          .intoArray(quads, to);
    }
  }

  private void lookUp() {
    var levels = ByteVector.fromArray(CODES, table, 0);
    for (int j = 0; j < 8; j++) {
      var codes = IntVector.fromArray(INTS, quads, j * LANES).reinterpretAsBytes();
      codes.selectFrom(levels).reinterpretAsInts().intoArray(quads, j * LANES);
    }
  }
}
