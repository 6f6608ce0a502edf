package herd.data.source;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/// The bytes of a web archive, unpacked: plain, `.zst`, or `.gz`, where each record is commonly a
/// member of its own. Between members whatever is no member is passed over, and after damage the
/// bytes go on with the next member that can be found.
final class WarcBytes implements AutoCloseable {
  private static final int BUFFER = 1 << 16;
  private static final int TRAILER = 8;

  private final InputStream in;
  private final FileBytes packed; // of a .zst file
  private final Inflater inflater; // of a .gz file
  private final long size; // of a plain file, else negative
  private final byte[] input = new byte[BUFFER];
  private int inputAt;
  private int inputEnd;
  private long inputOffset; // of input[0] in the file
  private boolean inMember;
  private long member;
  private final byte[] fresh = new byte[BUFFER];

  /// Unpacked bytes that were not taken yet: `buffer[at..end)`.
  byte[] buffer = fresh;

  int at;
  int end;

  /// Whether `buffer[at]` is the first byte of a member.
  boolean begins;

  private long before; // unpacked bytes before buffer[0]
  private boolean noise;

  private WarcBytes(InputStream in, FileBytes packed, Inflater inflater, long size) {
    this.size = size;
    this.in = in;
    this.packed = packed;
    this.inflater = inflater;
    begins = true;
  }

  static WarcBytes open(Path file) {
    var name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    if (name.endsWith(".zst")) {
      var packed = FileBytes.open(file);
      return new WarcBytes(packed, packed, null, -1);
    }
    try {
      var in = Files.newInputStream(file);
      return name.endsWith(".gz")
          ? new WarcBytes(in, null, new Inflater(true), -1)
          : new WarcBytes(in, null, null, FileBytes.size(file));
    } catch (IOException e) {
      throw FileBytes.unreadable(file, e);
    }
  }

  /// A `.gz` file from some place on: reading begins with the next member.
  static WarcBytes open(Path file, long from) {
    var bytes = open(file);
    try {
      bytes.in.skipNBytes(from);
    } catch (IOException e) {
      throw FileBytes.unreadable(file, e);
    }
    bytes.inputOffset = from;
    return bytes;
  }

  /// Whether bytes are at hand, after reading on if there were none.
  boolean more() throws IOException {
    return at < end || fill();
  }

  /// Reads on; what was in the buffer must have been taken.
  /// @return false at the end
  private boolean fill() throws IOException {
    before += end;
    at = 0;
    end = 0;
    buffer = fresh;
    if (inflater != null) {
      begins = false;
      return inflate();
    }
    begins = before == 0;
    int some = in.read(buffer);
    inputOffset += Math.max(0, some);
    end = Math.max(0, some);
    return some > 0;
  }

  private boolean inflate() throws IOException {
    while (true) {
      if (!inMember && !findMember()) {
        return false;
      }
      try {
        int some = inflater.inflate(buffer);
        if (some > 0) {
          end = some;
          return true;
        }
      } catch (DataFormatException e) {
        inputAt = inputEnd - inflater.getRemaining();
        inMember = false;
        noise = true;
        continue;
      }
      if (inflater.finished()) {
        inputAt = inputEnd - inflater.getRemaining();
        skip(TRAILER);
        inMember = false;
      } else if (inflater.needsInput()) {
        if (!refill()) {
          inMember = false;
          noise = true;
          return false;
        }
        inflater.setInput(input, 0, inputEnd);
      } else {
        inMember = false; // it wants a dictionary, which gzip has none of
        noise = true;
      }
    }
  }

  /// Goes to the first byte of packed data in the next member.
  private boolean findMember() throws IOException {
    while (true) {
      if (inputEnd - inputAt < 10 && !keepAndRefill()) {
        noise |= inputEnd > inputAt;
        inputAt = inputEnd;
        return false;
      }
      boolean magic = input[inputAt] == 0x1F
          && input[inputAt + 1] == (byte) 0x8B
          && input[inputAt + 2] == 8
          && (input[inputAt + 3] & 0xE0) == 0;
      if (!magic) {
        noise = true;
        inputAt++;
        continue;
      }
      member = inputOffset + inputAt;
      int flags = input[inputAt + 3];
      inputAt += 10;
      if (!header(flags)) {
        return false;
      }
      inflater.reset();
      inflater.setInput(input, inputAt, inputEnd - inputAt);
      inMember = true;
      begins = true;
      return true;
    }
  }

  private boolean header(int flags) throws IOException {
    if ((flags & 4) != 0) {
      int low = one();
      int high = one();
      if (high < 0) {
        return false;
      }
      skip(low | high << 8);
    }
    for (int bit = 8; bit <= 16; bit <<= 1) {
      if ((flags & bit) != 0) {
        int c;
        do {
          c = one();
        } while (c > 0);
      }
    }
    skip((flags & 2) != 0 ? 2 : 0);
    return true;
  }

  private int one() throws IOException {
    return inputAt < inputEnd || refill() ? input[inputAt++] & 0xFF : -1;
  }

  private void skip(int bytes) throws IOException {
    for (int left = bytes; left > 0 && one() >= 0; left--) {}
  }

  private boolean refill() throws IOException {
    inputOffset += inputEnd;
    inputAt = 0;
    inputEnd = Math.max(0, in.read(input));
    return inputEnd > 0;
  }

  /// Reads on with the few bytes kept that are left.
  private boolean keepAndRefill() throws IOException {
    int left = inputEnd - inputAt;
    System.arraycopy(input, inputAt, input, 0, left);
    inputOffset += inputAt;
    inputAt = 0;
    inputEnd = left;
    while (inputEnd < 10) {
      int some = in.read(input, inputEnd, input.length - inputEnd);
      if (some < 0) {
        return false;
      }
      inputEnd += some;
    }
    return true;
  }

  /// Whether bytes of the file were passed over since this was asked last.
  boolean noise() {
    boolean was = noise;
    noise = false;
    return was;
  }

  /// Where the bytes at hand stand: the member's place in a `.gz` file, else that of the bytes.
  long offset() {
    return inflater != null ? member : before + at;
  }

  /// Whether the file consists of members that are packed.
  boolean packed() {
    return inflater != null;
  }

  /// Unpacked bytes that are left at most, where that is known.
  long left() {
    return size < 0 ? Long.MAX_VALUE : size - before - at;
  }

  /// Bytes of the file that were read.
  long fileBytes() {
    return packed != null ? packed.fileBytes() : inputOffset + (inflater != null ? inputAt : 0);
  }

  /// Puts bytes back before those at hand.
  void putBack(byte[] bytes, int from, int to) {
    int back = to - from;
    if (at >= back && Arrays.equals(buffer, at - back, at, bytes, from, to)) {
      at -= back;
      begins = false;
      return;
    }
    var all = new byte[to - from + end - at];
    System.arraycopy(bytes, from, all, 0, to - from);
    System.arraycopy(buffer, at, all, to - from, end - at);
    before += end - all.length;
    buffer = all;
    at = 0;
    end = all.length;
    begins = false;
  }

  @Override
  public void close() {
    if (inflater != null) {
      inflater.end();
    }
    try {
      in.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
