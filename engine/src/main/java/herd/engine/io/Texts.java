package herd.engine.io;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.AbstractList;
import java.util.List;

/// Many strings as UTF-8 in one array, made into objects only when they are asked for: a vocabulary
/// has hundreds of thousands.
public final class Texts extends AbstractList<Object> {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long HIGH_BITS = 0x8080808080808080L;

  private final byte[] bytes;
  private final int[] starts;
  private final int[] ends;

  /// @param bytes valid UTF-8 from each start to its end; used, not copied
  Texts(byte[] bytes, int[] starts, int[] ends) {
    this.bytes = bytes;
    this.starts = starts;
    this.ends = ends;
  }

  static Texts of(List<String> strings) {
    var starts = new int[strings.size()];
    var ends = new int[strings.size()];
    var all = new java.io.ByteArrayOutputStream();
    for (int i = 0; i < starts.length; i++) {
      starts[i] = all.size();
      all.writeBytes(strings.get(i).getBytes(StandardCharsets.UTF_8));
      ends[i] = all.size();
    }
    return new Texts(all.toByteArray(), starts, ends);
  }

  /// The array that holds the strings, among other things; not to be changed.
  public byte[] bytes() {
    return bytes;
  }

  /// Where in [#bytes] a string starts.
  public int start(int index) {
    return starts[index];
  }

  /// Where in [#bytes] a string ends.
  public int end(int index) {
    return ends[index];
  }

  @Override
  public String get(int index) {
    int start = starts[index];
    return new String(bytes, start, ends[index] - start, StandardCharsets.UTF_8);
  }

  @Override
  public int size() {
    return starts.length;
  }

  /// Whether `bytes[from..to)` is UTF-8, without overlong forms and surrogates.
  static boolean isUtf8(byte[] bytes, int from, int to) {
    int i = from;
    while (i < to) {
      if (i + 8 <= to && ((long) LONG.get(bytes, i) & HIGH_BITS) == 0) {
        i += 8;
        continue;
      }
      int first = bytes[i++];
      if (first >= 0) {
        continue;
      }
      int more = first >= -16 ? 3 : first >= -32 ? 2 : 1; // F0, E0
      if (first < -62 || first > -12 || i + more > to) { // C2 to F4
        return false;
      }
      int second = bytes[i] & 0xFF;
      int least = first == -32 ? 0xA0 : first == -16 ? 0x90 : 0x80;
      int most = first == -19 ? 0x9F : first == -12 ? 0x8F : 0xBF;
      if (second < least || second > most) {
        return false;
      }
      for (int k = 1; k < more; k++) {
        if (bytes[i + k] > -65) { // BF
          return false;
        }
      }
      i += more;
    }
    return true;
  }
}
