package herd.data.office;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.contentstream.operator.Operator;
import org.apache.pdfbox.cos.COSBase;
import org.apache.pdfbox.io.RandomAccessRead;
import org.apache.pdfbox.io.RandomAccessReadView;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.text.PDFTextStripper;
import org.apache.pdfbox.text.TextPosition;

/// The text of PDF files, page by page in the order of their contents. What is packed becomes
/// memory when a stream is opened: all bytes of the file are read within bounds, which looks at
/// the memory that the thread takes, and streams that are packed twice over are refused, as the
/// second unpacking reads none of them.
final class Pdf {
  /// A list of filters, two of which unpack.
  private static final Pattern TWICE = Pattern.compile(
      "/F(?:ilter)?\\s*\\[[^\\]]{0,200}?/(Fl|FlateDecode|LZW|LZWDecode|RL|RunLengthDecode)\\b"
          + "[^\\]]{0,200}?/(?!\\1\\b)(?:Fl|FlateDecode|LZW|LZWDecode|RL|RunLengthDecode)\\b");

  private Pdf() {}

  static OfficeFile read(byte[] bytes, Bounds bounds) throws IOException {
    if (TWICE.matcher(new String(bytes, StandardCharsets.ISO_8859_1)).find()) {
      throw bounds.pass("packed-too-well");
    }
    bounds.begin();
    try (var document = Loader.loadPDF(new Bytes(bytes, bounds))) {
      var text = new Bounded(bounds);
      var stripper = new Pages(bounds);
      stripper.setSortByPosition(false);
      stripper.writeText(document, text);
      bounds.heedMemory(); // the library passes over streams that it cannot read
      return Words.file(text.text.toString(), document.getDocumentInformation().getTitle());
    }
  }

  private static final class Pages extends PDFTextStripper {
    private final Bounds bounds;

    Pages(Bounds bounds) {
      this.bounds = bounds;
    }

    @Override
    public void processPage(PDPage page) throws IOException {
      bounds.begin();
      super.processPage(page);
    }

    @Override
    protected void processOperator(Operator operator, List<COSBase> operands) throws IOException {
      bounds.heed();
      super.processOperator(operator, operands);
    }

    @Override
    protected void processTextPosition(TextPosition position) {
      try {
        bounds.heed();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      super.processTextPosition(position);
    }
  }

  private static final class Bounded extends Writer {
    private final StringBuilder text = new StringBuilder();
    private final Bounds bounds;

    Bounded(Bounds bounds) {
      this.bounds = bounds;
    }

    @Override
    public void write(char[] chars, int from, int length) throws IOException {
      bounds.heed(text.length(), length);
      text.append(chars, from, length);
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  /// The file's bytes; each look at them heeds the bounds.
  private static final class Bytes implements RandomAccessRead {
    private final byte[] bytes;
    private final Bounds bounds;
    private int at;
    private boolean closed;

    Bytes(byte[] bytes, Bounds bounds) {
      this.bytes = bytes;
      this.bounds = bounds;
    }

    @Override
    public int read() throws IOException {
      bounds.heed();
      return at < bytes.length ? bytes[at++] & 0xFF : -1;
    }

    @Override
    public int read(byte[] to, int from, int length) throws IOException {
      bounds.heedMemory();
      if (at >= bytes.length) {
        return -1;
      }
      int some = Math.min(length, bytes.length - at);
      System.arraycopy(bytes, at, to, from, some);
      at += some;
      return some;
    }

    @Override
    public long getPosition() {
      return at;
    }

    @Override
    public void seek(long position) throws IOException {
      if (position < 0) {
        throw new IOException("a place before the beginning");
      }
      at = (int) Math.min(position, bytes.length);
    }

    @Override
    public long length() {
      return bytes.length;
    }

    @Override
    public boolean isClosed() {
      return closed;
    }

    @Override
    public boolean isEOF() {
      return at >= bytes.length;
    }

    @Override
    public RandomAccessReadView createView(long from, long length) {
      return new RandomAccessReadView(new Bytes(bytes, bounds), from, length, true);
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
