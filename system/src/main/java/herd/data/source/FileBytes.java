package herd.data.source;

import com.dynatrace.hash4j.hashing.Hashing;
import com.github.luben.zstd.ZstdInputStream;
import herd.engine.UserError;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/// The bytes of a file, unpacked if its name says that it is packed, with a count of those of the
/// file itself.
public final class FileBytes extends FilterInputStream {
  private static final int BUFFER = 1 << 16;

  private final Counting file;

  private FileBytes(InputStream in, Counting file) {
    super(in);
    this.file = file;
  }

  /// Opens a file; `.gz`, `.tgz` and `.zst` are unpacked.
  public static FileBytes open(Path path) {
    var name = path.getFileName().toString().toLowerCase(Locale.ROOT);
    try {
      var file = new Counting(Files.newInputStream(path));
      var buffered = new BufferedInputStream(file, BUFFER);
      if (name.endsWith(".gz") || name.endsWith(".tgz")) {
        return new FileBytes(new GZIPInputStream(buffered, BUFFER), file);
      }
      return new FileBytes(name.endsWith(".zst") ? new ZstdInputStream(buffered) : buffered, file);
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  /// Bytes of the file itself that were read.
  public long fileBytes() {
    return file.count;
  }

  static UserError unreadable(Path file, Exception e) {
    if (e instanceof NoSuchFileException) {
      return new UserError(file.toString(), "no such file", "Check the path.");
    }
    return new UserError(
        file.toString(),
        Files.isDirectory(file) ? "a directory" : "cannot be read (" + e.getMessage() + ")",
        "a readable file of the form that its name says",
        "The file may be cut short, or its name may not fit what is in it.");
  }

  static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /// The digest of a document's bytes.
  static String digest(byte[] bytes) {
    var hash = Hashing.xxh3_128().hashBytesTo128Bits(bytes);
    return "xxh3:" + HexFormat.of().toHexDigits(hash.getMostSignificantBits())
        + HexFormat.of().toHexDigits(hash.getLeastSignificantBits());
  }

  private static final class Counting extends FilterInputStream {
    private long count;

    Counting(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int one = super.read();
      count += one < 0 ? 0 : 1;
      return one;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      int some = super.read(bytes, from, length);
      count += Math.max(0, some);
      return some;
    }
  }
}
