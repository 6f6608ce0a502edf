package herd.data.fasttext;

import herd.engine.UserError;
import java.util.List;

/// Lines that a classifier is trained on: `__label__good the text`.
public final class LabelledLines {
  private LabelledLines() {}

  /// The line of a text: its line ends become blanks.
  /// @throws UserError if a label is empty or has a blank in it
  public static String line(List<String> labels, String text) {
    var line = new StringBuilder(text.length() + 32);
    for (String label : labels) {
      if (label.isBlank() || label.chars().anyMatch(c -> c <= ' ')) {
        throw new UserError(
            "label", "'" + label + "'", "a word without blanks", "Write 'not-good', say.");
      }
      line.append(Dictionary.LABEL).append(label).append(' ');
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      line.append(c == '\n' || c == '\r' ? ' ' : c);
    }
    return line.append('\n').toString();
  }
}
