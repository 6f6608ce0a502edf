package herd.data.source;

import herd.run.TimeLimit;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.contentstream.operator.Operator;
import org.apache.pdfbox.cos.COSBase;
import org.apache.pdfbox.pdmodel.encryption.InvalidPasswordException;
import org.apache.pdfbox.text.PDFTextStripper;
import org.apache.poi.EncryptedDocumentException;
import org.apache.poi.extractor.ExtractorFactory;
import org.apache.poi.extractor.POITextExtractor;
import org.apache.poi.ooxml.extractor.POIXMLExtractorFactory;
import org.apache.poi.openxml4j.util.ZipSecureFile;
import org.apache.poi.ss.extractor.ExcelExtractor;

/// The text of PDF, Word, PowerPoint and Excel files. Pages of a PDF are read in the order of
/// their contents; cells of a row are separated by tabs.
final class Office {
  static final Set<String> ENDINGS =
      Set.of("pdf", "docx", "docm", "doc", "pptx", "pptm", "ppt", "xlsx", "xlsm", "xls");

  private static final int SECONDS = 60;

  private Office() {}

  /// Reads a file. What takes longer than a minute is given up: its thread is left to end by
  /// itself,
  /// as the libraries do not listen to interruptions.
  static Contents read(String ending, byte[] bytes) {
    var read = new FutureTask<Contents>(() -> now(ending, bytes));
    var thread = Thread.ofPlatform().daemon().name("office").start(read);
    try {
      TimeLimit.heed();
      return read.get(SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      thread.interrupt();
      return new Contents.None("took-too-long");
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
      TimeLimit.heed();
      throw new IllegalStateException(e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof StackOverflowError) {
        return new Contents.None("damaged-" + ending);
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private static Contents now(String ending, byte[] bytes) {
    try {
      return ending.equals("pdf") ? pdf(bytes) : poi(ending, bytes);
    } catch (InvalidPasswordException | EncryptedDocumentException e) {
      return new Contents.None("encrypted");
    } catch (IOException | RuntimeException e) {
      // The libraries throw what they like on damaged files.
      return new Contents.None("damaged-" + ending);
    }
  }

  private static Contents pdf(byte[] bytes) throws IOException {
    try (var document = Loader.loadPDF(bytes)) {
      var stripper = new Heeding();
      stripper.setSortByPosition(false);
      var text = stripper.getText(document);
      var title = document.getDocumentInformation().getTitle();
      return text(text, title);
    }
  }

  /// Ends when its thread is interrupted, however many operators a page has.
  private static final class Heeding extends PDFTextStripper {
    @Override
    protected void processOperator(Operator operator, List<COSBase> operands) throws IOException {
      TimeLimit.heed();
      super.processOperator(operator, operands);
    }
  }

  private static Contents poi(String ending, byte[] bytes) throws IOException {
    try (var extractor = extractor(ending, bytes)) {
      if (extractor instanceof ExcelExtractor sheet) {
        sheet.setIncludeSheetNames(true);
      }
      return text(extractor.getText(), null);
    }
  }

  private static POITextExtractor extractor(String ending, byte[] bytes) throws IOException {
    ZipSecureFile.setMinInflateRatio(0.005);
    var in = new ByteArrayInputStream(bytes);
    return ending.length() == 4
        ? new POIXMLExtractorFactory().create(in, null)
        : ExtractorFactory.createExtractor(in);
  }

  private static Contents text(String text, String title) {
    var said = title == null ? "" : title.strip();
    var whole = Rows.whole(text.replace("\r\n", "\n").replace('\r', '\n')).strip();
    return whole.isEmpty() ? new Contents.None("no-text") : new Contents.Text("text", said, whole);
  }
}
