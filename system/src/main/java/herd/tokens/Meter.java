package herd.tokens;

import herd.run.Progress;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/// What a run has done so far, counted from several threads.
final class Meter {
  private final long total;
  private final Progress progress;
  private final long start = System.nanoTime();
  private final LongAdder read = new LongAdder();
  private final LongAdder documents = new LongAdder();
  private final LongAdder dropped = new LongAdder();
  private final LongAdder tokens = new LongAdder();
  private final LongAdder bytes = new LongAdder();

  /// @param total bytes of all files
  Meter(long total, Progress progress) {
    this.total = total;
    this.progress = progress;
  }

  /// Bytes of files are done.
  void read(long more) {
    read.add(more);
    double rate = tokens.sum() / Math.max(1e-9, seconds());
    progress.at(Math.min(read.sum(), total), total, "bytes", Map.of("tokens/s", rate));
  }

  void document(int itsTokens, long itsBytes) {
    documents.increment();
    tokens.add(itsTokens);
    bytes.add(itsBytes);
  }

  void dropped() {
    dropped.increment();
  }

  double seconds() {
    return (System.nanoTime() - start) / 1e9;
  }

  long documents() {
    return documents.sum();
  }

  long droppedDocuments() {
    return dropped.sum();
  }

  long tokens() {
    return tokens.sum();
  }

  long bytes() {
    return bytes.sum();
  }
}
