package herd.data.office;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.poi.openxml4j.opc.OPCPackage;
import org.apache.poi.ss.usermodel.DataFormatter;
import org.apache.poi.ss.usermodel.RichTextString;
import org.apache.poi.xssf.eventusermodel.XSSFReader;
import org.apache.poi.xssf.eventusermodel.XSSFSheetXMLHandler;
import org.apache.poi.xssf.model.SharedStrings;
import org.apache.poi.xssf.usermodel.XSSFComment;
import org.apache.poi.xssf.usermodel.XSSFRichTextString;
import org.xml.sax.Attributes;
import org.xml.sax.helpers.DefaultHandler;

/// The sheets of an Excel file of packed XML: the name of each, then its rows.
final class Sheets {
  private Sheets() {}

  static void read(OPCPackage file, Words words) throws Exception {
    var reader = new XSSFReader(file);
    var strings = new Strings();
    for (var part : file.getPartsByContentType(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml")) {
      try (var in = part.getInputStream()) {
        PackedXml.parse(in, strings);
      }
    }
    var styles = reader.getStylesTable();
    var shown = new DataFormatter();
    var sheets = (XSSFReader.SheetIterator) reader.getSheetsData();
    while (sheets.hasNext()) {
      try (var sheet = sheets.next()) {
        words.add(sheets.getSheetName());
        words.add('\n');
        var rows = new Rows(words);
        PackedXml.parse(sheet, new XSSFSheetXMLHandler(styles, null, strings, rows, shown, false));
      }
    }
  }

  /// What cells share, by number. Readings that stand beside signs are passed over.
  private static final class Strings extends DefaultHandler implements SharedStrings {
    private final List<String> all = new ArrayList<>();
    private final StringBuilder one = new StringBuilder();
    private boolean inText;
    private boolean reading;

    @Override
    public void startElement(String uri, String name, String prefixed, Attributes attributes) {
      switch (name) {
        case "rPh" -> reading = true;
        case "t" -> inText = !reading;
        default -> {}
      }
    }

    @Override
    public void endElement(String uri, String name, String prefixed) {
      switch (name) {
        case "rPh" -> reading = false;
        case "t" -> inText = false;
        case "si" -> {
          all.add(one.toString());
          one.setLength(0);
        }
        default -> {}
      }
    }

    @Override
    public void characters(char[] chars, int from, int length) {
      if (inText) {
        one.append(chars, from, length);
      }
    }

    @Override
    public RichTextString getItemAt(int number) {
      return new XSSFRichTextString(all.get(number));
    }

    @Override
    public int getCount() {
      return all.size();
    }

    @Override
    public int getUniqueCount() {
      return all.size();
    }
  }

  private record Rows(Words words) implements XSSFSheetXMLHandler.SheetContentsHandler {
    @Override
    public void startRow(int row) {}

    @Override
    public void endRow(int row) {
      try {
        words.endRow();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void cell(String place, String shown, XSSFComment comment) {
      try {
        words.add(shown == null ? "" : shown);
        words.add('\t');
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
