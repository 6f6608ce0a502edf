package herd.train;

import herd.engine.UserError;
import herd.engine.io.WholeFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Objects;
import java.util.zip.CRC32C;

/// Documents as token ids in one memory-mapped file. All numbers are little-endian:
///
/// | bytes | content |
/// |---|---|
/// | 8 | `HERDTOKS` |
/// | 4 | version, 1 |
/// | 4 | bytes of a token: 2 where `vocab` is at most 65,536, else 4 |
/// | 4 | `vocab`: every token is below it |
/// | 4 | zero |
/// | 104 | fingerprint of the tokenizer, ASCII, zeros after it |
/// | tokens | all documents one after the other, unsigned; zeros up to a multiple of 8 |
/// | (documents + 1) * 8 | the token at which each document starts; last the number of tokens |
/// | blocks * 4 | CRC-32C of each 65,536 bytes of everything above; the last block is shorter |
/// | 8, 8 | documents, tokens |
/// | 4, 4 | CRC-32C of the block sums and the two counts; zero |
/// | 8 | `SKOTDREH` |
///
/// The counts stand at the end so that a shard is written in one pass over documents that never
/// lie in memory together ([Writer]). [#open] checks everything, so a shard that opens can be
/// trusted; a
/// wrong byte is named to within a block. What a document holds, its begin and end tokens
/// included, is the writer's business.
public final class TokenShard {
  private static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt U32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final long MAGIC = text("HERDTOKS");
  private static final long END = text("SKOTDREH");
  private static final int VERSION = 1;
  private static final int HEADER = 128;
  private static final int FOOTER = 32;
  private static final int BLOCK = 1 << 16;
  private static final int FINGERPRINT_AT = 24;
  private static final int NARROW = 1 << 16;

  private final Path file;
  private final MemorySegment bytes;
  private final int width;
  private final int vocab;
  private final String tokenizer;
  private final int documents;
  private final long tokens;

  private TokenShard(Path file, MemorySegment bytes, int documents, long tokens) {
    this.file = file;
    this.bytes = bytes;
    this.width = bytes.get(U32, 12);
    this.vocab = bytes.get(U32, 16);
    this.tokenizer = bytes.getString(FINGERPRINT_AT, StandardCharsets.US_ASCII);
    this.documents = documents;
    this.tokens = tokens;
  }

  /// Writes a shard: aside, then renamed, so that it is whole or not there.
  /// @param vocab every token must be below it
  /// @param tokenizer fingerprint of the tokenizer, at most 103 ASCII characters
  /// @param documents token ids of each; empty ones are left out
  /// @throws UserError if the file cannot be written
  /// @throws IllegalArgumentException for a token outside the vocabulary
  public static void write(Path file, int vocab, String tokenizer, Iterable<int[]> documents) {
    try (var writer = new Writer(file, vocab, tokenizer)) {
      documents.forEach(writer::document);
      writer.complete();
    }
  }

