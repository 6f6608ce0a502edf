package herd.data;

import herd.engine.UserError;
import herd.run.Interrupted;
import herd.run.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

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
  private record AtHand(List<Doc> docs) implements Source {
    @Override
    public List<Item> items() {
      var items = new ArrayList<Item>();
      for (var doc : docs) {
        items.add(new Item() {
          @Override
          public String id() {
            return doc.id();
          }

          @Override
          public long weight() {
            return 1;
          }

          @Override
          public long bytes() {
            return doc.text().length();
          }

          @Override
          public Verdict load() {
            return doc.text().isEmpty() ? new Verdict.Drop("unreadable") : new Verdict.Keep(doc);
          }
        });
      }
      return items;
    }
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

  @Property(tries = 60)
  void threadsChangeNothing(
      @ForAll("corpora") List<Doc> docs, @ForAll @IntRange(min = 2, max = 5) int threads) {
    var one = new Pipeline(STEPS, 1, 3).run(new AtHand(docs), Progress.NONE);
    var many = new Pipeline(STEPS, threads, 3).run(new AtHand(docs), Progress.NONE);
    assertThat(many.documents()).isEqualTo(one.documents());
    assertThat(many.funnel().samples()).isEqualTo(one.funnel().samples());
    assertThat(counts(many.funnel())).isEqualTo(counts(one.funnel()));
  }

  private static List<String> counts(Funnel funnel) {
    return funnel.rows().stream()
        .map(row -> "%s %s %d %d %d"
            .formatted(row.step(), row.reason(), row.documents(), row.changed(), row.bytes()))
        .toList();
  }

  @Property(tries = 60)
  void everyDocumentIsCountedOnceInEachStep(@ForAll("corpora") List<Doc> docs) {
    var result = new Pipeline(STEPS, 2, 3).run(new AtHand(docs), Progress.NONE);
    long before = docs.size();
    long kept = 0;
    long dropped = 0;
    for (var row : result.funnel().rows()) {
      if (row.kept()) {
        assertThat(row.documents() + dropped).as(row.step()).isEqualTo(before);
        before = row.documents();
        kept = row.bytes();
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
    var pipeline = new Pipeline(List.of(STEPS.get(0), new ShortDocument(3)), 2, 1);
    assertThatThrownBy(() -> pipeline.run(new AtHand(docs), Progress.NONE))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("short-document")
        .hasMessageContaining("under-3-words");
    assertThatThrownBy(() -> pipeline.run(new AtHand(List.of()), Progress.NONE))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("nothing to read");
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
    var docs = new AtHand(List.of(Archives.page("a", "some words here")));
    assertThatThrownBy(() -> new Pipeline(STEPS, 2, 1).run(docs, asked))
        .isInstanceOf(Interrupted.class);
  }
}
