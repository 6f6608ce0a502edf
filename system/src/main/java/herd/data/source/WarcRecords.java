package herd.data.source;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// The records of a web archive (WARC 1.0 and 1.1), one after another. A record whose length is a
/// lie, that is cut short or has no proper head comes with what is wrong with it, and reading goes
/// on with the next that begins with `WARC/`.
final class WarcRecords {
  private static final byte[] MARK = "WARC/".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NEXT = "\r\n\r\nWARC/1.".getBytes(StandardCharsets.US_ASCII);
  private static final int MOST_HEAD = 1 << 16;

  /// Bytes for which room is made at once, because a record says that it has them.
  private static final int TRUSTED = 1 << 20;

  private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");

  private final WarcBytes bytes;
  private final int most;
  private long member = -1;
  private int inMember;
  private boolean lies; // a length was wrong before: look into each record for the next one

  /// Where reading stops: the first member from here on that begins with a record.
  private final long limit;

  private long end = Long.MAX_VALUE;

  /// @param most bytes of a record that is kept
  /// @param limit place in the file: a member from there on that begins with a record is not read
  WarcRecords(WarcBytes bytes, long most, long limit) {
    this.bytes = bytes;
    this.most = (int) most;
    this.limit = limit;
  }

  /// Goes to the first member that begins with a record.
  /// @return its place; negative if none begins before the limit
  long toMember() throws IOException {
    while (bytes.more() && bytes.offset() < limit) {
      if (bytes.begins && looksLike(MARK)) {
        bytes.noise(); // stands before it
        return bytes.offset();
      }
      bytes.begins = false;
      bytes.at = bytes.end;
    }
    return -1;
  }

  /// After the last record: where the member begins at which reading stopped; the largest number at
  /// the end of the file.
  long end() {
    return end;
  }

  /// @param head names in lower case to values
  /// @param offset of its member or of itself in the file
  /// @param number among those of its member
  /// @param content null if there is trouble
  /// @param trouble in kebab case, null if there is none
  record Record(Map<String, String> head, long offset, int number, byte[] content, String trouble) {
    String get(String name) {
      return head.getOrDefault(name, "");
    }
  }

  /// The next record, null at the end.
  Record next() throws IOException {
    skipBlank();
    if (!bytes.more()) {
      return bytes.noise() ? broken(Map.of(), "file-damaged") : null;
    }
    boolean noise = bytes.noise();
    if (!looksLike(MARK)) {
      passOver();
      return broken(Map.of(), "no-record");
    }
    if (noise) {
      // What was passed over stands before this record, which is whole.
      return broken(Map.of(), "no-record");
    }
    if (bytes.begins && bytes.offset() >= limit) {
      end = bytes.offset();
      return null;
    }
    lies &= !bytes.begins; // what one member says is no matter of the next
    inMember = bytes.offset() == member ? inMember + 1 : 0;
    member = bytes.offset();
    var lines = head();
    if (lines == null) {
      passOver();
      return broken(Map.of(), "bad-record-head");
    }
    var head = fields(lines.subList(1, lines.size()));
    long length = length(head.getOrDefault("content-length", ""));
    if (length < 0) {
      passOver();
      return broken(head, "no-length");
    }
    return length > most ? tooLarge(head, length) : content(head, (int) length);
  }

  private Record broken(Map<String, String> head, String trouble) {
    return new Record(head, bytes.offset(), inMember, null, trouble);
  }

  private static long length(String text) {
    return NUMBER.matcher(text).matches() ? Long.parseLong(text) : -1;
  }

  private void skipBlank() throws IOException {
    while (bytes.more()) {
      byte c = bytes.buffer[bytes.at];
      if (c != '\r' && c != '\n' && c != ' ' && c != 0) {
        return;
      }
      bytes.at++;
      bytes.begins = false;
    }
  }

  /// Whether the bytes at hand begin so. Bytes that stand across two buffers are put together.
  private boolean looksLike(byte[] mark) throws IOException {
    if (!bytes.more()) {
      return false;
    }
    if (bytes.end - bytes.at < mark.length) {
      boolean begins = bytes.begins;
      var some = Arrays.copyOfRange(bytes.buffer, bytes.at, bytes.end);
      bytes.at = bytes.end;
      boolean whole = bytes.more();
      if (whole && bytes.begins) {
        bytes.putBack(some, 0, some.length);
        return false;
      }
      bytes.putBack(some, 0, some.length);
      bytes.begins = begins;
      if (bytes.end - bytes.at < mark.length) {
        return false;
      }
    }
    return Arrays.equals(bytes.buffer, bytes.at, bytes.at + mark.length, mark, 0, mark.length);
  }

