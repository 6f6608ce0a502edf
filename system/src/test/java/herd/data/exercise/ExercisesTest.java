package herd.data.exercise;

import herd.engine.UserError;
import herd.engine.text.BpeTrainer;
import herd.engine.text.Tokenizer;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ExercisesTest {
  private static final String TEXT = IntStream.range(0, 400)
      .mapToObj(i -> new Random(i)
          .ints(3 + i % 5, 'a', 'z' + 1)
          .mapToObj(Character::toString)
          .collect(Collectors.joining()))
      .collect(Collectors.joining(" "));
  private static final Tokenizer TOKENIZER =
      BpeTrainer.train(List.of(TEXT), 700, Tokenizer.LLAMA3_SPECIALS);

  private final Exercises exercises = new Exercises(TOKENIZER, List.of(TEXT));

  @ParameterizedTest
  @ValueSource(ints = {200, 510, 2046})
  void eachFactStandsEarlierAndAgainAtTheEnd(int length) {
    for (int seed = 0; seed < 30; seed++) {
      int[] text = exercises.facts(length, new SplittableRandom(seed));
      assertThat(text)
          .hasSize(length)
          .isEqualTo(exercises.facts(length, new SplittableRandom(seed)));
      var lines = TOKENIZER.decode(text).lines().filter(line -> !line.isEmpty()).toList();
      var last = lines.getLast();
      assertThat(lines.subList(0, lines.size() - 1)).as(last).contains(last);
    }
  }

  @Test
  void mostOfAListHasBeenSaidBefore() {
    for (int seed = 0; seed < 30; seed++) {
      int[] text = exercises.list(510, new SplittableRandom(seed));
      assertThat(text).hasSize(510);
      long said = IntStream.range(12, 510)
          .filter(i -> IntStream.rangeClosed(4, 12).anyMatch(n -> text[i] == text[i - n]))
          .count();
      assertThat(said).isBetween(498 * 7 / 10L, 498 * 8 / 10L);
    }
  }

  @Test
  void tooLittleTextIsRefused() {
    assertThatThrownBy(() -> new Exercises(TOKENIZER, List.of("only some words")))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("Give more text");
  }
}
