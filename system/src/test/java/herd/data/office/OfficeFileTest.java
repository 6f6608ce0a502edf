package herd.data.office;

import herd.run.TimeLimit;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.apache.pdfbox.cos.COSName;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDResources;
import org.apache.pdfbox.pdmodel.common.PDRectangle;
import org.apache.pdfbox.pdmodel.common.PDStream;
import org.apache.pdfbox.pdmodel.graphics.form.PDFormXObject;
import org.apache.poi.hslf.usermodel.HSLFSlideShow;
import org.apache.poi.hssf.usermodel.HSSFWorkbook;
import org.apache.poi.poifs.filesystem.POIFSFileSystem;
import org.apache.poi.ss.usermodel.Workbook;
import org.apache.poi.xslf.usermodel.XMLSlideShow;
import org.apache.poi.xssf.usermodel.XSSFWorkbook;
import org.apache.poi.xwpf.usermodel.XWPFDocument;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/// Office files as they are and as nobody wants them.
class OfficeFileTest {
  private static final long MOST = 1 << 20;

  private static OfficeFile read(String ending, byte[] bytes) {
    return OfficeFile.read(ending, bytes, MOST);
  }

  private static OfficeFile text(String text) {
    return new OfficeFile.Text("", text);
  }

  private static OfficeFile none(String reason) {
    return new OfficeFile.None(reason);
  }

  private static byte[] word() throws IOException {
    var out = new ByteArrayOutputStream();
    try (var document = new XWPFDocument()) {
      document.createParagraph().createRun().setText("Of tea");
      var table = document.createTable(2, 2);
      for (int i = 0; i < 4; i++) {
        table.getRow(i / 2).getCell(i % 2).setText("cell " + i);
      }
      var run = document.createParagraph().createRun();
      run.setText("Once");
      run.addTab();
      run.setText("more");
      run.addBreak();
      run.setText("<&>");
      document
          .createFooter(org.apache.poi.wp.usermodel.HeaderFooterType.DEFAULT)
          .createParagraph()
          .createRun()
          .setText("page 1");
      document.write(out);
    }
    return out.toByteArray();
  }

  @Test
  void wordSaysItsParagraphsAndTables() throws IOException {
    assertThat(read("docx", word()))
        .isEqualTo(text("Of tea\ncell 0\tcell 1\ncell 2\tcell 3\nOnce\tmore\n<&>"));
  }

  @Test
  void slidesSayTheirTextsInOrder() throws IOException {
    var out = new ByteArrayOutputStream();
    try (var show = new XMLSlideShow()) {
      for (var words : List.of("first", "second", "third")) {
        show.createSlide().createTextBox().setText(words);
      }
      show.setSlideOrder(show.getSlides().get(2), 0);
      show.write(out);
    }
    assertThat(read("pptx", out.toByteArray())).isEqualTo(text("third\n\nfirst\n\nsecond"));
    out.reset();
    try (var show = new HSLFSlideShow()) {
      show.createSlide().createTextBox().setText("old");
      show.write(out);
    }
    assertThat(read("ppt", out.toByteArray())).isEqualTo(text("old"));
  }

  private static byte[] sheets(Workbook book, String cell, int cells) throws IOException {
    var out = new ByteArrayOutputStream();
    try (book) {
      var date = book.createCellStyle();
      date.setDataFormat(book.createDataFormat().getFormat("yyyy-mm-dd"));
      var sheet = book.createSheet("Teas");
      for (int i = 0; i < cells; i++) {
        var row = sheet.createRow(i);
        row.createCell(0).setCellValue(cell);
        row.createCell(2).setCellValue(45000 + i);
        row.getCell(2).setCellStyle(date);
        row.createCell(3).setCellValue(0.5);
        row.createCell(4).setCellValue(true);
      }
      book.createSheet("None");
      book.write(out);
    }
    return out.toByteArray();
  }

  @Test
  void sheetsSayWhatTheirCellsShow() throws IOException {
    assertThat(read("xlsx", sheets(new XSSFWorkbook(), "Assam", 2)))
        .isEqualTo(text("Teas\nAssam\t2023-03-15\t0.5\tTRUE\nAssam\t2023-03-16\t0.5\tTRUE\nNone"));
    assertThat(read("xls", sheets(new HSSFWorkbook(), "Assam", 2)))
        .isEqualTo(text("Teas\nAssam\t2023-03-15\t0.5\tTRUE\nAssam\t2023-03-16\t0.5\tTRUE\nNone"));
  }

  /// A string that stands in the file once can be shown by each cell.
  @Test
  void aTextThatIsMuchLargerThanItsFileIsRefused() throws IOException {
    var cell = "tea ".repeat(5000);
    for (var book : List.of(new XSSFWorkbook(), new HSSFWorkbook())) {
      assertThat(read("xls", sheets(book, cell, 100))).isEqualTo(none("text-too-large"));
    }
  }

