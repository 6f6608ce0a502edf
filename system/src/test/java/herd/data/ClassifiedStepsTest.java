package herd.data;

import herd.engine.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

import static herd.data.StepsTest.outcome;
import static herd.data.StepsTest.outcomes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/// Steps that ask a fastText model, and the ranking by what it says.
class ClassifiedStepsTest {
  private static final String MODELS = "src/test/resources/herd/data/fasttext/";
  private static final String TEXT = "kalo ka lo ka mi lo ka";

  private static Doc page(String text) {
    return Archives.page("a", text);
  }

  @Test
  void theLanguageIsFoundAndOthersGo() {
    var any = new LanguageFilter(MODELS + "tree.bin", List.of(), 0, Map.of());
    var kept = ((Verdict.Keep) any.judge(page(TEXT))).doc();
    assertThat(kept.language()).isEqualTo("ada");
    double sure = Double.parseDouble(kept.metadata().get("languageProbability"));
    assertThat(sure).isBetween(0.2, 1.0);
    var other = new LanguageFilter(MODELS + "tree.bin", List.of("bohr"), 0, Map.of());
    assertThat(outcome(other.judge(page(TEXT)))).isEqualTo("other-language");
    var mixed = page("xa wi ze lo ту");
    var found = ((Verdict.Keep) any.judge(mixed)).doc().language();
    var unsure = new LanguageFilter(MODELS + "tree.bin", List.of(), 0, Map.of(found, 1.0));
    assertThat(outcome(unsure.judge(mixed))).isEqualTo("unsure-language");
    assertThat(outcome(other.judge(Archives.code("a", TEXT)))).isEqualTo(TEXT);
  }

  @Test
  void theScoreOfALabelIsLeftInTheDocument() {
    var step = new QualityModel(MODELS + "softmax.bin", "ada", "quality", 0, Map.of());
    var judge = step.ready().forThread();
    double good = score(judge.judge(page(TEXT)));
    double bad = score(judge.judge(page("語 xa yo ze")));
    assertThat(good).isGreaterThan(bad);
    var strict =
        new QualityModel(MODELS + "softmax.bin", "ada", "quality", (good + bad) / 2, Map.of());
    assertThat(outcome(strict.judge(page(TEXT)))).isEqualTo(TEXT);
    assertThat(outcome(strict.judge(page("語 xa yo ze")))).isEqualTo("low-quality");
    var lenient = new QualityModel(
        MODELS + "softmax.bin", "ada", "quality", (good + bad) / 2, Map.of("de", 0.0));
    assertThat(outcome(lenient.judge(page("語 xa").withLanguage("de")))).isEqualTo("語 xa");
  }

  @Test
  void aModelOfTheUsersIsAmongTheFilesOfTheStep() {
    var file = MODELS + "softmax.bin";
    assertThat(new QualityModel(file, "ada", "quality", 0, Map.of()).files()).containsExactly(file);
    assertThat(new LanguageFilter("file:" + file, List.of(), 0, Map.of()).files())
        .containsExactly(file);
    assertThat(new LanguageFilter("lid.176.ftz", List.of(), 0, Map.of()).files())
        .isEmpty();
  }

  private static double score(Verdict verdict) {
    return Double.parseDouble(((Verdict.Keep) verdict).doc().metadata().get("quality"));
  }

  @Test
  void whatIsNotThereIsAUsersMistake() {
    assertThatThrownBy(() -> new LanguageFilter("absent.ftz", List.of(), 0, Map.of()).ready())
        .isInstanceOf(UserError.class)
        .hasMessageContaining("absent.ftz");
    assertThatThrownBy(
            () -> new LanguageFilter(MODELS + "tree.bin", List.of("xx"), 0, Map.of()).ready())
        .isInstanceOf(UserError.class)
        .hasMessageContaining("ada, ");
    assertThatThrownBy(
            () -> new QualityModel(MODELS + "tree.bin", "best", "quality", 0, Map.of()).ready())
        .isInstanceOf(UserError.class)
        .hasMessageContaining("label: best");
    assertThatThrownBy(() -> new BestShare("quality", 0.5).sketch(page(TEXT)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("quality-model");
  }

  /// Of each language the asked share stays, rounded up, and nothing that goes is better.
  @Property(tries = 100)
  void theBestShareOfEachLanguageStays(
      @ForAll @Size(min = 1, max = 40) List<@DoubleRange(min = -2, max = 2) Double> scores,
      @ForAll @DoubleRange(min = 0.01, max = 1) double share) {
    var docs = new ArrayList<Doc>();
    for (int i = 0; i < scores.size(); i++) {
      docs.add(Archives.page("" + i, "text " + i)
          .withLanguage(i % 3 == 0 ? "de" : "en")
          .with("quality", "" + scores.get(i)));
    }
    var outcomes = outcomes(new BestShare("quality", share), docs);
    for (var language : List.of("de", "en")) {
      double worstKept = Double.POSITIVE_INFINITY;
      double bestDropped = Double.NEGATIVE_INFINITY;
      int kept = 0;
      int all = 0;
      for (int i = 0; i < scores.size(); i++) {
        if (docs.get(i).language().equals(language)) {
          all++;
          if (outcomes.get(i).equals("below-best-share")) {
            bestDropped = Math.max(bestDropped, scores.get(i));
          } else {
            kept++;
            worstKept = Math.min(worstKept, scores.get(i));
          }
        }
      }
      assertThat(kept).isEqualTo((int) Math.ceil(share * all));
      assertThat(bestDropped).isLessThanOrEqualTo(worstKept);
    }
  }
}
