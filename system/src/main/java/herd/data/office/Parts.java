package herd.data.office;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collections;
import java.util.Enumeration;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.apache.poi.openxml4j.util.ZipEntrySource;

/// The parts of a file of packed XML. Whoever reads one reads within bounds: parts that stream may
/// be large, what becomes objects may not, and none may be packed better than text can be.
final class Parts implements ZipEntrySource {
  /// Parts of a file.
  private static final int PARTS = 50_000;

  /// Bytes of all that is read, unpacked.
  private static final long ALL = 512L << 20;

  /// Bytes of a part that streams, and whose strings may be kept.
  private static final long STRINGS = 64L << 20;

  /// Bytes of a part that becomes objects: relations, styles and the like.
  private static final long OBJECTS = 16L << 20;

  /// No text packs better than this.
  private static final int RATIO = 200;

  private static final long SMALL = 1 << 20;

  private final ZipFile zip;
  private final Bounds bounds;
  private long read;
  private boolean closed;

  Parts(byte[] bytes, Bounds bounds) throws IOException {
    this.bounds = bounds;
    zip = ZipFile.builder().setByteArray(bytes).get();
    if (Collections.list(zip.getEntries()).size() > PARTS) {
      zip.close();
      throw bounds.pass("too-many-parts");
    }
  }

  @Override
  public Enumeration<? extends ZipArchiveEntry> getEntries() {
    return zip.getEntries();
  }

  @Override
  public ZipArchiveEntry getEntry(String path) {
    return zip.getEntry(path);
  }

  @Override
  public InputStream getInputStream(ZipArchiveEntry entry) throws IOException {
    var in = zip.getInputStream(entry);
    if (in == null) {
      throw new IOException("packed in a way that is not known");
    }
    return new Bounded(in, most(entry.getName()), entry.getCompressedSize());
  }

  private static long most(String name) {
    var plain = name.startsWith("/") ? name.substring(1) : name;
    if (plain.matches("(?i)xl/sharedStrings.*")) {
      return STRINGS;
    }
    boolean streams = plain.matches("(?i)(word/(document|footnotes|endnotes)|ppt/slides/[^/]*"
        + "|xl/worksheets/[^/]*)\\d*\\.xml");
    return streams ? ALL : OBJECTS;
  }

  @Override
  public void close() throws IOException {
    closed = true;
    zip.close();
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  private final class Bounded extends FilterInputStream {
    private final long most;
    private final long packed;
    private long count;

    Bounded(InputStream in, long most, long packed) {
      super(in);
      this.most = most;
      this.packed = Math.max(1, packed);
    }

    @Override
    public int read() throws IOException {
      bounds.heed();
      int one = super.read();
      count(one < 0 ? 0 : 1);
      return one;
    }

    @Override
    public int read(byte[] to, int from, int length) throws IOException {
      bounds.heed();
      int some = super.read(to, from, length);
      count(Math.max(0, some));
      return some;
    }

    @Override
    public long skip(long bytes) throws IOException {
      return readNBytes((int) Math.min(bytes, 1 << 16)).length;
    }

    private void count(int some) throws IOException {
      count += some;
      read += some;
      if (count > most || read > ALL || count > SMALL && count / RATIO > packed) {
        throw bounds.pass("packed-too-well");
      }
    }
  }
}
