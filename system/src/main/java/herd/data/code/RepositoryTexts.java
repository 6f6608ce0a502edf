package herd.data.code;

import com.github.luben.zstd.Zstd;
import herd.run.Disk;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/// Texts of repositories in a file, added one after the other and read at their places.
public final class RepositoryTexts implements AutoCloseable {
  private final Path file;
  private final FileChannel channel;
  private long end;

  /// A file of a repository, packed into numbers and out of them.
  /// @param path in the repository
  /// @param language empty if unknown
  /// @param imports as [Imports] gives them
  /// @param digest of its bytes
  /// @param licence empty if unknown
  public record Source(
      String path,
      String language,
      List<String> imports,
      String digest,
      String licence,
      String text) {
    /// As numbers: bytes of the whole when unpacked and packed, then those.
    public long[] pack() {
      var bytes = new ByteArrayOutputStream();
      try (var out = new DataOutputStream(bytes)) {
        for (var one : List.of(path, language, digest, licence)) {
          write(out, one);
        }
        out.writeInt(imports.size());
        for (var one : imports) {
          write(out, one);
        }
        write(out, text);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      var packed = Zstd.compress(bytes.toByteArray());
      var numbers = new long[2 + (packed.length + 7) / 8];
      numbers[0] = bytes.size();
      numbers[1] = packed.length;
      var padded = ByteBuffer.allocate(8 * (numbers.length - 2)).put(packed).rewind();
      padded.asLongBuffer().get(numbers, 2, numbers.length - 2);
      return numbers;
    }

    /// What [#pack] made, from place `from` on.
    static Source unpack(long[] numbers) {
      var padded = ByteBuffer.allocate(8 * (numbers.length - 2));
      padded.asLongBuffer().put(numbers, 2, numbers.length - 2);
      var packed = new byte[(int) numbers[1]];
      padded.get(packed);
      var bytes = Zstd.decompress(packed, (int) numbers[0]);
      try (var in = new DataInputStream(new ByteArrayInputStream(bytes))) {
        var path = read(in);
        var language = read(in);
        var digest = read(in);
        var licence = read(in);
        var imports = new ArrayList<String>();
        for (int left = in.readInt(); left > 0; left--) {
          imports.add(read(in));
        }
        return new Source(path, language, imports, digest, licence, read(in));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static void write(DataOutputStream out, String text) throws IOException {
      var utf8 = text.getBytes(StandardCharsets.UTF_8);
      out.writeInt(utf8.length);
      out.write(utf8);
    }

    private static String read(DataInputStream in) throws IOException {
      return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
    }
  }

  /// A new file.
  /// @param folder in which it lies
  public RepositoryTexts(Path folder, String name) {
    file = folder.resolve(name);
    try {
      channel = FileChannel.open(
          file,
          StandardOpenOption.CREATE,
          StandardOpenOption.TRUNCATE_EXISTING,
          StandardOpenOption.READ,
          StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw Disk.trouble(e, file);
    }
  }

  /// Adds what a source was packed to.
  /// @param from place of the first number
  /// @return where it begins
  public long add(long[] numbers, int from) {
    var bytes = ByteBuffer.allocate(8 * (numbers.length - from));
    bytes.asLongBuffer().put(numbers, from, numbers.length - from);
    return add(bytes);
  }

  /// Adds a text.
  /// @return where it begins
  public long add(byte[] text) {
    return add(ByteBuffer.wrap(text));
  }

  private long add(ByteBuffer bytes) {
    long at = end;
    try {
      while (bytes.hasRemaining()) {
        end += channel.write(bytes, end);
      }
    } catch (IOException e) {
      throw Disk.trouble(e, file);
    }
    return at;
  }

  /// Forgets all that was added; what is added next takes its place.
  public void clear() {
    end = 0;
  }

  /// The source that was added there.
  public Source source(long at) {
    var head = read(at, 16).asLongBuffer();
    int length = 2 + (int) ((head.get(1) + 7) / 8);
    var numbers = new long[length];
    read(at, 8 * length).asLongBuffer().get(numbers);
    return Source.unpack(numbers);
  }

  /// The text that was added there. From any thread, also after [#close].
  /// @param length bytes
  public byte[] text(long at, int length) {
    return read(at, length).array();
  }

  private ByteBuffer read(long at, int length) {
    if (!channel.isOpen()) {
      try (var again = FileChannel.open(file)) {
        return read(again, at, length);
      } catch (IOException e) {
        throw Disk.trouble(e, file);
      }
    }
    try {
      return read(channel, at, length);
    } catch (IOException e) {
      throw Disk.trouble(e, file);
    }
  }

  private static ByteBuffer read(FileChannel from, long at, int length) throws IOException {
    var bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining() && from.read(bytes, at + bytes.position()) >= 0) {}
    return bytes.flip();
  }

  /// Leaves the file for [#text].
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw Disk.trouble(e, file);
    }
  }

  /// Closes and removes the file.
  public void remove() {
    close();
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw Disk.trouble(e, file);
    }
  }
}
