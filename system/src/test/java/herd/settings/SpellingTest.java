package herd.settings;

import java.util.List;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class SpellingTest {
  @Test
  void nearestIsNamedAndNothingFarIs() {
    var allowed = List.of("beta1", "learningRate", "weightDecay");
    assertThat(Spelling.remedy("learning_rat", allowed, "-"))
        .isEqualTo("Did you mean 'learningRate'?");
    assertThat(Spelling.remedy("zzzzzz", allowed, "-")).isEqualTo("-");
    assertThat(Spelling.remedy("x", List.of(), "-")).isEqualTo("-");
  }

  @Test
  void distanceCountsSwapsOnce() {
    assertThat(Spelling.distance("abcd", "abdc")).isEqualTo(1);
    assertThat(Spelling.distance("", "abc")).isEqualTo(3);
    assertThat(Spelling.distance("MinWords", "min-words")).isZero();
  }
}
