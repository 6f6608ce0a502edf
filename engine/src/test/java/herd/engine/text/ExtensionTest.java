package herd.engine.text;

import herd.engine.UserError;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ExtensionTest {
  private static final String ENGLISH = "the cat sat on the mat and the hat that the cat had ";
  private static final String GERMAN = "größere Häuser, größere Gärten; größer als größte ";
  private static final List<String> SPECIALS = List.of("<|a|>", "<|b|>");

  @TempDir
  Path folder;

  private Tokenizer extended(Tokenizer base, int vocab, boolean keep) {
    byte[] corpus = Utf8.encode(GERMAN.repeat(50));
    try (var trainer = BpeTrainer.of(base, 2, 1 << 26, folder)) {
      trainer.add(corpus, 0, corpus.length);
      return trainer.extend(base, vocab, keep, _ -> {}).tokenizer();
    }
  }

  @Test
  void oldTokensKeepTheirIdsAndNewOnesCompressMore() {
    var base = BpeTrainer.train(List.of(ENGLISH.repeat(9)), 268, SPECIALS);
    var made = extended(base, 290, false);
    assertThat(made.vocab()).isEqualTo(290);
    for (int id = 0; id < base.vocab() - SPECIALS.size(); id++) {
      assertThat(made.bytes(id)).isEqualTo(base.bytes(id));
    }
    assertThat(made.special("<|a|>")).isEqualTo(288);
    assertThat(made.special("<|b|>")).isEqualTo(289);
    assertThat(made.encode(ENGLISH)).isEqualTo(base.encode(ENGLISH));
    assertThat(made.encode(GERMAN).length).isLessThan(base.encode(GERMAN).length * 2 / 3);
    assertThat(made.decode(made.encode(GERMAN))).isEqualTo(GERMAN);
    made.save(folder.resolve("tokenizer.json"));
    assertThat(Tokenizer.load(folder).encode(GERMAN)).isEqualTo(made.encode(GERMAN));
  }

  @Test
  void specialTokensMayKeepTheirIds() {
    var base = BpeTrainer.train(List.of(ENGLISH.repeat(9)), 268, SPECIALS);
    var made = extended(base, 290, true);
    assertThat(made.vocab()).isEqualTo(290);
    assertThat(made.special("<|b|>")).isEqualTo(267);
    assertThat(made.isSpecial(268)).isFalse();
    assertThat(made.decode(made.encode(GERMAN))).isEqualTo(GERMAN);
  }

  @Test
  void anEmptyBaseGivesWhatTrainingGives() {
    var trained = BpeTrainer.train(List.of(GERMAN.repeat(50)), 300, SPECIALS);
    var made = extended(BpeTrainer.train(List.of(), 258, SPECIALS), 300, false);
    assertThat(made.merges().inOrder()).isDeepEqualTo(trained.merges().inOrder());
    assertThat(made.encode(GERMAN)).isEqualTo(trained.encode(GERMAN));
  }

  @Test
  void aVocabularyWithoutRoomIsRefused() {
    var base = BpeTrainer.train(List.of(ENGLISH.repeat(9)), 268, SPECIALS);
    assertThatThrownBy(() -> extended(base, 267, false))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("268 or more");
  }
}
