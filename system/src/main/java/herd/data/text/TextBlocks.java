package herd.data.text;

import herd.engine.UserError;
import herd.engine.text.Utf8;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/// The documents of files, one file after the other, in blocks of about a mebibyte: whole
/// documents, parts of a long one that are cut where that changes nothing, or lines of JSON.
/// Any number of threads may ask for the next block.
final class TextBlocks implements AutoCloseable {
  private static final int BLOCK = 1 << 20;

  /// A text in which no place to cut is found is cut anyway after so many bytes.
  private static final int LONGEST_BLOCK = 1 << 26;

  /// No line of JSON is longer.
  private static final int LONGEST_LINE = 1 << 30;

  /// Where a text can be cut in two without changing what is counted.
  @FunctionalInterface
  interface Cut {
    /// The last such place in `utf8[from..to)`, `from` if there is none.
    int last(byte[] utf8, int from, int to);
  }

  /// What one thread works on; its memory is used again.
  static final class Block {
    byte[] bytes = new byte[BLOCK + BLOCK / 4];
    int length;
    boolean lines; // of JSON
    Path file;
    long place; // of the first byte in the file, or number of the first line, from 1
    int[] ends = new int[64]; // of the documents
    int documents;

    private void end(int at) {
      if (documents == ends.length) {
        ends = Arrays.copyOf(ends, 2 * documents);
      }
      ends[documents++] = at;
    }

    private void room(int more) {
      if (length + more > bytes.length) {
        int longer = (int) Math.max((long) length + more, Math.min(2L * length, Integer.MAX_VALUE));
        bytes = Arrays.copyOf(bytes, longer);
      }
    }
  }

  private final List<Path> files;
  private final String column;
  private final Cut cut;
  private int file = -1;
  private Form form;
  private InputStream in;
  private Column texts;
  private byte[] rest = new byte[0]; // read from `in`, in no block yet
  private long place;
  private boolean fresh; // whether no block of this file was taken yet
  private long bytesRead;
  private long documents;

  /// @param column the key or column of the text in `.jsonl` and `.parquet`
  TextBlocks(List<Path> files, String column, Cut cut) {
    this.files = files;
    this.column = column;
    this.cut = cut;
  }

  /// Bytes read from the files so far.
  synchronized long bytesRead() {
    return bytesRead;
  }

  /// Texts and tables that were begun, and rows: documents so far. Lines are not among them.
  synchronized long documents() {
    return documents;
  }

  /// Fills the next block.
  /// @return false if there is none
  synchronized boolean next(Block block) {
    block.length = 0;
    block.documents = 0;
    while (true) {
      if (in == null && texts == null && !open()) {
        return false;
      }
      block.file = files.get(file);
      block.place = place;
      block.lines = form == Form.LINES;
      boolean more = texts != null ? rows(block) : bytes(block);
      if (!more) {
        close();
      }
      if (block.length > 0) {
        return true;
      }
    }
  }

  private boolean open() {
    if (++file >= files.size()) {
      return false;
    }
    var path = files.get(file);
    form = Form.of(path);
    place = form == Form.LINES ? 1 : 0;
    rest = new byte[0];
    fresh = true;
    if (form == Form.PARQUET) {
      texts = new Column(path, column);
    } else {
      in = Form.open(path, some -> bytesRead += some);
    }
    return true;
  }

  private boolean rows(Block block) {
    while (block.length < BLOCK) {
      String text = texts.next();
      if (text == null) {
        try {
          bytesRead += Files.size(files.get(file));
        } catch (IOException _) {
          // only progress needs it
        }
        return false;
      }
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      block.room(utf8.length);
      System.arraycopy(utf8, 0, block.bytes, block.length, utf8.length);
      block.length += utf8.length;
      block.end(block.length);
      documents++;
    }
    return true;
  }

  /// Reads a block's worth of a stream and cuts it; what is left waits in `rest`.
  /// @return whether the stream may have more
  private boolean bytes(Block block) {
    block.room(Math.max(BLOCK, rest.length));
    System.arraycopy(rest, 0, block.bytes, 0, rest.length);
    block.length = rest.length;
    int wanted = BLOCK;
    while (true) {
      boolean more = fill(block, wanted);
      if (fresh && form == Form.TEXT) {
        documents++;
        fresh = false;
      }
      int at = more ? place(block) : block.length;
      if (at > 0) {
        rest = Arrays.copyOfRange(block.bytes, at, block.length);
        block.length = at;
        block.end(at);
        place += form == Form.LINES ? lines(block) : at;
        return more;
      }
      if (!more) {
        return false;
      }
      wanted = 2 * block.length;
    }
  }

  /// Reads until the block has so many bytes or the stream ends, then one byte more to know
  /// whether it does.
  private boolean fill(Block block, int wanted) {
    block.room(wanted + 1 - block.length);
    try {
      while (block.length <= wanted) {
        int some = in.read(block.bytes, block.length, wanted + 1 - block.length);
        if (some < 0) {
          return false;
        }
        block.length += some;
      }
      return true;
    } catch (IOException e) {
      throw Form.unreadable(block.file, e);
    }
  }

  /// Where the block ends, 0 if it must grow.
  private int place(Block block) {
    if (form == Form.LINES) {
      int at = block.length;
      while (at > 0 && block.bytes[at - 1] != '\n') {
        at--;
      }
      if (at == 0 && block.length > LONGEST_LINE) {
        throw new UserError(
            block.file + ":" + place, "a line of more than a gibibyte", "Cut it into documents.");
      }
      return at;
    }
    int whole = Utf8.whole(block.bytes, 0, block.length);
    int from = Math.max(0, block.length - BLOCK);
    while (from > 0 && (block.bytes[from] & 0xC0) == 0x80) {
      from--;
    }
    if (Utf8.invalid(block.bytes, from, whole) >= 0) {
      return whole; // whoever counts it says where
    }
    int at = cut.last(block.bytes, from, whole);
    return at > from ? at : block.length >= LONGEST_BLOCK ? whole : 0;
  }

  private static int lines(Block block) {
    int lines = 0;
    for (int i = 0; i < block.length; i++) {
      lines += block.bytes[i] == '\n' ? 1 : 0;
    }
    return lines;
  }

  @Override
  public synchronized void close() {
    try {
      if (in != null) {
        in.close();
      }
    } catch (IOException _) {
      // it was only read
    }
    if (texts != null) {
      texts.close();
    }
    in = null;
    texts = null;
  }
}
