package herd.engine.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Floats and vectors of floats at native addresses. Kernels check shapes and liveness once per
/// call and then work on
/// addresses: one constant segment over all memory costs no bounds or scope check inside the loops
/// and is open to every
/// worker, whoever allocated the tensor.
final class Floats {
  /// The widest vectors of this machine.
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

  /// Numbers in one vector.
  static final int LANES = SPECIES.length();

  /// Bytes of one vector.
  static final long BYTES = 4L * LANES;

  /// Half as wide, for what is left of a row.
  static final VectorSpecies<Float> HALF_SPECIES = VectorSpecies.of(
      float.class, VectorShape.forBitSize(Math.max(64, SPECIES.vectorBitSize() / 2)));

  static final int HALF_LANES = HALF_SPECIES.length();

  static final ByteOrder ORDER = ByteOrder.nativeOrder();
  static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  static final MemorySegment ALL = all();

  /// The address of a few vectors of zeros.
  static final long ZEROS = Arena.global().allocate(16 * BYTES, 64).address();

  private Floats() {}

  @SuppressWarnings("restricted")
  private static MemorySegment all() {
    return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
  }

  /// The address of a tensor's first number.
  static long address(Tensor tensor) {
    return tensor.address();
  }

  static float get(long address) {
    return ALL.get(FLOAT, address);
  }

  static void put(long address, float value) {
    ALL.set(FLOAT, address, value);
  }

  static FloatVector load(long address) {
    return FloatVector.fromMemorySegment(SPECIES, ALL, address, ORDER);
  }

  static void store(long address, FloatVector vector) {
    vector.intoMemorySegment(ALL, address, ORDER);
  }

  static FloatVector loadHalf(long address) {
    return FloatVector.fromMemorySegment(HALF_SPECIES, ALL, address, ORDER);
  }

  static void storeHalf(long address, FloatVector vector) {
    vector.intoMemorySegment(ALL, address, ORDER);
  }

  static FloatVector broadcast(float value) {
    return FloatVector.broadcast(SPECIES, value);
  }

  static FloatVector zero() {
    return FloatVector.zero(SPECIES);
  }

  /// The number of whole vectors' numbers in `n`.
  static int whole(int n) {
    return n - n % LANES;
  }

  static void copy(long to, long from, int count) {
    MemorySegment.copy(ALL, from, ALL, to, 4L * count);
  }

  static void zero(long address, int count) {
    ALL.asSlice(address, 4L * count).fill((byte) 0);
  }
}
