package herd.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/// SHA-256 of what determines a result: settings, inputs, the version of a stage's code. The order
/// of keys does not matter.
public final class Fingerprint {
  private Fingerprint() {}

  /// The fingerprint of a stage, 64 hexadecimal digits.
  /// @param kind of the stage
  /// @param version of the stage's code
  /// @param seed of its randomness
  /// @param settings the resolved record
  /// @param inputs name to fingerprint of each result or source that it reads
  public static String of(
      String kind, int version, long seed, JsonNode settings, SortedMap<String, String> inputs) {
    var text = new StringBuilder();
    text.append(kind).append('\n').append(version).append('\n').append(seed).append('\n');
    canonical(settings, text);
    inputs.forEach((name, print) -> text.append('\n').append(name).append('=').append(print));
    return of(text.toString());
  }

  /// SHA-256 of a text's UTF-8 bytes.
  public static String of(String text) {
    return hex(sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  /// SHA-256 of a JSON tree, whatever the order of its keys.
  public static String of(JsonNode tree) {
    var text = new StringBuilder();
    canonical(tree, text);
    return of(text.toString());
  }

  /// SHA-256 of a file's bytes.
  public static String of(Path file) throws IOException {
    var digest = sha256();
    var buffer = ByteBuffer.allocate(1 << 18);
    try (var channel = FileChannel.open(file)) {
      while (channel.read(buffer.clear()) >= 0) {
        digest.update(buffer.flip());
      }
    }
    return hex(digest.digest());
  }

  /// SHA-256 of a file, or of all files below a directory with their names.
  public static String ofTree(Path path) {
    try {
      if (!Files.isDirectory(path)) {
        return of(path);
      }
      var prints = new TreeMap<String, String>();
      try (var files = Files.walk(path)) {
        for (var file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
          prints.put(path.relativize(file).toString(), of(file));
        }
      }
      return of(prints.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A fresh SHA-256.
  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /// Bytes as hexadecimal digits.
  public static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static void canonical(JsonNode node, StringBuilder to) {
    if (node.isObject()) {
      to.append('{');
      var sorted = new TreeMap<String, JsonNode>();
      for (Map.Entry<String, JsonNode> entry : node.properties()) {
        sorted.put(entry.getKey(), entry.getValue());
      }
      sorted.forEach((key, value) -> {
        to.append(key.length()).append(' ').append(key).append(':');
        canonical(value, to);
        to.append(',');
      });
      to.append('}');
    } else if (node.isArray()) {
      to.append('[');
      for (var item : node) {
        canonical(item, to);
        to.append(',');
      }
      to.append(']');
    } else {
      to.append(node);
    }
  }
}
