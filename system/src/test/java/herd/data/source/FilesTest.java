package herd.data.source;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.font.Standard14Fonts;
import org.apache.poi.xssf.usermodel.XSSFWorkbook;
import org.apache.poi.xwpf.usermodel.XWPFDocument;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/// Files that are documents, alone and in tar archives.
class FilesTest {
  @TempDir
  Path dir;

  private static Map<String, String> read(Path file) {
    var all = new LinkedHashMap<String, String>();
    try (var cursor = Source.of(file, Reading.all(1 << 20)).open()) {
      for (var item = cursor.next(); item != null; item = cursor.next()) {
        var name = item.id().substring(Math.max(item.id().lastIndexOf('/'), -1) + 1);
        all.put(
            name,
            switch (item.load()) {
              case Loaded.Document d -> d.kind() + ": " + d.text();
              case Loaded.Unreadable(String reason) -> reason;
            });
      }
    }
    return all;
  }

  private static byte[] pdf() throws IOException {
    var out = new ByteArrayOutputStream();
    try (var document = new PDDocument()) {
      var page = new PDPage();
      document.addPage(page);
      try (var content = new PDPageContentStream(document, page)) {
        content.beginText();
        content.setFont(new PDType1Font(Standard14Fonts.FontName.HELVETICA), 12);
        content.newLineAtOffset(50, 700);
        content.showText("Tea in a PDF");
        content.endText();
      }
      document.save(out);
    }
    return out.toByteArray();
  }

  private static byte[] word() throws IOException {
    var out = new ByteArrayOutputStream();
    try (var document = new XWPFDocument()) {
      document.createParagraph().createRun().setText("Tea in Word");
      document.write(out);
    }
    return out.toByteArray();
  }

  private static byte[] sheet() throws IOException {
    var out = new ByteArrayOutputStream();
    try (var book = new XSSFWorkbook()) {
      var row = book.createSheet("Teas").createRow(0);
      row.createCell(0).setCellValue("Assam");
      row.createCell(1).setCellValue(3);
      book.write(out);
    }
    return out.toByteArray();
  }

  @Test
  void officeFilesAreReadAndDamagedOnesHaveReasons() throws IOException {
    var pdf = Files.write(dir.resolve("a.pdf"), pdf());
    assertThat(read(pdf)).containsEntry("a.pdf", "text: Tea in a PDF");
    assertThat(read(Files.write(dir.resolve("a.docx"), word())))
        .containsEntry("a.docx", "text: Tea in Word");
    assertThat(read(Files.write(dir.resolve("a.xlsx"), sheet())).get("a.xlsx"))
        .startsWith("text: Teas")
        .contains("Assam\t3");
    var random = new Random(3);
    for (var whole : Map.of("pdf", pdf(), "docx", word()).entrySet()) {
      for (int i = 0; i < 6; i++) {
        var bytes = Arrays.copyOf(whole.getValue(), random.nextInt(whole.getValue().length));
        if (bytes.length > 0) {
          bytes[random.nextInt(bytes.length)] ^= 0x55;
        }
        read(Files.write(dir.resolve("b." + whole.getKey()), bytes));
      }
    }
    assertThat(read(Files.writeString(dir.resolve("c.docx"), "no archive")))
        .containsEntry("c.docx", "damaged-docx");
  }

  @Test
  void filesOfTarArchivesAreRead() throws IOException {
    var all = new LinkedHashMap<String, byte[]>();
    all.put("./docs/read.md", "# Tea".getBytes(StandardCharsets.UTF_8));
    all.put("src/Tea.java", "class Tea {}".getBytes(StandardCharsets.UTF_8));
    all.put("page.html", "<p>Tea".getBytes(StandardCharsets.UTF_8));
    all.put("logo.png", new byte[10]);
    all.put("noise.txt", new byte[1000]);
    all.put("long.txt", new byte[2 << 20]);
    var file = dir.resolve("a.tar.gz");
    try (var tar = new TarArchiveOutputStream(new GZIPOutputStream(Files.newOutputStream(file)))) {
      for (var entry : all.entrySet()) {
        var head = new TarArchiveEntry(entry.getKey());
        head.setSize(entry.getValue().length);
        tar.putArchiveEntry(head);
        tar.write(entry.getValue());
        tar.closeArchiveEntry();
      }
    }
    assertThat(read(file))
        .containsEntry("read.md", "text: # Tea")
        .containsEntry("Tea.java", "code: class Tea {}")
        .containsEntry("page.html", "page: <p>Tea")
        .containsEntry("logo.png", "other-file")
        .containsEntry("noise.txt", "not-text")
        .containsEntry("long.txt", "entry-too-large");
    var whole = Files.readAllBytes(file);
    for (int n = 0; n < whole.length; n += 101) {
      var cut = Files.write(dir.resolve("cut.tar"), Arrays.copyOf(whole, n));
      read(cut);
    }
  }

  @Test
  void aSingleFileMayBePacked() throws IOException {
    var file = dir.resolve("t.html.gz");
    try (var out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write("<p>Tea".getBytes(StandardCharsets.UTF_8));
    }
    assertThat(read(file)).containsEntry("t.html.gz", "page: <p>Tea");
    assertThat(read(Files.write(dir.resolve("x.bin"), new byte[3])))
        .containsEntry("x.bin", "other-file");
    Files.writeString(file, "not packed");
    assertThat(read(file)).containsEntry("t.html.gz", "file-damaged");
  }
}
