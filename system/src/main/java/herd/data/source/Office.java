package herd.data.source;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Set;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.encryption.InvalidPasswordException;
import org.apache.pdfbox.text.PDFTextStripper;
import org.apache.poi.EncryptedDocumentException;
import org.apache.poi.extractor.ExtractorFactory;
import org.apache.poi.ooxml.extractor.POIXMLExtractorFactory;
import org.apache.poi.openxml4j.util.ZipSecureFile;
import org.apache.poi.ss.extractor.ExcelExtractor;

/// The text of PDF, Word, PowerPoint and Excel files. Pages of a PDF are read in the order of
/// their contents; cells of a row are separated by tabs.
final class Office {
  static final Set<String> ENDINGS =
      Set.of("pdf", "docx", "docm", "doc", "pptx", "pptm", "ppt", "xlsx", "xlsm", "xls");

  private Office() {}

  static Contents read(String ending, byte[] bytes, Reading reading) {
    try {
      return ending.equals("pdf") ? pdf(bytes) : poi(ending, bytes, reading);
    } catch (InvalidPasswordException | EncryptedDocumentException e) {
      return new Contents.None("encrypted");
    } catch (IOException | RuntimeException | StackOverflowError e) {
      // The libraries throw what they like on damaged files.
      return new Contents.None("damaged-" + ending);
    }
  }

  private static Contents pdf(byte[] bytes) throws IOException {
    try (var document = Loader.loadPDF(bytes)) {
      var stripper = new PDFTextStripper();
      stripper.setSortByPosition(false);
      var text = stripper.getText(document);
      var title = document.getDocumentInformation().getTitle();
      return text(text, title);
    }
  }

  private static Contents poi(String ending, byte[] bytes, Reading reading) throws IOException {
    try (var extractor = extractor(ending, bytes)) {
      if (extractor instanceof ExcelExtractor sheet) {
        sheet.setIncludeSheetNames(true);
      }
      return text(extractor.getText(), null);
    }
  }

  private static org.apache.poi.extractor.POITextExtractor extractor(String ending, byte[] bytes)
      throws IOException {
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