  /// Opens a shard and checks all of it: form, sums, tokens.
  /// @param arena the file stays mapped, and must not be changed, for as long as it lives
  /// @throws UserError naming file and byte if it is damaged, cut short or not a shard
  public static TokenShard open(Path file, Arena arena) {
    MemorySegment bytes;
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    } catch (IOException e) {
      throw WholeFile.unreadable(file, e);
    }
    return new Check(file, bytes).shard();
  }

  /// As [#open(Path, Arena)], and refuses a shard that another tokenizer made.
  public static TokenShard open(Path file, Arena arena, int vocab, String tokenizer) {
    var shard = open(file, arena);
    if (shard.vocab != vocab || !shard.tokenizer.equals(tokenizer)) {
      throw new UserError(
          file + ", byte " + (shard.vocab == vocab ? FINGERPRINT_AT : 16),
          "tokens of another vocabulary: %d entries, tokenizer %s"
              .formatted(shard.vocab, shard.tokenizer),
          "%d entries, tokenizer %s".formatted(vocab, tokenizer),
          "Tokenize the documents again with this tokenizer.");
    }
    return shard;
  }

  /// Bytes of a token.
  private static int width(int vocab) {
    return vocab <= NARROW ? Short.BYTES : Integer.BYTES;
  }

  /// The file this shard is mapped from.
  public Path file() {
    return file;
  }

  /// Fingerprint of the tokenizer that made the tokens.
  public String tokenizer() {
    return tokenizer;
  }

  /// Every token is below this.
  public int vocab() {
    return vocab;
  }

  /// Number of documents.
  public int documents() {
    return documents;
  }

  /// Number of tokens in all documents.
  public long tokens() {
    return tokens;
  }

  /// Number of tokens of document `document`, at least 1.
  public int length(int document) {
    return (int) (start(document + 1) - start(document));
  }

  /// A copy of document `document`.
  public int[] document(int document) {
    var out = new int[length(document)];
    copy(document, 0, out, 0, out.length);
    return out;
  }

  /// Copies `count` tokens of a document, from its token `from` on, to `out[at …]`.
  public void copy(int document, int from, int[] out, int at, int count) {
    Objects.checkFromIndexSize(from, count, length(document));
    Objects.checkFromIndexSize(at, count, out.length);
    long token = start(document) + from;
    for (int i = 0; i < count; i++) {
      out[at + i] = token(token + i);
    }
  }

  private long start(int document) {
    Objects.checkIndex(document, documents + 1);
    return bytes.get(U64, index(tokens, width) + (long) document * Long.BYTES);
  }

  private int token(long at) {
    return width == Short.BYTES
        ? Short.toUnsignedInt(bytes.get(U16, HEADER + at * Short.BYTES))
        : bytes.get(U32, HEADER + at * Integer.BYTES);
  }

  /// Where the index of documents begins.
  private static long index(long tokens, int width) {
    return HEADER + (tokens * width + Long.BYTES - 1 & -Long.BYTES);
  }

  @Override
  public String toString() {
    return "%s: %d documents, %d tokens".formatted(file, documents, tokens);
  }

  private static long text(String eight) {
    return MemorySegment.ofArray(eight.getBytes(StandardCharsets.US_ASCII)).get(U64, 0);
  }

  /// Everything that must hold before a mapped file is a shard.
  private record Check(Path file, MemorySegment bytes) {
    TokenShard shard() {
      long size = bytes.byteSize();
      if (size < HEADER + FOOTER || bytes.get(U64, 0) != MAGIC) {
        throw error(0, size < HEADER + FOOTER ? size + " bytes, too few" : "not a token shard");
      }
      if (bytes.get(U32, 8) != VERSION) {
        throw error(8, "version " + Integer.toUnsignedString(bytes.get(U32, 8)));
      }
      if (bytes.get(U64, size - Long.BYTES) != END) {
        throw error(size - Long.BYTES, "the closing mark is missing: the file is cut short");
      }
      long documents = bytes.get(U64, size - FOOTER);
      long tokens = bytes.get(U64, size - FOOTER + Long.BYTES);
      sums(layout(documents, tokens));
      if (bytes.get(U32, 16) <= 0 || bytes.get(U32, 12) != width(bytes.get(U32, 16))) {
        throw error(
            12,
            "a vocabulary of %d in tokens of %d bytes"
                .formatted(bytes.get(U32, 16), bytes.get(U32, 12)));
      }
      if (bytes.get(ValueLayout.JAVA_BYTE, HEADER - 1) != 0) {
        throw error(FINGERPRINT_AT, "a fingerprint without an end");
      }
      var shard = new TokenShard(file, bytes, (int) documents, tokens);
      content(shard);
      return shard;
    }

    /// Where the block sums begin, once the counts fit the size of the file.
    private long layout(long documents, long tokens) {
      long size = bytes.byteSize();
      int width = bytes.get(U32, 12);
      boolean possible = documents >= 0
          && documents < Integer.MAX_VALUE
          && tokens >= documents
          && tokens <= size
          && (width == Short.BYTES || width == Integer.BYTES);
      long body = possible ? index(tokens, width) + (documents + 1) * Long.BYTES : size;
      long blocks = (body + BLOCK - 1) / BLOCK;
      if (body + blocks * Integer.BYTES + FOOTER != size) {
        throw error(
            size - FOOTER,
            "%d documents and %d tokens of %d bytes do not make a file of %d bytes"
                .formatted(documents, tokens, width, size));
      }
      return body;
    }

    private void sums(long body) {
      long size = bytes.byteSize();
      long table = size - FOOTER + 2 * Long.BYTES - body;
      if (crc(body, table) != bytes.get(U32, body + table) || bytes.get(U32, size - 12) != 0) {
        throw error(body, "the sums at the end do not agree with their own sum");
      }
      long blocks = (body + BLOCK - 1) / BLOCK;
      for (long b = 0; b < blocks; b++) {
        long from = b * BLOCK;
        long length = Math.min(BLOCK, body - from);
        if (crc(from, length) != bytes.get(U32, body + b * Integer.BYTES)) {
          throw error(
              from, "damaged somewhere in bytes %d to %d".formatted(from, from + length - 1));
        }
      }
    }

    private int crc(long from, long length) {
      var crc = new CRC32C();
      for (long done = 0; done < length; done += BLOCK) {
        crc.update(bytes.asSlice(from + done, Math.min(BLOCK, length - done)).asByteBuffer());
      }
      return (int) crc.getValue();
    }

    private void content(TokenShard shard) {
      long index = index(shard.tokens, shard.width);
      long next = 0;
      for (int d = 0; d <= shard.documents; d++) {
        long start = shard.start(d);
        boolean last = d == shard.documents;
        if (d == 0 ? start != 0 : start <= next || start - next > Integer.MAX_VALUE - 8) {
          throw error(index + (long) d * Long.BYTES, "document %d at token %d".formatted(d, start));
        }
        if (last ? start != shard.tokens : start >= shard.tokens) {
          throw error(index + (long) d * Long.BYTES, "document %d at token %d".formatted(d, start));
        }
        next = start;
      }
      for (long t = 0; t < shard.tokens; t++) {
        int token = shard.token(t);
        if (token < 0 || token >= shard.vocab) {
          throw error(
              HEADER + t * shard.width,
              "token %s in a vocabulary of %d"
                  .formatted(Integer.toUnsignedString(token), shard.vocab));
        }
      }
    }

    private UserError error(long at, String found) {
      return new UserError(
          file + ", byte " + at,
          found,
          "The file is damaged or not a token shard; tokenize the documents again.");
    }
  }

  /// Writes a shard in one pass, document after document: collects blocks, sums each when it is
  /// full, and keeps the index of documents for the end. The bytes go to a hidden file beside
  /// the target until [#complete()] renames it. For one thread.
  public static final class Writer implements AutoCloseable {
    private final Path file;
    private final Path aside;
    private final FileChannel out;
    private final int vocab;
    private final int width;
    private final ByteBuffer block = ByteBuffer.allocate(BLOCK).order(ByteOrder.LITTLE_ENDIAN);
    private long[] starts = new long[1024];
    private int documents;
    private long tokens;
    private int[] sums = new int[64];
    private int blocks;

    /// @param vocab every token must be below it
    /// @param tokenizer fingerprint of the tokenizer, at most 103 ASCII characters
    /// @throws UserError if the file cannot be written
    public Writer(Path file, int vocab, String tokenizer) {
      if (vocab <= 0) {
        throw new IllegalArgumentException("vocabulary of " + vocab);
      }
      byte[] name = tokenizer.getBytes(StandardCharsets.US_ASCII);
      if (name.length >= HEADER - FINGERPRINT_AT || tokenizer.indexOf('\0') >= 0) {
        throw new IllegalArgumentException("fingerprint " + tokenizer);
      }
      this.file = file;
      this.vocab = vocab;
      this.width = width(vocab);
      aside = file.resolveSibling("." + file.getFileName() + ".part");
      try {
        out = FileChannel.open(
            aside,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
        number(MAGIC);
        number(VERSION | (long) width << 32);
        number(vocab);
        put(name);
        align(HEADER);
      } catch (IOException e) {
        throw WholeFile.unwritable(file, e);
      }
    }

    /// Adds a document; an empty one is left out.
    /// @throws IllegalArgumentException for a token outside the vocabulary
    public void document(int[] ids) {
      if (ids.length == 0) {
        return;
      }
      if (documents + 1 == starts.length) {
        starts = Arrays.copyOf(starts, starts.length * 2);
      }
      try {
        for (int id : ids) {
          if (id < 0 || id >= vocab) {
            throw new IllegalArgumentException(
                "token %d of document %d in a vocabulary of %d".formatted(id, documents, vocab));
          }
          if (width == Short.BYTES) {
            block.putShort((short) id);
          } else {
            block.putInt(id);
          }
          flushFull();
        }
      } catch (IOException e) {
        throw WholeFile.unwritable(file, e);
      }
      tokens += ids.length;
      starts[++documents] = tokens;
    }

    /// Documents so far.
    public int documents() {
      return documents;
    }

    /// Tokens so far.
    public long tokens() {
      return tokens;
    }

    /// Puts the file into place, whole and on the disk.
    public void complete() {
      try {
        finish();
        out.force(true);
        out.close();
        Files.move(
            aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        WholeFile.syncFolder(file.toAbsolutePath().getParent());
      } catch (IOException e) {
        throw WholeFile.unwritable(file, e);
      }
    }

    /// Removes what is not complete.
    @Override
    public void close() {
      if (!out.isOpen()) {
        return;
      }
      try (out) {
        Files.deleteIfExists(aside);
      } catch (IOException e) {
        throw WholeFile.unwritable(file, e);
      }
    }

    /// Every number is written within one block: all offsets are multiples of its size.
    private void number(long value) throws IOException {
      block.putLong(value);
      flushFull();
    }

    private void put(byte[] bytes) throws IOException {
      for (byte b : bytes) {
        block.put(b);
        flushFull();
      }
    }

    private void align(int alignment) throws IOException {
      while (block.position() % alignment != 0) {
        block.put((byte) 0);
      }
      flushFull();
    }

    /// Index, sums, counts and the closing mark.
    private void finish() throws IOException {
      align(Long.BYTES);
      for (int d = 0; d <= documents; d++) {
        number(starts[d]);
      }
      if (block.position() > 0) {
        flush();
      }
      var tail =
          ByteBuffer.allocate(blocks * Integer.BYTES + FOOTER).order(ByteOrder.LITTLE_ENDIAN);
      for (int b = 0; b < blocks; b++) {
        tail.putInt(sums[b]);
      }
      tail.putLong(documents).putLong(tokens);
      var crc = new CRC32C();
      crc.update(tail.array(), 0, tail.position());
      tail.putInt((int) crc.getValue()).putInt(0).putLong(END);
      write(tail.flip());
    }

    private void flushFull() throws IOException {
      if (!block.hasRemaining()) {
        flush();
      }
    }

    private void flush() throws IOException {
      if (blocks == sums.length) {
        sums = Arrays.copyOf(sums, sums.length * 2);
      }
      var crc = new CRC32C();
      crc.update(block.array(), 0, block.position());
      sums[blocks++] = (int) crc.getValue();
      write(block.flip());
      block.clear();
    }

    private void write(ByteBuffer bytes) throws IOException {
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
    }
  }
}
