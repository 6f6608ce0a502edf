package herd.data;

import herd.engine.UserError;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

import static herd.data.StepsTest.outcome;
import static herd.data.StepsTest.outcomes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

/// Steps that say what documents are about, and thin out what there is too much of.
class MixStepsTest {
  private static final String MODEL = "src/test/resources/herd/data/fasttext/softmax.bin";

  private static Doc of(String category, String text) {
    return Archives.page(text, text).with("category", category);
  }

  @Test
  void theLikeliestCategoryIsLeftInTheDocument() {
    var step = new KnowledgeCategory(MODEL, "category", 0, Map.of(), "other");
    var text = "kalo ka lo ka mi lo ka";
    var found = ((Verdict.Keep) step.ready().forThread().judge(Archives.page("a", text))).doc();
    assertThat(found.metadata()).containsEntry("category", "ada");
    double sure = Double.parseDouble(found.metadata().get("categoryProbability"));
    assertThat(sure).isBetween(0.01, 1.0);
    var strict = new KnowledgeCategory(MODEL, "topic", 1, Map.of("de", 0.0), "other");
    var doc = Archives.page("a", "xa wi ze lo ту");
    assertThat(((Verdict.Keep) strict.judge(doc)).doc().field("topic")).isEqualTo("other");
    assertThat(((Verdict.Keep) strict.judge(doc.withLanguage("de"))).doc().field("topic"))
        .isNotEqualTo("other");
    var empty = ((Verdict.Keep) step.judge(Archives.page("a", ""))).doc();
    assertThat(empty.field("category")).isNotEmpty();
    assertThatThrownBy(() -> new KnowledgeCategory(MODEL, "Topic", 0, Map.of(), "other"))
        .isInstanceOf(UserError.class);
  }

  @Test
  void theStatedRateOfACategoryStays() {
    var step = new DownSample("category", Map.of("Arts & Entertainment", 0.25, "ads", 0.0), 1);
    int kept = 0;
    int all = 4000;
    for (int i = 0; i < all; i++) {
      var outcome = outcome(step.judge(of("Arts & Entertainment", "text " + i)));
      kept += outcome.equals("over-represented-arts-entertainment") ? 0 : 1;
      assertThat(outcome(step.judge(of("ads", "text " + i)))).isEqualTo("over-represented-ads");
    }
    assertThat(kept / (double) all).isCloseTo(0.25, within(0.03));
    assertThat(outcome(step.judge(of("science", "x")))).isEqualTo("x");
    assertThat(outcome(step.judge(Archives.page("a", "x")))).isEqualTo("x");
    var kind = new DownSample("kind", Map.of("code", 0.0), 1);
    assertThat(outcome(kind.judge(Archives.code("a", "x")))).isEqualTo("over-represented-code");
    assertThatThrownBy(() -> new DownSample("category", Map.of("a", 1.5), 1))
        .hasMessageContaining("rates.a");
    assertThatThrownBy(() -> new DownSample("category", Map.of(), 1)).isInstanceOf(UserError.class);
  }

  /// A higher rate keeps what a lower one keeps, and another seed asks about others.
  @Property(tries = 200)
  void ratesAreNested(
      @ForAll String text,
      @ForAll @DoubleRange(min = 0, max = 1) double one,
      @ForAll @DoubleRange(min = 0, max = 1) double other) {
    var low = new DownSample("category", Map.of("a", Math.min(one, other)), 7);
    var high = new DownSample("category", Map.of("a", Math.max(one, other)), 7);
    if (low.judge(of("a", text)) instanceof Verdict.Keep) {
      assertThat(high.judge(of("a", text))).isInstanceOf(Verdict.Keep.class);
    }
    assertThat(high.judge(of("a", text))).isEqualTo(high.judge(of("a", text)));
  }

