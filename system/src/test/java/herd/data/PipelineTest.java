package herd.data;

import herd.data.source.Item;
import herd.data.source.Loaded;
import herd.data.source.Reading;
import herd.data.source.Source;
import herd.data.words.GopherQuality;
import herd.data.words.TokenCount;
import herd.data.words.WordRule;
import herd.engine.UserError;
import herd.run.Disk;
import herd.run.Interrupted;
import herd.run.Progress;
import herd.run.TimeLimit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PipelineTest {
  private static final List<Step> STEPS = List.of(
      new UrlFilter(List.of(new UrlFilter.Rule("listed", List.of("1")))),
      new ExtractHtml(),
      new UrlDuplicates(),
      new CommonLines(3, 1000, 2, true),
      new ExactDuplicates(),
      new ShortDocument(2),
      new NearDuplicates(2, 8, 2));

  /// Documents that are at hand; those without a text cannot be loaded.
  record AtHand(List<Doc> docs) implements Source {
    @Override
    public Path file() {
      return Path.of("hand");
    }

    @Override
    public long bytes() {
      return docs.size();
    }

    @Override
    public Cursor open() {
      var left = docs.iterator();
      return new Cursor() {
        @Override
        public Item next() {
          if (!left.hasNext()) {
            return null;
          }
          var doc = left.next();
          return new Item.Ready(doc.id(), 1, doc.text().length(), loaded(doc));
        }

        @Override
        public void close() {}
      };
    }

    private static Loaded loaded(Doc doc) {
      return doc.text().isEmpty()
          ? new Loaded.Unreadable("unreadable")
          : new Loaded.Document(
              doc.url(),
              doc.source(),
              doc.kind(),
              doc.group(),
              doc.title(),
              doc.text(),
              doc.date(),
              doc.language(),
              "",
              0,
              "",
              doc.metadata());
    }
  }

  record Outcome(List<Doc> documents, Funnel funnel) {}

  /// What a pipeline makes of documents, in small files.
  static Outcome run(List<Step> steps, List<Doc> docs, int threads, Progress progress) {
    try {
      var work = Files.createTempDirectory("pipeline");
      try {
        var pipeline = new Pipeline(steps, DocForm.STORED, 300, false, threads, 3, Pass.Care.USUAL);
        var result = pipeline.run(List.of(new AtHand(docs)), work, progress);
        var left = new ArrayList<Doc>();
        result.documents().forEach(file -> Stored.each(file, left::add));
        return new Outcome(left, result.funnel());
      } finally {
        Disk.delete(work);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Asks to stop the first time that it is asked after `left` calls.
  private record StopsAfter(AtomicInteger left) implements Progress {
    @Override
    public void at(long done, long total, String unit, Map<String, Object> facts) {}

    @Override
    public boolean interrupted() {
      return left.decrementAndGet() < 0;
    }
  }

  @Test
  void aRunThatIsStoppedAgainAndAgainEndsAsAnyOther() throws IOException {
    var docs = new ArrayList<Doc>();
    for (int i = 0; i < 3000; i++) {
      var text =
          "Word%d and line %d\nof some %d text that all share".formatted(i % 2900, i % 7, i % 40);
      docs.add(Archives.page("doc" + i, i % 11 == 0 ? "" : text));
    }
    var steps = List.of(
        new ShortDocument(2),
        new UrlDuplicates(),
        new ExactDuplicates(),
        new CommonLines(500, 1000, 2, true));
    var source = new AtHand(docs);
    var pipeline =
        new Pipeline(List.copyOf(steps), DocForm.JSONL, 20_000, true, 2, 3, Pass.Care.USUAL);
    var whole = Files.createTempDirectory("whole");
    var broken = Files.createTempDirectory("broken");
    try {
      var expected = pipeline.run(List.of(source), whole, Progress.NONE);
      Pipeline.Result result = null;
      int stops = 0;
      for (; result == null; stops++) {
        try {
          var stopping = new StopsAfter(new AtomicInteger(2 + stops % 9));
          result = pipeline.run(List.of(source), broken, stopping);
        } catch (Interrupted stopped) {
          assertThat(stops).isLessThan(1000);
        }
      }
      assertThat(stops).isGreaterThan(3);
      assertThat(bytes(result.documents())).isEqualTo(bytes(expected.documents()));
      assertThat(bytes(result.rejected())).isEqualTo(bytes(expected.rejected()));
      assertThat(counts(result.funnel())).isEqualTo(counts(expected.funnel()));
      assertThat(result.funnel().samples()).isEqualTo(expected.funnel().samples());
    } finally {
      Disk.delete(whole);
      Disk.delete(broken);
    }
  }

  private static Map<String, List<Byte>> bytes(List<Path> files) throws IOException {
    var all = new TreeMap<String, List<Byte>>();
    for (var file : files) {
      var bytes = new ArrayList<Byte>();
      for (byte b : Files.readAllBytes(file)) {
        bytes.add(b);
      }
      all.put(file.getFileName().toString(), bytes);
    }
    return all;
  }

  @Provide
  Arbitrary<List<Doc>> corpora() {
    var words = Arbitraries.of("tea", "cup", "spoon", "milk", "<p>", "hot water", "\n");
    var texts = words.list().ofMaxSize(12).map(list -> String.join(" ", list));
    return texts.list().ofMinSize(1).ofMaxSize(40).map(list -> {
      var docs = new ArrayList<Doc>();
      for (int i = 0; i < list.size(); i++) {
        docs.add(Archives.page("doc" + i, list.get(i)));
      }
      docs.add(Archives.page("last", "a page that no step has anything against, as it seems"));
      return docs;
    });
  }

  @Property(tries = 12)
  void threadsChangeNothing(
      @ForAll("corpora") List<Doc> docs, @ForAll @IntRange(min = 2, max = 5) int threads) {
    var one = run(STEPS, docs, 1, Progress.NONE);
    var many = run(STEPS, docs, threads, Progress.NONE);
    assertThat(many.documents()).isEqualTo(one.documents());
    assertThat(many.funnel().samples()).isEqualTo(one.funnel().samples());
    assertThat(counts(many.funnel())).isEqualTo(counts(one.funnel()));
  }

  private static List<String> counts(Funnel funnel) {
    return funnel.rows().stream()
        .map(row -> "%s %s %d %d %d"
            .formatted(
                row.step(),
                row.reason(),
                row.documents(),
                row.changed(),
                row.out().bytes()))
        .toList();
  }

  @Property(tries = 60)
  @Tag("slow")
  void bothHoldForManyMore(
      @ForAll("corpora") List<Doc> docs, @ForAll @IntRange(min = 2, max = 5) int threads) {
    threadsChangeNothing(docs, threads);
    everyDocumentIsCountedOnceInEachStep(docs);
  }

  @Property(tries = 12)
  void everyDocumentIsCountedOnceInEachStep(@ForAll("corpora") List<Doc> docs) {
    var result = run(STEPS, docs, 2, Progress.NONE);
    long before = docs.size();
    long kept = 0;
    long dropped = 0;
    for (var row : result.funnel().rows()) {
      if (row.kept()) {
        assertThat(row.documents() + dropped).as(row.step()).isEqualTo(before);
        before = row.documents();
        kept = row.out().bytes();
        dropped = 0;
      } else {
        dropped += row.documents();
      }
    }
    assertThat(result.documents()).hasSize((int) before);
    assertThat(result.documents().stream()
            .mapToLong(doc -> Tally.utf8Length(doc.text()))
            .sum())
        .isEqualTo(kept);
    var order = docs.stream().map(Doc::id).toList();
    assertThat(result.documents().stream().map(Doc::id).toList())
        .isSubsetOf(order)
        .isSortedAccordingTo((a, b) -> Integer.compare(order.indexOf(a), order.indexOf(b)));
  }

  @Test
  void nothingLeftNamesTheStepThatDroppedTheMost() {
    var docs = new ArrayList<Doc>();
    for (int i = 0; i < 5; i++) {
      docs.add(Archives.page("doc" + i, "word"));
    }
    docs.add(Archives.page("index1", "an index page"));
    var steps = List.of(STEPS.get(0), new ShortDocument(3));
    assertThatThrownBy(() -> run(steps, docs, 2, Progress.NONE))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("short-document")
        .hasMessageContaining("under-3-words");
    assertThatThrownBy(() -> run(steps, List.of(), 2, Progress.NONE))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("nothing to read");
  }

  @Test
  void aFileThatIsNotWhatItsNameSaysCostsNoOther() throws IOException {
    var dir = Files.createTempDirectory("files");
    try {
      var files = List.of(
          Files.writeString(dir.resolve("a.jsonl"), "{\"text\": \"one\"}"),
          Files.writeString(dir.resolve("b.zip"), "no archive"),
          Files.writeString(dir.resolve("c.parquet"), "no table"),
          Files.writeString(dir.resolve("d.jsonl.gz"), "not packed"),
          Files.writeString(dir.resolve("e.txt"), "two"));
      var sources = files.stream().map(f -> Source.of(f, Reading.all(1000))).toList();
      var pipeline = new Pipeline(List.of(), DocForm.STORED, 300, false, 2, 3, Pass.Care.USUAL);
      var result = pipeline.run(sources, dir.resolve("work"), Progress.NONE);
      var texts = new ArrayList<String>();
      result.documents().forEach(file -> Stored.each(file, doc -> texts.add(doc.text())));
      assertThat(texts).containsExactly("one", "two");
      assertThat(counts(result.funnel()).getFirst()).startsWith("read unreadable-file 3");
    } finally {
      Disk.delete(dir);
    }
  }

  @Test
  void stopsWhenAskedTo() {
    var asked = new Progress() {
      @Override
      public void at(long done, long total, String unit, Map<String, Object> facts) {}

      @Override
      public boolean interrupted() {
        return true;
      }
    };
    var docs = List.of(Archives.page("a", "some words here"));
    assertThatThrownBy(() -> run(STEPS, docs, 2, asked)).isInstanceOf(Interrupted.class);
  }

  /// Items of which some never end by themselves.
  private record Endless(List<String> ids, AtomicInteger ended) implements Source {
    @Override
    public Path file() {
      return Path.of("endless");
    }

    @Override
    public long bytes() {
      return ids.size();
    }

    @Override
    public Cursor open() {
      var left = ids.iterator();
      return new Cursor() {
        @Override
        public Item next() {
          return left.hasNext() ? new Spinning(left.next(), ended) : null;
        }

        @Override
        public void close() {}
      };
    }
  }

  private record Spinning(String id, AtomicInteger ended) implements Item {
    @Override
    public long weight() {
      return 1;
    }

    @Override
    public long bytes() {
      return 1 << 20; // two make a chunk
    }

    @Override
    public Loaded load() {
      try {
        while (id.startsWith("endless")) {
          TimeLimit.heed();
        }
      } finally {
        ended.incrementAndGet();
      }
      return AtHand.loaded(Archives.page(id, "text of " + id));
    }
  }

  @Test
  void whatTakesTooLongGoesAndItsThreadGoesOn() throws IOException {
    var ids = List.of("a", "endless 1", "b", "c", "endless 2", "d");
    var ended = new AtomicInteger();
    var work = Files.createTempDirectory("endless");
    try {
      var care = new Pass.Care(0.5, TokenCount.ESTIMATE);
      var pipeline = new Pipeline(List.of(), DocForm.STORED, 1 << 20, true, 2, 3, care);
      var result = pipeline.run(List.of(new Endless(ids, ended)), work, Progress.NONE);
      var left = new ArrayList<String>();
      result.documents().forEach(file -> Stored.each(file, doc -> left.add(doc.id())));
      assertThat(left).containsExactly("a", "b", "c", "d");
      assertThat(ended).hasValue(ids.size());
      var dropped = result.funnel().rows().getFirst();
      assertThat(dropped.step()).isEqualTo("read");
      assertThat(dropped.reason()).isEqualTo("time-limit");
      assertThat(dropped.documents()).isEqualTo(2);
      assertThat(dropped.seconds()).isGreaterThan(0.5);
    } finally {
      Disk.delete(work);
    }
  }

  @Test
  void tokensAreThoseOfTheTokenizerOrAnEstimateThatSaysSo() {
    var docs = List.of(Archives.page("a", "one two three"), Archives.code("b", "four"));
    var words = new TokenCount("words", true, text -> text.split(" ").length);
    for (var count : List.of(words, TokenCount.ESTIMATE)) {
      var facts = JsonMapper.shared().createObjectNode();
      run(List.of(new ShortDocument(2)), docs, count).writeTo(facts);
      assertThat(facts.path("tokensBy").asString()).isEqualTo(count.by());
      var name = count.exact() ? "tokens" : "estimatedTokens";
      var rows = facts.path("funnel");
      assertThat(rows.path(0).path(name).asLong()).isEqualTo(count.exact() ? 4 : 5);
      assertThat(rows.path(1).path(name).asLong()).isEqualTo(1);
      assertThat(rows.path(2).path(name + "In").asLong()).isEqualTo(count.exact() ? 3 : 4);
      assertThat(rows.path(2).path("bytesIn").asLong()).isEqualTo(13);
      assertThat(rows.path(0).has(count.exact() ? "estimatedTokens" : "tokens")).isFalse();
    }
    var facts = JsonMapper.shared().createObjectNode();
    run(List.of(new ExtractHtml()), List.of(Archives.page("p", "<p>a page")), words)
        .writeTo(facts);
    var rows = facts.path("funnel");
    assertThat(rows.path(0).has("tokens")).as("of HTML").isFalse();
    assertThat(rows.path(1).path("tokens").asLong()).isEqualTo(2);
    assertThat(rows.path(1).has("tokensIn")).isFalse();
  }

  private static Funnel run(List<Step> steps, List<Doc> docs, TokenCount tokens) {
    try {
      var work = Files.createTempDirectory("tokens");
      try {
        var care = new Pass.Care(30, tokens);
        var pipeline = new Pipeline(steps, DocForm.STORED, 300, false, 2, 3, care);
        return pipeline.run(List.of(new AtHand(docs)), work, Progress.NONE).funnel();
      } finally {
        Disk.delete(work);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void rulesAreTimedEachAndThoseWithoutAListSaySo() {
    var text = "Der Hund lief über die Wiese und bellte laut vor Freude. ".repeat(12);
    var docs = List.of(
        Archives.page("a", text).withLanguage("de"), Archives.page("b", text).withLanguage("xx"));
    var step = new Heuristics(WordRule.SCRIPTS, List.of(GopherQuality.USUAL));
    var parts = run(List.of(step), docs, TokenCount.ESTIMATE).parts().stream()
        .map(part -> part.step() + ", " + part.part() + ": " + part.documents())
        .toList();
    assertThat(parts)
        .containsExactly(
            "heuristics, gopher-quality: 2",
            "heuristics, gopher-quality: no list of stop words for xx: 1",
            "heuristics, words: 2");
  }
}
