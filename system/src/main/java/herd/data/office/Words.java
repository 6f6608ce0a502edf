package herd.data.office;

import java.io.IOException;

/// A text that grows within bounds: paragraphs are lines, cells of a row stand between tabs.
final class Words {
  private final Bounds bounds;
  private final StringBuilder text = new StringBuilder();

  Words(Bounds bounds) {
    this.bounds = bounds;
  }

  void add(char[] chars, int from, int length) throws IOException {
    bounds.heed(text.length(), length);
    text.append(chars, from, length);
  }

  void add(String more) throws IOException {
    bounds.heed(text.length(), more.length());
    text.append(more);
  }

  void add(char more) throws IOException {
    bounds.heed(text.length(), 1);
    text.append(more);
  }

  /// A cell ends: its last paragraph does not end its line.
  void endCell() throws IOException {
    strip('\n');
    add('\t');
  }

  /// A row ends.
  void endRow() throws IOException {
    strip('\t');
    add('\n');
  }

  private void strip(char end) {
    int last = text.length() - 1;
    if (last >= 0 && text.charAt(last) == end) {
      text.setLength(last);
    }
  }

  /// The file's text.
  OfficeFile file(String title) {
    return file(text.toString(), title);
  }

  /// A text with lines of one kind.
  static OfficeFile file(String text, String title) {
    var said = title == null ? "" : title.strip();
    var whole = text.replace("\r\n", "\n").replace('\r', '\n').strip();
    return whole.isEmpty() ? new OfficeFile.None("no-text") : new OfficeFile.Text(said, whole);
  }
}