  /// Of 100 texts 60 are arts and 20 ads; the other 20 are 50% of 40, of which arts may have 40%
  /// (16 texts) and ads 10% (4 texts).
  @Test
  void sharesAreThoseOfWhatIsLeft() {
    var docs = new ArrayList<Doc>();
    for (int i = 0; i < 60; i++) docs.add(of("arts", "%02d".formatted(i)));
    for (int i = 60; i < 80; i++) docs.add(of("ads", "%02d".formatted(i)));
    for (int i = 80; i < 100; i++) docs.add(of("science", "%02d".formatted(i)));
    var outcomes = outcomes(new LimitShares("category", Map.of("arts", 0.4, "ads", 0.1), 1), docs);
    assertThat(Collections.frequency(outcomes, "over-represented-arts")).isEqualTo(60 - 16);
    assertThat(Collections.frequency(outcomes, "over-represented-ads")).isEqualTo(20 - 4);
  }

  @Test
  void whatKeepsItsShareStaysWhole() {
    var docs = List.of(of("arts", "aaaa"), of("science", "bbbbbb"));
    assertThat(outcomes(new LimitShares("category", Map.of("arts", 0.4), 1), docs))
        .containsExactly("aaaa", "bbbbbb");
    assertThat(outcomes(new LimitShares("category", Map.of("arts", 1.0), 1), docs.subList(0, 1)))
        .containsExactly("aaaa");
    assertThatThrownBy(
            () -> outcomes(new LimitShares("category", Map.of("arts", 0.4), 1), docs.subList(0, 1)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("shares");
  }

  /// No category has more than its share, none could have kept one document more of its order, and
  /// the order of the corpus does not matter.
  @Property(tries = 100)
  void limitsHold(
      @ForAll @Size(min = 4, max = 40) List<@IntRange(min = 1, max = 30) Integer> sizes,
      @ForAll @DoubleRange(min = 0, max = 0.45) double arts,
      @ForAll @DoubleRange(min = 0, max = 0.45) double ads,
      @ForAll long seed) {
    var docs = new ArrayList<Doc>();
    for (int i = 0; i < sizes.size(); i++) {
      var category = List.of("science", "arts", "ads", "arts").get(i % 4);
      docs.add(of(category, i + "x".repeat(sizes.get(i))));
    }
    var step = new LimitShares("category", Map.of("arts", arts, "ads", ads), 3);
    var kept = kept(step, docs);
    double whole = bytes(kept, "");
    double longest = 2 + 30;
    assertThat(bytes(kept, "science")).isEqualTo(bytes(texts(docs), "science"));
    for (var limit : Map.of("arts", arts, "ads", ads).entrySet()) {
      double mine = bytes(kept, limit.getKey());
      assertThat(mine).isLessThanOrEqualTo(limit.getValue() * (whole + 2 * longest) + 1e-9);
      if (mine < bytes(texts(docs), limit.getKey())) {
        assertThat(mine + longest).isGreaterThanOrEqualTo(limit.getValue() * whole);
      }
    }
    Collections.shuffle(docs, new Random(seed));
    assertThat(kept(step, docs)).isEqualTo(kept);
  }

  private static Set<String> texts(List<Doc> docs) {
    var texts = new HashSet<String>();
    docs.forEach(doc -> texts.add(doc.field("category") + " " + doc.text()));
    return texts;
  }

  private static Set<String> kept(LimitShares step, List<Doc> docs) {
    var outcomes = outcomes(step, docs);
    var kept = new HashSet<String>();
    for (int i = 0; i < docs.size(); i++) {
      if (outcomes.get(i).equals(docs.get(i).text())) {
        kept.add(docs.get(i).field("category") + " " + docs.get(i).text());
      }
    }
    return kept;
  }

  private static double bytes(Set<String> texts, String category) {
    return texts.stream()
        .filter(text -> text.startsWith(category))
        .mapToInt(text -> text.length() - text.indexOf(' ') - 1)
        .sum();
  }
}
