package herd.engine.io;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;

/// A tensor as it lies in a file: name, encoding, shape (slowest dimension first, as in
/// safetensors) and bytes.
/// @param name such as `model.norm.weight`
/// @param encoding how numbers lie in `data`
/// @param shape rows before columns; empty for a single number
/// @param data exactly the bytes of `shape` in `encoding`
/// @param where file and tensor, for errors
public record StoredTensor(
    String name, Encoding encoding, long[] shape, MemorySegment data, String where) {
  public StoredTensor {
    if (encoding.bytes(size(shape)) != data.byteSize()) {
      throw new IllegalArgumentException("%s: %d bytes for %s %s"
          .formatted(name, data.byteSize(), encoding, Arrays.toString(shape)));
    }
  }

  /// A tensor that is about to be written.
  public StoredTensor(String name, Encoding encoding, long[] shape, MemorySegment data) {
    this(name, encoding, shape, data, name);
  }

  /// How many numbers a shape holds.
  /// @throws ArithmeticException if more than a long can say
  static long size(long... shape) {
    long size = 1;
    for (long n : shape) {
      size = Math.multiplyExact(size, n);
    }
    return size;
  }

  /// How many numbers this tensor holds.
  public long size() {
    return size(shape);
  }

  /// All numbers as floats in native byte order: the data itself where it already is that and
  /// aligned to 64 bytes, else a copy in `arena`.
  /// @throws herd.engine.UserError if the encoding cannot be decoded to floats
  public MemorySegment floats(Arena arena) {
    boolean asIs = encoding == Encoding.F32
        && ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN
        && data.isNative()
        && data.address() % 64 == 0;
    if (asIs) {
      return data;
    }
    long bytes = size() * Float.BYTES;
    var out = arena.allocate(Math.max(bytes, 1), 64).asSlice(0, bytes);
    floats(out);
    return out;
  }

  /// Decodes all numbers into `out`, which holds exactly `4 * size()` bytes.
  public void floats(MemorySegment out) {
    encoding.decode(data, out, where);
  }

  @Override
  public String toString() {
    return name + " " + encoding + " " + Arrays.toString(shape);
  }
}
