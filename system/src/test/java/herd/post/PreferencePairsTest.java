package herd.post;

import herd.tool.JavaCheck;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PreferencePairsTest {
  private static final List<SourceMethod> METHODS = JavaMethods.of(Library.docs(24));
  private static final PreferencePairs SETTINGS = new PreferencePairs(40, 10, 12, 20, 8, 200);
  private static final UnaryOperator<List<String>> NEVER = questions -> {
    throw new AssertionError("asked " + questions.size());
  };

  /// Writes sound Java to every second question and cuts the rest; describes nothing rightly.
  private static List<String> model(List<String> questions) {
    var answers = new ArrayList<String>();
    for (int i = 0; i < questions.size(); i++) {
      String question = questions.get(i);
      String declaration = question.substring(question.lastIndexOf('\n') + 1);
      answers.add(
          question.contains("/**")
              ? declaration + (i % 2 == 0 ? " { return place; }" : " { return")
              : "Milks the cow.");
    }
    return answers;
  }

  @Test
  void everyKindComesInItsNumberAndIsBetterForItsReason() {
    var pairs = SETTINGS.from(METHODS, 5, PreferencePairsTest::model);
    var kinds = pairs.stream().collect(Collectors.groupingBy(Pair::kind, Collectors.counting()));
    assertThat(kinds)
        .isEqualTo(Map.of(
            "sibling", 40L,
            "own-description", 10L,
            "own-code", 12L,
            "broken-code", 20L,
            "other-code", 8L));
    var check = new JavaCheck();
    for (var pair : pairs) {
      var method = METHODS.stream()
          .filter(m -> pair.id().endsWith(":" + m.id()))
          .findFirst()
          .orElseThrow();
      var types = method.java().parameterTypes();
      assertThat(pair.chosen()).isNotEqualTo(pair.rejected());
      if (pair.kind().endsWith("-code")) {
        assertThat(pair.prompt()).isEqualTo(Wording.complete(method));
        assertThat(check.check(pair.chosen(), method.java().name(), types).right())
            .isTrue();
        assertThat(check.check(pair.rejected(), method.java().name(), types).right())
            .isFalse();
      } else {
        assertThat(pair.prompt()).isEqualTo(Wording.describe(method));
        assertThat(pair.chosen()).isEqualTo(method.description());
      }
    }
    assertThat(pairs).extracting(Pair::id).doesNotHaveDuplicates();
  }

  @Test
  void siblingsAreChosenAsOftenAsRejected() {
    var pairs = new PreferencePairs(60, 0, 0, 0, 0, 200).from(METHODS, 5, NEVER);
    assertThat(pairs.stream().map(Pair::chosen).sorted().toList())
        .isEqualTo(pairs.stream().map(Pair::rejected).sorted().toList())
        .hasSize(60);
    for (var pair : pairs) {
      assertThat(METHODS)
          .anyMatch(m -> m.group().equals(pair.group()) && m.description().equals(pair.rejected()));
    }
  }

  @Test
  void aSoundAttemptIsNeverRejected() {
    var sound = new PreferencePairs(0, 0, 50, 0, 0, 200)
        .from(METHODS, 5, questions -> questions.stream()
            .map(question -> question.substring(question.lastIndexOf('\n') + 1) + " { f(); }")
            .toList());
    assertThat(sound).isEmpty();
    var alike = new PreferencePairs(0, 50, 0, 0, 0, 200).from(METHODS, 5, questions -> {
      var right = METHODS.stream()
          .collect(Collectors.toMap(Wording::describe, SourceMethod::description, (a, _) -> a));
      return questions.stream()
          .map(q -> right.get(q).replace("quickly", "fast"))
          .toList();
    });
    assertThat(alike).isEmpty();
  }

  @Test
  void theSeedAloneDecides() {
    var shuffled = new ArrayList<>(METHODS);
    Collections.shuffle(shuffled, new Random(3));
    var pairs = SETTINGS.from(METHODS, 5, PreferencePairsTest::model);
    assertThat(SETTINGS.from(shuffled, 5, PreferencePairsTest::model)).isEqualTo(pairs);
    assertThat(SETTINGS.from(METHODS, 6, PreferencePairsTest::model)).isNotEqualTo(pairs);
    assertThat(SETTINGS.from(List.of(), 5, NEVER)).isEmpty();
    assertThatThrownBy(() -> SETTINGS.from(METHODS, 5, _ -> List.of()))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void filesKeepPairs(@TempDir Path folder) {
    var pairs = SETTINGS.from(METHODS, 5, PreferencePairsTest::model);
    Pair.write(folder.resolve("pairs.jsonl"), pairs);
    assertThat(Pair.read(folder.resolve("pairs.jsonl"))).isEqualTo(pairs);
  }
}
