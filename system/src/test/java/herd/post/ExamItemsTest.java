package herd.post;

import herd.data.Doc;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ExamItemsTest {
  private static final List<Doc> DOCS = Library.docs(30);
  private static final List<SourceMethod> HELD_OUT = JavaMethods.of(DOCS.subList(0, 10));
  private static final List<Doc> TRAINING = DOCS.subList(10, 30);
  private static final ExamItems ITEMS = new ExamItems(HELD_OUT, TRAINING, 4);

  @Test
  void whatTrainingSaysWordForWordIsNotAsked() {
    assertThat(ITEMS.described()).isEqualTo(100);
    assertThat(ITEMS.seen()).isEqualTo(20); // toString and nothing, in every class
    assertThat(ITEMS.methods(1000)).hasSize(80).noneMatch(m -> m.java().name().equals("toString"));

    var told = new ArrayList<>(TRAINING);
    told.add(doc("page", "Overview. ADDS Herd number 0\n   in place <b>0</b>; quickly! The end."));
    told.add(
        doc("code", "/**\n * Removes {@link Herd} number {@code 0} in\n * place 1, quickly.\n */"));
    told.add(doc("page", "Finds Herd number 0 in the place 2, quickly."));
    assertThat(new ExamItems(HELD_OUT, told, 4).seen()).isEqualTo(22);
  }

  @Test
  void choicesHaveOneRightOptionAndFourDifferentOnes() {
    for (var choices : List.of(ITEMS.hard(50), ITEMS.easy(50))) {
      assertThat(choices).hasSize(50).extracting(Choice::id).doesNotHaveDuplicates();
      for (var choice : choices) {
        var method = method(m -> choice.id().endsWith(":" + m.id()));
        assertThat(choice.options()).hasSize(4).doesNotHaveDuplicates();
        assertThat(choice.options().get(choice.answer())).isEqualTo(method.description());
        assertThat(choice.question()).contains(method.java().signature(), method.type());
        assertThat(choice.blindQuestion()).doesNotContain(method.java().name(), method.type());
        for (String option : choice.options()) {
          var other = method(m -> m.description().equals(option)
              && (m.group().equals(method.group()) || choices.getFirst().id().startsWith("easy")));
          boolean kin = other.group().equals(method.group());
          boolean right = option.equals(method.description());
          assertThat(kin).isEqualTo(choice.id().startsWith("hard:") || right);
        }
      }
    }
    assertThat(ITEMS.hard(1000).stream().map(Choice::answer).distinct()).hasSize(4);
  }

  @Test
  void methodsToWriteHaveABody() {
    assertThat(ITEMS.completable(1000, 200)).hasSize(80);
    assertThat(ITEMS.completable(1000, 20)).isEmpty();
    assertThat(ITEMS.completable(7, 200)).hasSize(7);
  }

  @Test
  void theSeedAloneDecides() {
    var shuffled = new ArrayList<>(HELD_OUT);
    Collections.shuffle(shuffled, new Random(1));
    var again = new ExamItems(shuffled, TRAINING, 4);
    assertThat(again.hard(40)).isEqualTo(ITEMS.hard(40));
    assertThat(again.easy(40)).isEqualTo(ITEMS.easy(40));
    assertThat(again.methods(40)).isEqualTo(ITEMS.methods(40));
    assertThat(new ExamItems(HELD_OUT, TRAINING, 5).hard(40)).isNotEqualTo(ITEMS.hard(40));
  }

  private static SourceMethod method(Predicate<SourceMethod> which) {
    return HELD_OUT.stream().filter(which).findFirst().orElseThrow();
  }

  private static Doc doc(String kind, String text) {
    return new Doc(text, text, "farm", kind, "org.farm.Told", "Told", text);
  }
}
