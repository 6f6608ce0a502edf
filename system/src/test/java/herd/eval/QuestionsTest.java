package herd.eval;

import herd.eval.Exam.ChoiceItem;
import java.util.List;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class QuestionsTest {
  @Test
  void creditIsSharedWhereSeveralScoreHighest() {
    assertThat(Questions.credit(new double[] {1, 3, 2}, 1)).isEqualTo(1);
    assertThat(Questions.credit(new double[] {1, 3, 2}, 0)).isZero();
    assertThat(Questions.credit(new double[] {3, 3, 2}, 0)).isEqualTo(0.5);
    assertThat(Questions.credit(new double[] {0, 0, 0, 0}, 2)).isEqualTo(0.25);
  }

  @Test
  void wordOverlapLooksAtTheNameAndSignatureAlone() {
    var item = new ChoiceItem(
        "1",
        "What does the method `boolean isBlank(CharSequence text)` do?",
        "What does the method do?",
        List.of("What does it do, the method?", "Checks whether the text is blank.", "Nothing."),
        1);
    assertThat(Questions.wordOverlap(item)).containsExactly(0, 2, 0);
  }
}
