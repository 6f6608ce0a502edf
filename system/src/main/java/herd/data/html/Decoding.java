package herd.data.html;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Locale;
import java.util.regex.Pattern;

/// Bytes of unknown encoding to text. In this order: a byte order mark; what the page declares, if
/// the bytes agree; UTF-16 if every other byte of the beginning is 0; UTF-8 if the bytes are that;
/// windows-1252, which is what browsers take ISO-8859-1 for.
public final class Decoding {
  /// Where a page must have declared its encoding; browsers look at the first 1,024 bytes.
  private static final int HEAD = 4096;

  private static final Pattern DECLARED = Pattern.compile(
      "<meta\\s[^>]{0,500}?charset\\s{0,9}=\\s{0,9}[\"']?\\s{0,9}([\\w.:-]{1,40})"
          + "|<\\?xml\\s[^>]{0,200}?encoding\\s{0,9}=\\s{0,9}[\"']([\\w.:-]{1,40})",
      Pattern.CASE_INSENSITIVE);

  private static final Charset WESTERN = Charset.forName("windows-1252");

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private Decoding() {}

  /// The text of a web page; null if the bytes are no text in any encoding.
  public static String html(byte[] bytes) {
    return html(bytes, "");
  }

  /// As [#html(byte[])], of a page that came with the name of an encoding, which counts before the
  /// one that the page declares. Neither counts against a byte order mark, or where the bytes are
  /// not of that encoding; nor does a western encoding where they are UTF-8.
  /// @param sent the encoding's name, empty if none came
  public static String html(byte[] bytes, String sent) {
    var bySender = sent.isEmpty() ? null : charset(sent);
    if (bySender != null && marked(bytes) == null && wide(bytes) == null) {
      boolean odd = binary(bytes) && !bySender.name().startsWith("ISO-2022");
      var text = odd
          ? null
          : strictly(
              bytes, isUtf8(bytes) && isWestern(bySender) ? StandardCharsets.UTF_8 : bySender);
      if (text != null) {
        return text;
      }
    }
    var byPage = declared(bytes);
    return decode(bytes, byPage == null ? bySender : byPage);
  }

  private static boolean isWestern(Charset charset) {
    return charset.name().startsWith("ISO-8859") || charset.name().startsWith("windows-125");
  }

  /// The UTF-8 of a web page, the same array if it is that already; null if the bytes are no text
  /// in any encoding.
  static byte[] utf8(byte[] bytes) {
    return utf8(bytes, "");
  }

  /// As [#utf8(byte[])], of a page that came with the name of an encoding ([#html(byte[],
  /// String)]).
  public static byte[] utf8(byte[] bytes, String sent) {
    if (isUtf8(bytes) && marked(bytes) == null && wide(bytes) == null && !binary(bytes)) {
      var known = sent.isEmpty() ? null : charset(sent);
      known = known == null ? declared(bytes) : known;
      if (known == null || known == StandardCharsets.UTF_8 || isWestern(known)) {
        return bytes;
      }
    }
    var text = html(bytes, sent);
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }

  /// The encoding that a page declares; null if it declares none that is known.
  private static Charset declared(byte[] bytes) {
    var head = new String(bytes, 0, Math.min(HEAD, bytes.length), StandardCharsets.ISO_8859_1);
    var found = DECLARED.matcher(head);
    return found.find() ? charset(found.group(found.group(1) != null ? 1 : 2)) : null;
  }

  private static boolean isUtf8(byte[] b) {
    int i = 0;
    while (i < b.length) {
      int c = b[i];
      if (c >= 0) {
        i++;
        while (i + 8 <= b.length && ((long) LONGS.get(b, i) & 0x8080808080808080L) == 0) {
          i += 8;
        }
        continue;
      }
      int more = (c & 0xE0) == 0xC0 ? 1 : (c & 0xF0) == 0xE0 ? 2 : (c & 0xF8) == 0xF0 ? 3 : 0;
      if (more == 0 || i + more >= b.length || !isTail(b, i, more)) {
        return false;
      }
      i += more + 1;
    }
    return true;
  }

  private static boolean isTail(byte[] b, int at, int more) {
    int point = b[at] & 0x3F >> more;
    for (int k = 1; k <= more; k++) {
      if ((b[at + k] & 0xC0) != 0x80) {
        return false;
      }
      point = point << 6 | b[at + k] & 0x3F;
    }
    return switch (more) {
      case 1 -> point >= 0x80;
      case 2 -> point >= 0x800 && (point < 0xD800 || point >= 0xE000);
      default -> point >= 0x10000 && point < 0x110000;
    };
  }

  /// The text of a file that declares nothing; null if the bytes are no text in any encoding.
  public static String text(byte[] bytes) {
    return decode(bytes, null);
  }

