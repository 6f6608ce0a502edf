package herd.engine.io;

import herd.engine.UserError;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;

/// The header of a GGUF file, read front to back. It is copied out of the file as far as it is
/// needed: what is looked at byte by byte then neither changes with the file nor pays for being
/// mapped.
final class GgufBytes {
  private static final long MOST = 1 << 30; // a hundred times the largest vocabulary
  private static final long FIRST = 1 << 16; // bytes that are copied at once, or more

  private static final VarHandle SHORT = view(short[].class);
  private static final VarHandle INT = view(int[].class);
  private static final VarHandle LONG = view(long[].class);
  private static final VarHandle FLOAT = view(float[].class);
  private static final VarHandle DOUBLE = view(double[].class);

  private final Path file;
  private final MemorySegment bytes;
  private byte[] head = new byte[0];
  private int at;
  private String what = "header"; // what is being read, for errors

  GgufBytes(Path file, MemorySegment bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  private static VarHandle view(Class<?> of) {
    return MethodHandles.byteArrayViewVarHandle(of, ByteOrder.LITTLE_ENDIAN);
  }

  /// Says what the next bytes belong to.
  void in(String what) {
    this.what = what;
  }

  /// The position of what comes next.
  int at() {
    return at;
  }

  /// Bytes of the whole file.
  long size() {
    return bytes.byteSize();
  }

  /// Bytes of the file from the present position on.
  long left() {
    return bytes.byteSize() - at;
  }

  /// The position of the next `length` bytes, which are passed over.
  int take(long length) {
    if (length < 0 || length > left()) {
      throw error(
          at,
          "%s bytes are needed, the file ends at byte %d"
              .formatted(Long.toUnsignedString(length), size()));
    }
    int start = at;
    need(start + length);
    at = (int) (start + length);
    return start;
  }

  /// Copies at least the first `to` bytes, unless the file is shorter.
  void need(long to) {
    if (to <= head.length) {
      return;
    }
    if (to > MOST) {
      throw error(at, "a header of more than " + MOST + " bytes");
    }
    long wanted = Math.max(to, Math.min(MOST, Math.max(FIRST, head.length + head.length / 2)));
    var more = Arrays.copyOf(head, (int) Math.min(size(), wanted));
    MappedFile.copy(bytes, head.length, more, file);
    head = more;
  }

  /// The bytes so far, from the start of the file; not to be changed.
  byte[] head() {
    return head;
  }

  int unsigned(int at) {
    return head[at] & 0xFF;
  }

  int half(int at) {
    return (short) SHORT.get(head, at);
  }

  int integer(int at) {
    return (int) INT.get(head, at);
  }

  long number(int at) {
    return (long) LONG.get(head, at);
  }

  float single(int at) {
    return (float) FLOAT.get(head, at);
  }

  double real(int at) {
    return (double) DOUBLE.get(head, at);
  }

  int nextInteger() {
    return integer(take(4));
  }

  long nextNumber() {
    return number(take(8));
  }

  /// A string: its length, then UTF-8.
  String nextString() {
    long length = nextNumber();
    if (length > Integer.MAX_VALUE) {
      throw error(at, "a string of " + length + " bytes");
    }
    return text(take(length), (int) length);
  }

  private String text(int start, int length) {
    return Json.text(ByteBuffer.wrap(head, start, length), file + ", " + what, start);
  }

  /// `count` strings, which are known to be UTF-8 from now on.
  Texts nextTexts(int count) {
    need(Math.min(size(), at + 16L * count));
    var starts = new int[count];
    var ends = new int[count];
    for (int i = 0; i < count; i++) {
      long length = nextNumber();
      starts[i] = take(length);
      ends[i] = at;
      if (!Texts.isUtf8(head, starts[i], at)) {
        text(starts[i], (int) length); // says where
      }
    }
    return new Texts(head, starts, ends);
  }

  UserError error(long position, String found) {
    return new UserError(
        file + ", " + what + ", byte " + position,
        found,
        "The file is damaged or not GGUF; fetch or make it again.");
  }
}
