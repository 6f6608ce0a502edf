package herd.data.source;

import com.github.luben.zstd.ZstdInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;

/// An HTTP response as it was sent.
/// @param status 0 if the first line is none of a response
/// @param head names in lower case to values
/// @param body with transfer and content encodings undone, as far as that is possible; null if it
/// cannot be read
/// @param trouble why, in kebab case
record HttpMessage(int status, Map<String, String> head, byte[] body, String trouble) {
  private static final int MOST_HEAD = 1 << 17;
  private static final Pattern BREAK = Pattern.compile("\\r?\\n");

  /// @param most bytes of an unpacked body
  static HttpMessage of(byte[] message, int most) {
    int end = headEnd(message);
    if (end < 0) {
      return new HttpMessage(0, Map.of(), null, "no-http-head");
    }
    var lines =
        Arrays.asList(BREAK.split(new String(message, 0, end, StandardCharsets.ISO_8859_1), -1));
    var head = WarcRecords.fields(lines.subList(1, lines.size()));
    int from = bodyStart(message, end);
    var sent = Arrays.copyOfRange(message, from, message.length);
    int status = status(lines.getFirst());
    var encoding = head.getOrDefault("transfer-encoding", "").toLowerCase(Locale.ROOT);
    var body = encoding.contains("chunked") ? unchunked(sent) : sent;
    return unpacked(status, head, body, most);
  }

  private static int status(String line) {
    var parts = line.split(" ", 3);
    return parts.length > 1 && parts[0].startsWith("HTTP/") && parts[1].matches("\\d{3}")
        ? Integer.parseInt(parts[1])
        : 0;
  }

  /// Where the head's last line ends, before its line feed; -1 if it does not.
  private static int headEnd(byte[] message) {
    int most = Math.min(message.length, MOST_HEAD);
    for (int i = 0; i < most; i++) {
      if (message[i] == '\n') {
        int next = i + 1 < most && message[i + 1] == '\r' ? i + 2 : i + 1;
        if (next < most && message[next] == '\n') {
          return i > 0 && message[i - 1] == '\r' ? i - 1 : i;
        }
      }
    }
    return -1;
  }

  private static int bodyStart(byte[] message, int headEnd) {
    int at = headEnd;
    for (int feeds = 0; feeds < 2; at++) {
      feeds += message[at] == '\n' ? 1 : 0;
    }
    return at;
  }

  /// The body that chunks hold; the same bytes if they are none, what there is if they break off.
  private static byte[] unchunked(byte[] sent) {
    var body = new ByteArrayOutputStream(sent.length);
    int at = 0;
    while (at < sent.length) {
      long size = 0;
      int digits = 0;
      for (int d; at < sent.length && (d = Character.digit(sent[at], 16)) >= 0; at++, digits++) {
        size = Math.min(size * 16 + d, Integer.MAX_VALUE);
      }
      int line = at;
      while (line < sent.length && sent[line] != '\n' && line - at < 4096) {
        line++;
      }
      if (digits == 0 || line == sent.length || sent[line] != '\n') {
        return body.size() == 0 ? sent : body.toByteArray();
      }
      at = line + 1;
      if (size == 0) {
        return body.toByteArray();
      }
      int some = (int) Math.min(size, sent.length - at);
      body.write(sent, at, some);
      at += some;
      at += at < sent.length && sent[at] == '\r' ? 1 : 0;
      at += at < sent.length && sent[at] == '\n' ? 1 : 0;
    }
    return body.toByteArray();
  }

  private static HttpMessage unpacked(int status, Map<String, String> head, byte[] body, int most) {
    var encoding = head.getOrDefault("content-encoding", "").strip().toLowerCase(Locale.ROOT);
    var plain =
        switch (encoding) {
          case "gzip", "x-gzip" -> body.length > 1 && body[0] == 0x1F ? gunzip(body, most) : body;
          case "deflate" -> inflate(body, most);
          case "zstd" -> unzstd(body, most);
          case "br" -> isMarkup(body) ? body : null;
          default -> body;
        };
    if (plain == null) {
      return new HttpMessage(status, head, null, "unknown-content-encoding");
    }
    return plain.length > most
        ? new HttpMessage(status, head, null, "body-too-large")
        : new HttpMessage(status, head, plain, null);
  }

  private static byte[] gunzip(byte[] body, int most) {
    try {
      return some(new GZIPInputStream(new ByteArrayInputStream(body)), body, most);
    } catch (IOException e) {
      return body;
    }
  }

  /// Servers send it with and without a head of its own.
  private static byte[] inflate(byte[] body, int most) {
    boolean head = body.length > 1
        && (body[0] & 0x0F) == 8
        && ((body[0] & 0xFF) << 8 | body[1] & 0xFF) % 31 == 0;
    var inflater = new Inflater(!head);
    try {
      var in = new InflaterInputStream(new ByteArrayInputStream(body), inflater);
      return some(in, body, most);
    } finally {
      inflater.end();
    }
  }

  private static byte[] unzstd(byte[] body, int most) {
    try (var in = new ZstdInputStream(new ByteArrayInputStream(body))) {
      return some(in, body, most);
    } catch (IOException e) {
      return body;
    }
  }

  /// What can be read, up to a byte more than allowed; `otherwise` if nothing can.
  private static byte[] some(InputStream in, byte[] otherwise, int most) {
    var out = new ByteArrayOutputStream(4 * otherwise.length);
    var buffer = new byte[1 << 14];
    try {
      for (int n; out.size() <= most && (n = in.read(buffer)) >= 0; ) {
        out.write(buffer, 0, n);
      }
    } catch (IOException e) {
      return out.size() == 0 ? otherwise : out.toByteArray();
    }
    return out.toByteArray();
  }

  /// Whether the first byte that is no blank is a `<`.
  static boolean isMarkup(byte[] body) {
    for (int i = 0; i < Math.min(1024, body.length); i++) {
      byte c = body[i];
      boolean mark = (c & 0x80) != 0 && i < 3; // a byte order mark
      if (c > ' ' || c < 0 && !mark) {
        return c == '<';
      }
    }
    return false;
  }

  /// The media type, in lower case, without parameters.
  static String type(String contentType) {
    int semicolon = contentType.indexOf(';');
    var type = semicolon < 0 ? contentType : contentType.substring(0, semicolon);
    return type.strip().toLowerCase(Locale.ROOT);
  }

  /// The charset among the parameters of a media type, empty if there is none.
  static String charset(String contentType) {
    for (var part : List.of(contentType.split(";"))) {
      var parameter = part.strip();
      if (parameter.regionMatches(true, 0, "charset=", 0, 8)) {
        return parameter.substring(8).replace("\"", "").replace("'", "").strip();
      }
    }
    return "";
  }
}
