package herd.data.fasttext;

import herd.engine.UserError;
import herd.engine.io.MappedFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;

/// The bytes of a model file from front to back. No number in it is believed before the bytes
/// that it promises are known to be there.
final class FileBytes {
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path file;
  private final MemorySegment bytes;
  private long at;

  FileBytes(Path file, MemorySegment bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  long at() {
    return at;
  }

  long left() {
    return bytes.byteSize() - at;
  }

  /// The file is damaged at `offset`.
  UserError damaged(long offset, String found, String allowed) {
    return new UserError(
        file + " at byte " + offset,
        found,
        allowed,
        "The file is damaged or no fastText model; fetch or train it again.");
  }

  /// The model needs more memory than there is.
  UserError tooLarge(String what) {
    return new UserError(
        file + " at byte " + at,
        what + " is too large for the program's memory",
        "Give it more (JDK_JAVA_OPTIONS=-Xmx…), or quantise the model: herd fasttext quantize.");
  }

  private long take(long count, String what) {
    if (count < 0 || count > left()) {
      throw damaged(
          at, what + " needs " + count + " bytes, " + left() + " are left", "a whole file");
    }
    at += count;
    return at - count;
  }

  int integer(String what) {
    return bytes.get(INT, take(4, what));
  }

  long wide(String what) {
    return bytes.get(LONG, take(8, what));
  }

  double real(String what) {
    return Double.longBitsToDouble(wide(what));
  }

  int small(String what) {
    return bytes.get(ValueLayout.JAVA_BYTE, take(1, what)) & 0xff;
  }

  /// A byte that is 0 or 1.
  boolean flag(String what) {
    int value = small(what);
    if (value > 1) {
      throw damaged(at - 1, what + " " + value, "0 or 1");
    }
    return value == 1;
  }

  /// An integer within bounds.
  int integer(String what, int least, int most) {
    int value = integer(what);
    if (value < least || value > most) {
      throw damaged(at - 4, what + " " + value, least + " to " + most);
    }
    return value;
  }

  /// Bytes up to the next 0, which is read too.
  byte[] name(String what) {
    long end = at;
    while (end < bytes.byteSize() && bytes.get(ValueLayout.JAVA_BYTE, end) != 0) {
      end++;
    }
    long from = take(end + 1 - at, what);
    if (end - from > 1 << 24) {
      throw damaged(from, what + " of " + (end - from) + " bytes", "up to 16M");
    }
    return bytes.asSlice(from, end - from).toArray(ValueLayout.JAVA_BYTE);
  }

  byte[] bytes(long count, String what) {
    long from = take(count, what);
    room(count, what);
    var out = new byte[(int) count];
    MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, from, out, 0, out.length);
    return out;
  }

  float[] floats(long count, String what) {
    long from = take(count > left() / 4 ? Long.MAX_VALUE : 4 * count, what);
    room(4 * count, what);
    if (count > Integer.MAX_VALUE - 8) {
      throw tooLarge(what);
    }
    var out = new float[(int) count];
    MemorySegment.copy(bytes, FLOAT, from, out, 0, out.length);
    for (int i = 0; i < out.length; i++) {
      if (!Float.isFinite(out[i])) {
        throw damaged(from + 4L * i, what + ": " + out[i], "finite numbers");
      }
    }
    return out;
  }

  private void room(long count, String what) {
    var runtime = Runtime.getRuntime();
    if (count > runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory()) {
      throw tooLarge(what);
    }
  }

  UserError cutShort(InternalError e) {
    return MappedFile.cutShort(file.toString(), e);
  }
}
