package herd.data;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/// Bytes to text: byte order mark, the page's own statement, UTF-8 where the bytes are valid in
/// it, else Windows-1252, which accepts everything.
final class Encoding {
  private static final Pattern META =
      Pattern.compile("<meta[^>]{0,200}charset\\s*=\\s*[\"']?([A-Za-z0-9_:.-]{2,40})");

  private Encoding() {}

  static String decode(byte[] bytes, boolean html) {
    if (starts(bytes, 0xEF, 0xBB, 0xBF)) {
      return new String(bytes, 3, bytes.length - 3, StandardCharsets.UTF_8);
    }
    if (starts(bytes, 0xFE, 0xFF)) {
      return new String(bytes, 2, bytes.length - 2, StandardCharsets.UTF_16BE);
    }
    if (starts(bytes, 0xFF, 0xFE)) {
      return new String(bytes, 2, bytes.length - 2, StandardCharsets.UTF_16LE);
    }
    var utf8 = strict(bytes, StandardCharsets.UTF_8);
    if (utf8 != null) {
      return utf8;
    }
    var stated = html ? stated(bytes) : null;
    var text = stated == null ? null : strict(bytes, stated);
    return text != null ? text : new String(bytes, Charset.forName("windows-1252"));
  }

  private static boolean starts(byte[] bytes, int... mark) {
    for (int i = 0; i < mark.length; i++) {
      if (i >= bytes.length || (bytes[i] & 0xFF) != mark[i]) {
        return false;
      }
    }
    return true;
  }

  private static String strict(byte[] bytes, Charset charset) {
    try {
      return charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  private static Charset stated(byte[] bytes) {
    int head = Math.min(bytes.length, 4096);
    var match = META.matcher(new String(bytes, 0, head, StandardCharsets.ISO_8859_1));
    try {
      return match.find() ? Charset.forName(match.group(1)) : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
