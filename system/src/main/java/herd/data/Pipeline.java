package herd.data;

import herd.data.Verdict.Drop;
import herd.data.Verdict.Keep;
import herd.engine.UserError;
import herd.run.Interrupted;
import herd.run.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// Takes the documents of archives through the steps, on all cores; counts, samples and times what
/// the steps do. The outcome does not depend on the number of threads.
///
/// A run of document steps is done document by document, so that a page's HTML is gone before the
/// next page is read; only what a corpus step must see together is held in memory.
final class Pipeline {
  private static final Pattern HUMP = Pattern.compile("(?<=[a-z0-9])(?=[A-Z])");
  private static final String READ = "read";

  private final List<Step> steps;
  private final long maxBytes;
  private final Progress progress;
  private final Funnel funnel = new Funnel();
  private final AtomicLong done = new AtomicLong();

  Pipeline(List<Step> steps, long maxBytes, Progress progress) {
    this.steps = steps;
    this.maxBytes = maxBytes;
    this.progress = progress;
  }

  /// A document's way through some document steps.
  /// @param doc what came out, null if it was dropped
  /// @param bytes after reading and after each step it passed
  /// @param nanos spent in reading and in each step
  /// @param reason why the step after the last passed one dropped it
  private record Passage(
      Doc doc, List<Long> bytes, List<Long> nanos, String id, String reason, String head) {}

  /// The documents that passed all steps, in the order of archives and entries.
  /// @throws UserError if none did; names the step that dropped the most
  List<Doc> run(List<Path> archives) {
    int leading = 0;
    while (leading < steps.size() && steps.get(leading) instanceof DocumentStep) {
      leading++;
    }
    var docs = readAll(archives, documentSteps(0, leading));
    for (int at = leading; at < steps.size(); ) {
      if (steps.get(at) instanceof CorpusStep step) {
        docs = judgeAll(step, docs);
        at++;
      } else {
        int end = at;
        while (end < steps.size() && steps.get(end) instanceof DocumentStep) {
          end++;
        }
        docs = passAll(docs, documentSteps(at, end));
        at = end;
      }
    }
    if (docs.isEmpty()) {
      var most = funnel.greediest();
      throw new UserError(
          "curate",
          most == null ? "no document in the sources" : "no document left; most went by " + most,
          "at least one document after all steps",
          "Loosen or remove that step, or give other sources.");
    }
    return docs;
  }

  Funnel funnel() {
    return funnel;
  }

  /// Names of reading and of all steps, in order, as the funnel has them.
  List<String> names() {
    var names = new ArrayList<String>(List.of(READ));
    steps.forEach(step -> names.add(name(step)));
    return names;
  }

  private List<DocumentStep> documentSteps(int from, int to) {
    return steps.subList(from, to).stream().map(DocumentStep.class::cast).toList();
  }

  private static String name(Step step) {
    var words = HUMP.matcher(step.getClass().getSimpleName()).replaceAll("-");
    return words.toLowerCase(Locale.ROOT);
  }

  private List<Doc> readAll(List<Path> archives, List<DocumentStep> first) {
    long total = 0;
    for (var archive : archives) {
      try (var source = new JarSource(archive)) {
        total += source.entries().size();
      }
    }
    var docs = new ArrayList<Doc>();
    for (var archive : archives) {
      try (var source = new JarSource(archive)) {
        long all = total;
        var passages = source.entries().parallelStream()
            .map(entry -> readOne(source, entry, first, all))
            .toList();
        passages.forEach(passage -> book(passage, READ, first, docs));
      }
    }
    return docs;
  }

  private Passage readOne(JarSource source, String entry, List<DocumentStep> first, long total) {
    long start = System.nanoTime();
    var read = source.read(entry, maxBytes);
    report(total);
    return switch (read) {
      case JarSource.Read.None(String id, String reason) ->
        new Passage(null, List.of(), List.of(System.nanoTime() - start), id, reason, "");
      case JarSource.Read.Some(Doc doc) -> pass(doc, first, System.nanoTime() - start);
    };
  }

  private void report(long total) {
    long now = done.incrementAndGet();
    if (now % 64 == 0) {
      if (progress.interrupted()) {
        throw new Interrupted();
      }
      synchronized (this) {
        progress.at(now, total, "documents", Map.of());
      }
    }
  }

  private List<Doc> passAll(List<Doc> docs, List<DocumentStep> run) {
    var passages = docs.parallelStream().map(doc -> pass(doc, run, 0)).toList();
    var kept = new ArrayList<Doc>();
    passages.forEach(passage -> book(passage, null, run, kept));
    return kept;
  }

  private static Passage pass(Doc doc, List<DocumentStep> run, long nanosBefore) {
    var bytes = new ArrayList<Long>();
    var nanos = new ArrayList<Long>();
    nanos.add(nanosBefore);
    bytes.add(Funnel.bytes(doc.text()));
    var at = doc;
    for (var step : run) {
      long start = System.nanoTime();
      var verdict = step.judge(at);
      nanos.add(System.nanoTime() - start);
      switch (verdict) {
        case Keep(Doc kept) -> {
          bytes.add(kept == at ? bytes.getLast() : (Long) Funnel.bytes(kept.text()));
          at = kept;
        }
        case Drop(String reason) -> {
          return new Passage(null, bytes, nanos, at.id(), reason, Funnel.head(at.text()));
        }
      }
    }
    return new Passage(at, bytes, nanos, at.id(), null, null);
  }

  /// Enters a passage in the funnel; in one thread and in order, so that samples are the first.
  private void book(Passage passage, String before, List<DocumentStep> run, List<Doc> kept) {
    var passed = new ArrayList<String>();
    if (before != null) {
      passed.add(before);
    }
    run.forEach(step -> passed.add(name(step)));
    int skipped = before == null ? 1 : 0;
    for (int i = skipped; i < passage.nanos().size(); i++) {
      funnel.seconds(passed.get(i - skipped), passage.nanos().get(i) / 1e9);
    }
    for (int i = skipped; i < passage.bytes().size(); i++) {
      funnel.kept(passed.get(i - skipped), passage.bytes().get(i));
    }
    if (passage.doc() != null) {
      kept.add(passage.doc());
    } else {
      int at = passage.bytes().size() - skipped;
      long bytes = passage.bytes().isEmpty() ? 0 : passage.bytes().getLast();
      funnel.dropped(passed.get(at), passage.reason(), passage.id(), passage.head(), bytes);
    }
  }

  private List<Doc> judgeAll(CorpusStep step, List<Doc> docs) {
    if (progress.interrupted()) {
      throw new Interrupted();
    }
    long start = System.nanoTime();
    var reasons = step.judge(docs);
    funnel.seconds(name(step), (System.nanoTime() - start) / 1e9);
    var kept = new ArrayList<Doc>();
    IntStream.range(0, reasons.length).forEach(i -> {
      var doc = docs.get(i);
      long bytes = Funnel.bytes(doc.text());
      if (reasons[i] == null) {
        funnel.kept(name(step), bytes);
        kept.add(doc);
      } else {
        var head = Funnel.head(doc.text());
        funnel.dropped(name(step), reasons[i], doc.id(), head, bytes);
      }
    });
    return kept;
  }
}