  /// Goes to the next line that begins a record, or to the next member that does.
  private void passOver() throws IOException {
    bytes.begins = false;
    boolean lineStarts = false;
    while (bytes.more()) {
      if ((lineStarts || bytes.begins) && looksLike(MARK)) {
        return;
      }
      bytes.begins = false;
      lineStarts = false;
      while (bytes.at < bytes.end && !lineStarts) {
        lineStarts = bytes.buffer[bytes.at++] == '\n';
      }
    }
  }

  /// The lines of a head, without their ends; null if it has none, or goes on for too long.
  private List<String> head() throws IOException {
    var lines = new ArrayList<String>();
    var line = new StringBuilder();
    int length = 0;
    while (bytes.more() && length++ < MOST_HEAD) {
      int c = bytes.buffer[bytes.at++] & 0xFF;
      bytes.begins = false;
      if (c != '\n') {
        line.append((char) c);
        continue;
      }
      if (!line.isEmpty() && line.charAt(line.length() - 1) == '\r') {
        line.setLength(line.length() - 1);
      }
      if (line.isEmpty()) {
        return lines;
      }
      lines.add(new String(
          line.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8));
      line.setLength(0);
    }
    return null;
  }

  /// Names in lower case to values; lines that begin with a blank go on the one before.
  static Map<String, String> fields(List<String> lines) {
    var fields = new HashMap<String, String>();
    String name = null;
    for (var line : lines) {
      if (!line.isEmpty() && (line.charAt(0) == ' ' || line.charAt(0) == '\t')) {
        if (name != null) {
          fields.merge(name, line.strip(), (a, b) -> a + " " + b);
        }
        continue;
      }
      int colon = line.indexOf(':');
      name = colon < 1 ? null : line.substring(0, colon).strip().toLowerCase(Locale.ROOT);
      if (name != null) {
        fields.putIfAbsent(name, line.substring(colon + 1).strip());
      }
    }
    return fields;
  }

  private Record tooLarge(Map<String, String> head, long length) throws IOException {
    if (length > bytes.left()) {
      passOver();
      return broken(head, "record-cut-short");
    }
    long left = length;
    while (left > 0 && bytes.more()) {
      if (bytes.begins && looksLike(MARK)) {
        return broken(head, "record-cut-short");
      }
      int some = (int) Math.min(left, bytes.end - bytes.at);
      bytes.at += some;
      left -= some;
      bytes.begins = false;
    }
    return broken(head, left > 0 ? "record-cut-short" : "record-too-large");
  }

  private Record content(Map<String, String> head, int length) throws IOException {
    long offset = member;
    var content = new byte[Math.min(length, TRUSTED)];
    int have = 0;
    while (have < length) {
      if (!bytes.more() || bytes.begins && looksLike(MARK)) {
        return cutShort(head, content, have);
      }
      if (have == content.length) {
        content = Arrays.copyOf(content, (int) Math.min(length, 2L * have));
      }
      int some = Math.min(content.length - have, bytes.end - bytes.at);
      System.arraycopy(bytes.buffer, bytes.at, content, have, some);
      bytes.at += some;
      bytes.begins = false;
      int early = lies ? nextIn(content, Math.max(0, have - NEXT.length), have + some) : -1;
      have += some;
      if (early >= 0) {
        bytes.putBack(content, early, have);
        return broken(head, "wrong-length");
      }
    }
    if (!endsHere()) {
      return wrongLength(head, content);
    }
    return new Record(head, offset, inMember, content, null);
  }

  /// Whether a record may end where the bytes stand: before blank lines and another record, the
  /// next member or the end.
  private boolean endsHere() throws IOException {
    for (int i = 0; i < 4 && bytes.more() && !bytes.begins; i++) {
      byte c = bytes.buffer[bytes.at];
      if (c != '\r' && c != '\n') {
        break;
      }
      bytes.at++;
    }
    return !bytes.more() || bytes.begins || looksLike(MARK);
  }

  private Record cutShort(Map<String, String> head, byte[] content, int have) {
    bytes.noise(); // is what cut it short
    int next = nextIn(content, 0, have);
    if (next >= 0) {
      lies = true;
      bytes.putBack(content, next, have);
    }
    return broken(head, "record-cut-short");
  }

  private Record wrongLength(Map<String, String> head, byte[] content) throws IOException {
    lies = true;
    int next = nextIn(content, 0, content.length);
    if (next >= 0) {
      bytes.putBack(content, next, content.length);
    } else {
      passOver();
    }
    return broken(head, "wrong-length");
  }

  /// Where the first record begins that stands in a content after blank lines; -1 for none.
  private static int nextIn(byte[] content, int from, int to) {
    for (int i = from; i + NEXT.length <= to; i++) {
      if (content[i] == '\r' && Arrays.equals(content, i, i + NEXT.length, NEXT, 0, NEXT.length)) {
        return i + 4;
      }
    }
    return -1;
  }
}
