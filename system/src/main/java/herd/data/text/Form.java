package herd.data.text;

import com.github.luben.zstd.ZstdInputStream;
import herd.engine.UserError;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.LongConsumer;
import java.util.zip.GZIPInputStream;

/// What a file holds, by its name.
enum Form {
  /// One document of text: every name that is not one of the others.
  TEXT,
  /// A JSON object a line, with the document under one of its keys: `.jsonl`, `.ndjson`.
  LINES,
  /// A table with a column of documents: `.parquet`.
  PARQUET;

  static Form of(Path file) {
    String name = unpacked(file);
    return name.endsWith(".parquet")
        ? PARQUET
        : name.endsWith(".jsonl") || name.endsWith(".ndjson") ? LINES : TEXT;
  }

  private static String unpacked(Path file) {
    return file.getFileName().toString().toLowerCase(Locale.ROOT).replaceFirst("\\.(gz|zst)$", "");
  }

  /// The bytes of a file, unpacked if its name ends in `.gz` or `.zst`.
  /// @param read told how many bytes of the file itself were read, each time some are
  static InputStream open(Path file, LongConsumer read) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    try {
      var bytes = new Counting(Files.newInputStream(file), read);
      if (name.endsWith(".gz")) {
        return new GZIPInputStream(bytes, 1 << 16);
      }
      return name.endsWith(".zst") ? new ZstdInputStream(bytes).setContinuous(false) : bytes;
    } catch (NoSuchFileException e) {
      throw new UserError(file.toString(), "no such file", "Check the path.");
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  static UserError unreadable(Path file, Exception e) {
    return new UserError(
        file.toString(),
        "cannot be read (" + e.getMessage() + ")",
        "text, .jsonl or .parquet; text and .jsonl also as .gz or .zst",
        "The file may be cut short, or its name may not fit what is in it.");
  }

  private static final class Counting extends FilterInputStream {
    private final LongConsumer read;

    Counting(InputStream in, LongConsumer read) {
      super(in);
      this.read = read;
    }

    @Override
    public int read() throws IOException {
      int one = super.read();
      read.accept(one < 0 ? 0 : 1);
      return one;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      int some = super.read(bytes, from, length);
      read.accept(Math.max(0, some));
      return some;
    }
  }
}
