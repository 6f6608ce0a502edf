package herd.data.office;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.apache.poi.EncryptedDocumentException;
import org.apache.poi.extractor.ExtractorFactory;
import org.apache.poi.hssf.eventusermodel.FormatTrackingHSSFListener;
import org.apache.poi.hssf.eventusermodel.HSSFEventFactory;
import org.apache.poi.hssf.eventusermodel.HSSFListener;
import org.apache.poi.hssf.eventusermodel.HSSFRequest;
import org.apache.poi.hssf.record.BOFRecord;
import org.apache.poi.hssf.record.BoolErrRecord;
import org.apache.poi.hssf.record.BoundSheetRecord;
import org.apache.poi.hssf.record.CellRecord;
import org.apache.poi.hssf.record.FormulaRecord;
import org.apache.poi.hssf.record.LabelRecord;
import org.apache.poi.hssf.record.LabelSSTRecord;
import org.apache.poi.hssf.record.NumberRecord;
import org.apache.poi.hssf.record.Record;
import org.apache.poi.hssf.record.SSTRecord;
import org.apache.poi.hssf.record.StringRecord;
import org.apache.poi.poifs.filesystem.DirectoryNode;
import org.apache.poi.poifs.filesystem.POIFSFileSystem;

/// Word, PowerPoint and Excel files of before 2007. Excel's are read record by record. Of Word's it
/// is seen first that the pieces of the text are not longer together than the file, as each is
/// copied; what the library does with the rest takes time and memory in proportion to the file.
final class OldOffice {
  private OldOffice() {}

  static OfficeFile read(byte[] bytes, Bounds bounds) throws IOException {
    try (var file = new POIFSFileSystem(new ByteArrayInputStream(bytes))) {
      var root = file.getRoot();
      if (root.hasEntryCaseInsensitive("EncryptedPackage")) {
        throw new EncryptedDocumentException("a password is needed");
      }
      var words = new Words(bounds);
      if (root.hasEntryCaseInsensitive("Workbook")) {
        sheets(root, words);
        return words.file("");
      }
      if (root.hasEntryCaseInsensitive("WordDocument") && !fits(root)) {
        throw bounds.pass("packed-too-well");
      }
      try (var extractor = ExtractorFactory.createExtractor(file)) {
        words.add(extractor.getText());
        return words.file("");
      }
    }
  }

  private static ByteBuffer stream(DirectoryNode root, String name) throws IOException {
    try (var in = root.createDocumentInputStream(name)) {
      return ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  /// Whether the pieces of a text (MS-DOC, 2.8.35 and 2.9.38) follow one another and have no more
  /// characters than the file has bytes. Files of before 1997 have no such table.
  private static boolean fits(DirectoryNode root) throws IOException {
    var main = stream(root, "WordDocument");
    if (main.limit() < 0x1AA || main.getShort(2) < 0xC1) {
      return true;
    }
    boolean one = (main.getShort(0x0A) & 0x0200) != 0;
    var table = stream(root, one ? "1Table" : "0Table");
    int at = main.getInt(0x01A2);
    long end = at + (long) main.getInt(0x01A6);
    if (at < 0 || end > table.limit()) {
      return true; // the library says that it is damaged
    }
    while (at + 3 <= end && table.get(at) == 1) { // what is no table of pieces, passed over
      at += 3 + (table.getShort(at + 1) & 0xFFFF);
    }
    if (at + 5 > end || table.get(at) != 2) {
      return true;
    }
    long pieces = ((long) table.getInt(at + 1) - 4) / 12;
    long before = 0;
    for (long i = 0; i <= pieces && at + 5 + 4 * i + 4 <= end; i++) {
      int place = table.getInt((int) (at + 5 + 4 * i));
      if (place < before || place > main.limit()) {
        return false;
      }
      before = place;
    }
    return true;
  }

  private static void sheets(DirectoryNode root, Words words) throws IOException {
    var cells = new Cells(words);
    cells.shown = new FormatTrackingHSSFListener(cells);
    var request = new HSSFRequest();
    request.addListenerForAllRecords(cells.shown);
    new HSSFEventFactory().processWorkbookEvents(request, root);
  }

  /// The cells of all sheets in the order of the file, a line for each row.
  private static final class Cells implements HSSFListener {
    private final Words words;
    private final List<String> names = new ArrayList<>();
    private FormatTrackingHSSFListener shown;
    private SSTRecord strings;
    private int sheet;
    private int row = -1;
    private int awaited = -1; // row of a formula whose text stands in a record of its own

    Cells(Words words) {
      this.words = words;
    }

    @Override
    public void processRecord(Record record) {
      try {
        switch (record) {
          case BoundSheetRecord bound -> names.add(bound.getSheetname());
          case BOFRecord begin when begin.getType() == BOFRecord.TYPE_WORKSHEET -> begin();
          case SSTRecord all -> strings = all;
          case FormulaRecord cell when cell.hasCachedResultString() -> awaited = cell.getRow();
          case FormulaRecord cell -> cell(cell, shown.formatNumberDateCell(cell));
          case NumberRecord cell -> cell(cell, shown.formatNumberDateCell(cell));
          case BoolErrRecord cell
          when cell.isBoolean() -> cell(cell, cell.getBooleanValue() ? "TRUE" : "FALSE");
          case LabelSSTRecord cell ->
            cell(cell, strings.getString(cell.getSSTIndex()).getString());
          case LabelRecord cell -> cell(cell.getRow(), cell.getValue());
          case StringRecord text
          when awaited >= 0 -> {
            cell(awaited, text.getString());
            awaited = -1;
          }
          default -> words.add("");
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private void begin() throws IOException {
      words.add(row < 0 ? "" : "\n");
      words.add(sheet < names.size() ? names.get(sheet) : "");
      sheet++;
      row = -1;
      words.add("\n");
    }

    private void cell(CellRecord cell, String text) throws IOException {
      cell(cell.getRow(), text);
    }

    private void cell(int at, String text) throws IOException {
      if (row >= 0) {
        words.add(row == at ? '\t' : '\n');
      }
      row = at;
      words.add(text);
    }
  }
}