  /// The encoding that browsers take a name for; null if it is unknown.
  private static Charset charset(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "iso-8859-1", "latin1", "ascii", "us-ascii" -> WESTERN;
      case "gb2312", "gbk" -> Charset.forName("GB18030");
      case "shift_jis", "shift-jis", "sjis" -> Charset.forName("windows-31j");
      // The declaration could be read byte by byte, so it is not true.
      case "utf-16", "utf-16le", "utf-16be" -> StandardCharsets.UTF_8;
      default -> {
        try {
          yield Charset.forName(name);
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
          yield null;
        }
      }
    };
  }

  private static String decode(byte[] bytes, Charset declared) {
    var marked = marked(bytes);
    if (marked != null) {
      return new String(bytes, marked.length, bytes.length - marked.length, marked.charset);
    }
    var wide = wide(bytes);
    if (wide != null) {
      return new String(bytes, wide);
    }
    boolean shifts = declared != null && declared.name().startsWith("ISO-2022");
    if (binary(bytes) && !shifts) {
      return null;
    }
    if (declared != null && isWestern(declared) && isUtf8(bytes)) {
      return new String(bytes, StandardCharsets.UTF_8);
    }
    var asDeclared = declared == null ? null : strictly(bytes, declared);
    if (asDeclared != null) {
      return asDeclared;
    }
    var utf8 = strictly(bytes, StandardCharsets.UTF_8);
    if (utf8 != null) {
      return utf8;
    }
    // A page in a known encoding with a few bad bytes is still best read in it.
    return declared != null && (declared != StandardCharsets.UTF_8 || mostlyUtf8(bytes))
        ? new String(bytes, declared)
        : new String(bytes, WESTERN);
  }

  private record Mark(Charset charset, int length) {}

  private static Mark marked(byte[] b) {
    if (b.length >= 3 && b[0] == (byte) 0xEF && b[1] == (byte) 0xBB && b[2] == (byte) 0xBF) {
      return new Mark(StandardCharsets.UTF_8, 3);
    }
    if (b.length >= 2 && b[0] == (byte) 0xFE && b[1] == (byte) 0xFF) {
      return new Mark(StandardCharsets.UTF_16BE, 2);
    }
    if (b.length >= 2 && b[0] == (byte) 0xFF && b[1] == (byte) 0xFE) {
      return new Mark(StandardCharsets.UTF_16LE, 2);
    }
    return null;
  }

  /// UTF-16 without a mark: nearly all even or nearly all odd bytes of the beginning are 0.
  private static Charset wide(byte[] bytes) {
    int n = Math.min(HEAD, bytes.length) & ~1;
    int even = 0;
    int odd = 0;
    for (int i = 0; i < n; i += 2) {
      even += bytes[i] == 0 ? 1 : 0;
      odd += bytes[i + 1] == 0 ? 1 : 0;
    }
    if (n < 4 || Math.max(even, odd) < 0.8 * n / 2 || Math.min(even, odd) > 0.05 * n / 2) {
      return null;
    }
    return even > odd ? StandardCharsets.UTF_16BE : StandardCharsets.UTF_16LE;
  }

  /// Whether more than one byte in 100 is a control character that no text has.
  private static boolean binary(byte[] bytes) {
    int odd = 0;
    int i = 0;
    while (i < bytes.length) {
      int end = Math.min(bytes.length, i + 8);
      if (end - i < 8 || hasControl((long) LONGS.get(bytes, i))) {
        for (; i < end; i++) {
          byte b = bytes[i];
          odd += b >= 0 && b < 0x20 && b != '\n' && b != '\r' && b != '\t' && b != '\f' ? 1 : 0;
        }
      }
      i = end;
    }
    return odd > bytes.length / 100;
  }

  /// Whether one of eight bytes may be below 0x20; it may be that none is.
  private static boolean hasControl(long eight) {
    return (eight - 0x2020202020202020L & ~eight & 0x8080808080808080L) != 0;
  }

  /// The text, or null if a byte does not fit.
  private static String strictly(byte[] bytes, Charset charset) {
    if (charset == StandardCharsets.UTF_8) {
      return isUtf8(bytes) ? new String(bytes, charset) : null;
    }
    try {
      return charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  /// Whether at most one in ten of the characters beyond ASCII is not UTF-8.
  private static boolean mostlyUtf8(byte[] bytes) {
    var text = new String(bytes, StandardCharsets.UTF_8);
    long bad = text.chars().filter(c -> c == 0xFFFD).count();
    long beyond = text.chars().filter(c -> c >= 0x80).count();
    return bad * 10 <= beyond;
  }
}
