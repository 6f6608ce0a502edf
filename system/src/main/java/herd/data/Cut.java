package herd.data;

/// What is left of a text when pieces of it go: the others stay as they are, but where a piece went
/// between two blank lines only one of these stays.
final class Cut {
  private final String text;
  private StringBuilder kept; // null while nothing went
  private int done; // characters of the text that are dealt with

  Cut(String text) {
    this.text = text;
  }

  /// The next line, from `start` to its break at `end`, or the end of the text.
  void line(int start, int end, boolean goes) {
    if (goes) {
      begin(start);
    } else if (kept != null && (start < end || !endsBlank())) {
      kept.append(text, start, Math.min(end + 1, text.length()));
    }
    done = Math.min(end + 1, text.length());
  }

  /// Takes out `start..end` and keeps what lies before it and was not dealt with.
  void out(int start, int end) {
    begin(done);
    if (start > done) {
      kept.append(text, done, start);
    }
    done = Math.max(done, end);
  }

  private void begin(int start) {
    if (kept == null) {
      kept = new StringBuilder(text.length()).append(text, 0, start);
    }
  }

  private boolean endsBlank() {
    int n = kept.length();
    return n == 0 || n > 1 && kept.charAt(n - 1) == '\n' && kept.charAt(n - 2) == '\n';
  }

  /// The document with what is left.
  /// @param reason why it goes if nothing is
  Verdict verdict(Doc doc, String reason) {
    if (kept == null) {
      return new Verdict.Keep(doc);
    }
    var left = kept.append(text, done, text.length()).toString().strip();
    return left.isEmpty() ? new Verdict.Drop(reason) : new Verdict.Keep(doc.withText(left));
  }
}
