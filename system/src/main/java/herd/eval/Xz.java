package herd.eval;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalDouble;

/// What the best general compressor makes of the same texts: `xz -9e`, where it is on PATH.
final class Xz {
  private Xz() {}

  /// Bits per byte of all texts together, empty if there is no such program.
  static OptionalDouble bitsPerByte(List<String> texts) {
    var bytes = String.join("\n", texts).getBytes(StandardCharsets.UTF_8);
    Process process;
    try {
      process = new ProcessBuilder("xz", "-9e", "-c").redirectErrorStream(false).start();
    } catch (IOException e) {
      return OptionalDouble.empty();
    }
    var count = new long[1];
    var reader = Thread.ofVirtual().start(() -> count[0] = drain(process.getInputStream()));
    try (var in = process.getOutputStream()) {
      in.write(bytes);
    } catch (IOException e) {
      process.destroy();
      return OptionalDouble.empty();
    }
    try {
      reader.join();
      return process.waitFor() == 0
          ? OptionalDouble.of(8.0 * count[0] / bytes.length)
          : OptionalDouble.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return OptionalDouble.empty();
    }
  }

  private static long drain(InputStream from) {
    try {
      return from.transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      return 0;
    }
  }
}