  /// A copy of a packed file, a part of which says something else.
  private static byte[] with(byte[] file, String part, byte[] says) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var in = new ZipInputStream(new ByteArrayInputStream(file));
        var zip = new ZipOutputStream(out)) {
      for (var entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        zip.putNextEntry(new ZipEntry(entry.getName()));
        zip.write(entry.getName().equals(part) ? says : in.readAllBytes());
      }
    }
    return out.toByteArray();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void packedBombsAreRefused() throws IOException {
    var body = "<w:document xmlns:w=\"http://w/main\">" + " ".repeat(8 << 20);
    assertThat(read("docx", with(word(), "word/document.xml", bytes(body))))
        .isEqualTo(none("packed-too-well"));
    assertThat(read("docx", with(word(), "_rels/.rels", bytes(" ".repeat(8 << 20)))))
        .isEqualTo(none("packed-too-well"));
    var laughs = "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><x>&b;</x>";
    assertThat(read("docx", with(word(), "word/document.xml", bytes(laughs))))
        .isEqualTo(none("damaged-docx"));
    var deep = "<w:p xmlns:w=\"http://w/main\">" + "<w:p>".repeat(100_000);
    assertThat(read("docx", with(word(), "word/document.xml", bytes(deep))))
        .isEqualTo(none("damaged-docx"));
  }

  /// A Word file of before 2007 with nothing but the table of its pieces.
  private static byte[] pieces(int... places) throws IOException {
    var main = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
    main.putShort(0, (short) 0xA5EC).putShort(2, (short) 0xC1).putShort(0x0A, (short) 0x0200);
    int length = 12 * (places.length - 1) + 4;
    main.putInt(0x01A2, 0).putInt(0x01A6, 5 + length);
    var table = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
    table.put((byte) 2).putInt(length);
    for (int place : places) {
      table.putInt(place);
    }
    var out = new ByteArrayOutputStream();
    try (var file = new POIFSFileSystem()) {
      file.createDocument(new ByteArrayInputStream(main.array()), "WordDocument");
      file.createDocument(new ByteArrayInputStream(table.array()), "1Table");
      file.writeFilesystem(out);
    }
    return out.toByteArray();
  }

  @Test
  void piecesOfAnOldTextAreNotLongerThanItsFile() throws IOException {
    assertThat(read("doc", pieces(0, 1000, 5000))).isEqualTo(none("packed-too-well"));
    assertThat(read("doc", pieces(0, 1000, 0, 1000))).isEqualTo(none("packed-too-well"));
    assertThat(read("doc", pieces(0, 1000))).isEqualTo(none("damaged-doc"));
  }

  private static byte[] pdf(PDDocument document) throws IOException {
    var out = new ByteArrayOutputStream();
    try (document) {
      document.save(out);
    }
    return out.toByteArray();
  }

  private static PDStream packed(PDDocument document, byte[] bytes) throws IOException {
    return new PDStream(document, new ByteArrayInputStream(bytes), COSName.FLATE_DECODE);
  }

  /// Contents that are several streams are unpacked as a whole.
  private static byte[] pdf(byte[] contents) throws IOException {
    var document = new PDDocument();
    var page = new PDPage();
    page.setContents(List.of(packed(document, contents), packed(document, new byte[10])));
    document.addPage(page);
    return pdf(document);
  }

  @Test
  void whatUnpacksToMoreThanTheMemoryOfAPageIsRefused() throws IOException {
    var bomb = pdf(new byte[24 << 20]);
    assertThatThrownBy(() -> Pdf.read(bomb, new Bounds(MOST, 12 << 20)))
        .hasMessageContaining("too-much-memory");
    var twice = new String(pdf(new byte[10]), StandardCharsets.ISO_8859_1)
        .replace("/FlateDecode", "[/FlateDecode /LZWDecode]");
    assertThat(read("pdf", twice.getBytes(StandardCharsets.ISO_8859_1)))
        .isEqualTo(none("packed-too-well"));
  }

  /// Ten forms, each of which draws the next ten times.
  private static byte[] laughs() throws IOException {
    var document = new PDDocument();
    PDFormXObject inner = null;
    for (int depth = 0; depth < 10; depth++) {
      var form = new PDFormXObject(document);
      form.setBBox(new PDRectangle(10, 10));
      form.setResources(new PDResources());
      if (inner != null) {
        form.getResources().put(COSName.getPDFName("F"), inner);
      }
      try (var out = form.getContentStream().createOutputStream()) {
        out.write(bytes("/F Do ".repeat(inner == null ? 0 : 10)));
      }
      inner = form;
    }
    var page = new PDPage();
    page.setResources(new PDResources());
    page.getResources().put(COSName.getPDFName("F"), inner);
    page.setContents(new PDStream(document, new ByteArrayInputStream(bytes("/F Do"))));
    document.addPage(page);
    return pdf(document);
  }

  /// It would go on for hours, so that the limit is passed however fast the machine is.
  @Test
  void aPageThatDrawsForeverIsGivenUpAndItsThreadEnds() throws Exception {
    var bytes = laughs();
    try (var watch = new TimeLimit(0.2).watch()) {
      watch.begin();
      assertThatThrownBy(() -> read("pdf", bytes)).isInstanceOf(TimeLimit.Passed.class);
      assertThat(watch.end()).isTrue();
    }
    for (var thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().equals("office")) {
        thread.join();
      }
    }
  }

  @Test
  void everyFormListens() throws IOException {
    var files = Map.of(
        "docx", word(),
        "xlsx", sheets(new XSSFWorkbook(), "a", 1),
        "xls", sheets(new HSSFWorkbook(), "a", 1),
        "pdf", pdf(new byte[10]));
    files.forEach((ending, bytes) -> {
      Thread.currentThread().interrupt();
      try {
        assertThatThrownBy(() -> read(ending, bytes)).isInstanceOf(TimeLimit.Passed.class);
      } finally {
        Thread.interrupted();
      }
    });
  }
}
