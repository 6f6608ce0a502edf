package herd.data;

import herd.data.words.MeanWordLength;
import herd.data.words.TextRule;
import herd.data.words.WordRule;
import herd.engine.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/// Steps that find the same again: they keep order, do nothing the second time, and do not depend
/// on threads.
class DedupStepsTest {
  private static Doc doc(String id, String text, String date, Map<String, String> metadata) {
    return new Doc(id, id, "s", "text", id, "", text, date, "", Doc.Origin.NONE, metadata);
  }

  private static Doc doc(String id, String text) {
    return doc(id, text, "", Map.of());
  }

  /// What is left, sketches made by several threads.
  private static List<Doc> left(CorpusStep step, List<Doc> docs) {
    try {
      var scratch = Files.createTempDirectory("steps");
      var sketches = docs.parallelStream().map(step::sketch).toList();
      var judge = step.judge(Sketches.of(sketches, scratch));
      var left = IntStream.range(0, docs.size())
          .mapToObj(i -> judge.judge(i, docs.get(i)))
          .filter(Verdict.Keep.class::isInstance)
          .map(verdict -> ((Verdict.Keep) verdict).doc())
          .toList();
      try (var files = Files.list(scratch)) {
        for (var file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(scratch);
      return left;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Doc> random(long seed) {
    var random = new Random(seed);
    var docs = new ArrayList<Doc>();
    var lines = new ArrayList<String>();
    for (int i = 0; i < 12; i++) {
      lines.add(letters(random, 6 + random.nextInt(20)));
    }
    for (int d = 0; d < 30; d++) {
      var text = new StringBuilder();
      for (int i = random.nextInt(8); i >= 0; i--) {
        text.append(lines.get(random.nextInt(lines.size())))
            .append(random.nextBoolean() ? "\n" : "\n\n");
      }
      docs.add(doc("d" + d, text.toString().strip()));
    }
    return docs;
  }

  private static String letters(Random random, int words) {
    var text = new StringBuilder();
    for (int i = 0; i < words; i++) {
      text.append(i > 0 ? " " : "");
      for (int k = 0; k < 5; k++) {
        text.append((char) ('a' + random.nextInt(26)));
      }
    }
    return text.toString();
  }

  @Property(tries = 60)
  void twiceIsOnceAndOrderStays(@ForAll long seed) {
    var docs = random(seed);
    var ids = docs.stream().map(Doc::id).toList();
    for (var step : List.of(
        new NearDuplicates(5, 14, 8),
        new CommonLines(3, 1000, 1, true),
        new RepeatedParagraphs(3, true))) {
      var once = left(step, docs);
      assertThat(left(step, once)).as(step.kind()).isEqualTo(once);
      assertThat(once.stream().map(doc -> ids.indexOf(doc.id())).toList()).isSorted();
    }
  }

  @Test
  void theBestOfAClusterStays() {
    var random = new Random(1);
    var text = letters(random, 200);
    var docs = List.of(
        doc("first", text),
        doc("new", text + " x", "2024-05-01", Map.of()),
        doc("newest", text, "2024-05-01T10:00:00Z", Map.of()),
        doc("good", text, "2001-01-01", Map.of("quality", "0.5")),
        doc("bad", text, "2024-06-01", Map.of("quality", "-3")),
        doc("other", letters(random, 200)));
    assertThat(left(new NearDuplicates(5, 14, 8), docs).stream().map(Doc::id))
        .containsExactly("good", "other");
    assertThat(left(new NearDuplicates(5, 14, 8), docs.subList(0, 3)).stream().map(Doc::id))
        .containsExactly("newest");
  }

  @Test
  void aCorpusThatComesLaterIsComparedWithTheIndexOfTheEarlier(@TempDir Path dir) {
    var random = new Random(2);
    var known = letters(random, 150);
    var fresh = letters(random, 150);
    var index = dir.resolve("corpus.index").toString();
    var writing = new NearDuplicates(5, 14, 8, 1, 0, true, "quality", "", index, false);
    left(writing, List.of(doc("a", known), doc("b", letters(random, 150))));
    var second = dir.resolve("second.index").toString();
    var reading = new NearDuplicates(5, 14, 8, 1, 0, true, "quality", index, second, false);
    assertThat(left(reading, List.of(doc("c", known + " more"), doc("d", fresh))))
        .extracting(Doc::id)
        .containsExactly("d");
    var third = new NearDuplicates(5, 14, 8, 1, 0, true, "quality", second, "", false);
    assertThat(left(third, List.of(doc("e", known), doc("f", fresh + " x")))).isEmpty();
    var other = new NearDuplicates(4, 14, 8, 1, 0, true, "quality", second, "", false);
    assertThatThrownBy(() -> left(other, List.of(doc("e", known))))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("other settings");
    assertThat(reading.files()).containsExactly(index);
    assertThatThrownBy(() -> new NearDuplicates(5, 14, 8, 1, 0, true, "", index, index, false))
        .isInstanceOf(UserError.class);
  }

  @Test
  void pairsCanBeVerified() {
    var random = new Random(3);
    var text = letters(random, 120);
    var docs = List.of(doc("a", text), doc("b", text + " " + letters(random, 12)));
    assertThat(left(new NearDuplicates(5, 64, 2), docs)).hasSize(1);
    assertThat(left(new NearDuplicates(5, 64, 2, 1, 0.99, true, "", "", "", false), docs))
        .hasSize(2);
    assertThat(left(new NearDuplicates(5, 64, 2, 1, 0.8, true, "", "", "", false), docs))
        .hasSize(1);
  }

  @Test
  void linesAreCountedInBucketsAndLanguages() {
    var docs = IntStream.range(0, 6)
        .mapToObj(i -> doc("d" + i, "We use tea\nown " + i))
        .toList();
    assertThat(left(new CommonLines(3, 6, 1, true), docs).getFirst().text()).isEqualTo("own 0");
    assertThat(left(new CommonLines(3, 3, 1, true), docs)).isEqualTo(docs);
    var german = docs.stream()
        .map(doc -> doc.id().compareTo("d3") < 0 ? doc.withLanguage("de") : doc)
        .toList();
    assertThat(left(new CommonLines(3, 6, 1, true), german)).isEqualTo(german);
    assertThat(left(new CommonLines(3, 6, 1, false), german)).isNotEqualTo(german);
  }

  @Test
  void passagesThatStoodBeforeAreCut() {
    var random = new Random(4);
    var passage = letters(random, 30);
    var docs = List.of(
        doc("a", "Start of one. " + passage + " End of one."),
        doc("b", "Other\n  start: " + passage.replace(" ", "\n") + " other end."),
        doc("c", passage));
    var left = left(new RepeatedPassages(20, true), docs);
    assertThat(left)
        .extracting(Doc::text)
        .containsExactly(docs.getFirst().text(), "Other\n  start: other end.");
  }

  @Test
  void paragraphsThatStoodBeforeAreCutAndTheOthersKeepTheirShape() {
    var same = "Cookies are good for you,\nsay we.";
    var docs = List.of(
        doc("a", "  One here\n\n" + same + "\n\n\nThree\tat last\n\n" + same),
        doc("b", same + "\n\nNew text"),
        doc("c", "\n" + same + "\n"));
    assertThat(left(new RepeatedParagraphs(4, true), docs))
        .extracting(Doc::text)
        .containsExactly("One here\n\n" + same + "\n\n\nThree\tat last", "New text");
  }

  @Test
  void partsOfEvaluationSetsAreFound(@TempDir Path dir) throws IOException {
    var set = dir.resolve("exam.jsonl");
    Files.writeString(
        set, "{\"q\": \"How many legs have three dogs and two birds?\", \"a\": [\"16\"]}\n");
    var step = new Contamination(List.of(set.toString()), 8, 1, false);
    var inside = doc("a", "Said: HOW many legs have three dogs, and two birds? Sixteen.");
    var outside = doc("b", "How many legs have three dogs and five birds?");
    assertThat(step.judge(inside)).isEqualTo(new Verdict.Drop("contaminated"));
    assertThat(step.judge(outside)).isEqualTo(new Verdict.Keep(outside));
    var mark = new Contamination(List.of(set.toString()), 8, 2, true).ready();
    assertThat(mark.judge(inside))
        .isEqualTo(new Verdict.Keep(inside.with("contamination", "exam")));
    Files.writeString(set, "{\"q\": ");
    assertThatThrownBy(step::ready).isInstanceOf(UserError.class).hasMessageContaining("exam");
    assertThatThrownBy(() -> new Contamination(List.of("absent"), 8, 1, false).ready())
        .isInstanceOf(UserError.class);
  }

  @Test
  void languagesHaveRulesOfTheirOwn() {
    var strict = List.<TextRule>of(new MeanWordLength(50, 60));
    var step =
        new Heuristics(WordRule.SCRIPTS, strict, Map.of("de", List.of(new MeanWordLength(1, 9))));
    var doc = doc("a", "kurze Worte stehen hier");
    assertThat(step.judge(doc)).isEqualTo(new Verdict.Drop("short_words"));
    assertThat(step.judge(doc.withLanguage("de")))
        .isEqualTo(new Verdict.Keep(doc.withLanguage("de")));
  }

  @Test
  void oddTextsAreTakenAsTheyAre() {
    var odd = List.of("", "\u0000\u0000", "\ud800 x \udc00", "\n\n\n", "x".repeat(3_000_000));
    var docs = odd.stream()
        .map(text -> doc("" + text.hashCode() + text.length(), text))
        .toList();
    for (CorpusStep step : Arrays.asList(
        new NearDuplicates(1, 14, 8),
        new CommonLines(6, 100, 1, true),
        new RepeatedParagraphs(1, true),
        new RepeatedPassages(2, true))) {
      assertThat(left(step, docs)).as(step.kind()).isEqualTo(docs);
    }
  }
}
