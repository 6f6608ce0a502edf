package herd.data;

import herd.engine.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class StepsTest {
  private static final String LICENCE = "/*\n * Licensed to nobody in particular.\n */\n";

  static Object outcome(Verdict verdict) {
    return switch (verdict) {
      case Verdict.Keep(Doc doc) -> doc.text();
      case Verdict.Drop(String reason) -> reason;
    };
  }

  /// What a corpus step makes of documents: texts, or reasons.
  static List<Object> outcomes(CorpusStep step, List<Doc> docs) {
    var sketches = new ArrayList<long[]>();
    docs.forEach(doc -> sketches.add(step.sketch(doc)));
    var judge = step.judge(Sketches.of(sketches, Path.of("target")));
    var outcomes = new ArrayList<>();
    for (int i = 0; i < docs.size(); i++) {
      outcomes.add(outcome(judge.judge(i, docs.get(i))));
    }
    return outcomes;
  }

  @Test
  void licencesGoAndOtherCommentsStay() {
    var step = new LicenceHeader();
    var rest = "package a;\n\n/** Copyright is discussed here. */\nclass A {}\n";
    assertThat(outcome(step.judge(Archives.code("a", LICENCE + "\n" + rest)))).isEqualTo(rest);
    assertThat(outcome(step.judge(Archives.code("a", "// Copyright me\n// and you\n" + rest))))
        .isEqualTo(rest);
    assertThat(outcome(step.judge(Archives.code("a", rest)))).isEqualTo(rest);
    var other = "/* A word on tea. */\n" + rest;
    assertThat(outcome(step.judge(Archives.code("a", other)))).isEqualTo(other);
    assertThat(outcome(step.judge(Archives.code("a", LICENCE)))).isEqualTo("licence-alone");
    assertThat(outcome(step.judge(Archives.page("a", LICENCE + rest)))).isEqualTo(LICENCE + rest);
    var open = "/* Licence " + "*".repeat(100_000);
    assertThat(outcome(step.judge(Archives.code("a", open)))).isEqualTo(open);
    var lines = "// licence\n".repeat(50_000);
    assertThat(outcome(step.judge(Archives.code("a", lines + "x")))).isEqualTo("x");
  }

  @Test
  void shortOnesAndLongWordsGo() {
    assertThat(outcome(new ShortDocument(3).judge(Archives.page("a", " two\nwords "))))
        .isEqualTo("under-3-words");
    assertThat(outcome(new ShortDocument(3).judge(Archives.page("a", "a b c")))).isEqualTo("a b c");
    assertThat(outcome(new LongWords(5).judge(Archives.page("a", "12345 123456"))))
        .isEqualTo("word-over-5");
    assertThat(outcome(new LongWords(5).judge(Archives.page("a", "12345\n12345"))))
        .isEqualTo("12345\n12345");
    assertThatThrownBy(() -> new ShortDocument(0)).isInstanceOf(UserError.class);
    assertThatThrownBy(() -> new LongWords(0)).isInstanceOf(UserError.class);
  }

  @Test
  void aPageThatRepeatsItsLinesGoes() {
    var line = "the same line over and over\n";
    assertThat(outcome(new RepeatedLines(0.5).judge(Archives.page("a", line.repeat(3)))))
        .isEqualTo("repeated-lines");
    var text = line + "another line of some length\n" + "}\n".repeat(50) + line;
    assertThat(outcome(new RepeatedLines(0.5).judge(Archives.page("a", text)))).isEqualTo(text);
  }

  @Test
  void theNewestOfAUrlAndTheFirstOfATextStay() {
    var docs = List.of(
        Archives.page("https://a.example/x?b=1&a=2", "old"),
        Archives.page("https://A.example:443/x?a=2&b=1#top", "new"),
        Archives.page("jar/x", "other"));
    assertThat(outcomes(new UrlDuplicates(), docs))
        .containsExactly("older-version", "new", "other");
    var texts = List.of(
        Archives.page("a", "Tea  for\ntwo"),
        Archives.page("b", " Tea for two\n"),
        Archives.page("c", "Tea fortwo"),
        Archives.page("d", "tea for two"));
    assertThat(outcomes(new ExactDuplicates(), texts))
        .containsExactly("Tea  for\ntwo", "same-text", "Tea fortwo", "tea for two");
  }

  @Test
  void linesOfManyPagesGoAndTheRestKeepsItsShape() {
    var docs = new ArrayList<Doc>();
    for (int i = 0; i < 3; i++) {
      docs.add(Archives.page("p" + i, "Title " + i + "\n\nWe use many cookies.\n\nText:\n  " + i));
    }
    docs.add(Archives.page("only", "We use many cookies."));
    docs.add(Archives.code("code", "We use many cookies."));
    assertThat(outcomes(new CommonLines(3, 100, 4, true), docs))
        .containsExactly(
            "Title 0\n\nText:\n  0",
            "Title 1\n\nText:\n  1",
            "Title 2\n\nText:\n  2",
            "no-line-left",
            "We use many cookies.");
    assertThat(outcomes(new CommonLines(4, 100, 4, true), docs).getFirst())
        .isEqualTo(docs.getFirst().text());
    assertThat(outcomes(new CommonLines(1, 100, 5, true), docs).getFirst())
        .isEqualTo(docs.getFirst().text());
  }

  @Test
  void ofNearCopiesTheLongestStays() {
    var words = new StringBuilder();
    for (int i = 0; i < 300; i++) {
      words
          .append((char) (i / 26 + 97))
          .append((char) (i % 26 + 97))
          .append(i % 9 == 8 ? "\n" : " ");
    }
    var docs = List.of(
        Archives.page("a", words.toString()),
        Archives.page("b", words + "and one more"),
        Archives.page("c", words.reverse().toString()),
        Archives.page("d", "short"),
        Archives.page("e", "shorter"),
        Archives.page("f", ""),
        Archives.page("g", ""));
    var outcomes = outcomes(new NearDuplicates(5, 14, 8), docs);
    assertThat(outcomes.getFirst()).isEqualTo("near-duplicate");
    assertThat(outcomes.subList(1, 5)).doesNotContain("near-duplicate");
    assertThat(outcomes.subList(5, 7)).containsExactly("", "");
    assertThatThrownBy(() -> new NearDuplicates(5, 0, 8)).isInstanceOf(UserError.class);
    assertThatThrownBy(() -> new NearDuplicates(5, 4096, 8)).isInstanceOf(UserError.class);
  }
}
