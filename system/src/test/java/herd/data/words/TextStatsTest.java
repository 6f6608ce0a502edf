package herd.data.words;

import herd.engine.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TextStatsTest {
  private static final List<TextRule> RULES = List.of(
      GopherQuality.USUAL,
      GopherRepetition.USUAL,
      FineWebQuality.USUAL,
      C4Quality.USUAL,
      new DuplicateNgrams(3, 0.3),
      new SymbolRatio(0.2),
      new LinePunctuation(0.1),
      new MeanWordLength(3, 10));

  /// Few words, so that they repeat; blanks and line breaks of all kinds.
  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.of(
            "a", "b", "ab", "the", "of", "…", "...", "[1]", "#", "-", "•", "é", "𝒳", "你好", "ไทย",
            " ", " ", " ", "\n", "\n\n", "\r\n", "\u2028", "\t", ".", "{", "\u0000", "\ud800")
        .list()
        .ofMaxSize(120)
        .map(parts -> String.join("", parts));
  }

  @Property(tries = 300)
  void anyTextIsJudgedByAllRules(@ForAll("texts") String text) {
    for (var words : WordRule.values()) {
      for (var rule : RULES) {
        var ruling = rule.apply(TextStats.of(text, words));
        assertThat(ruling).isEqualTo(rule.apply(TextStats.of(text, words)));
        assertThat(ruling.kept() || ruling.text() == null).isTrue();
      }
    }
  }

  @Property(tries = 300)
  void repeatedPhrasesAreCountedAsStringsWouldBe(@ForAll("texts") String text) {
    var stats = TextStats.of(text, WordRule.PLAIN);
    var words = words(stats);
    for (int n = 5; n <= 7; n++) {
      assertThat(new Ngrams(stats).repeatedPoints(n)).isEqualTo(repeated(words, n));
    }
    for (int n = 2; n <= 3 && n <= words.size(); n++) {
      double share = top(words, n) / (double) stats.points;
      assertThat(new Ngrams(stats).topExceeds(n, share)).isFalse();
      assertThat(new Ngrams(stats).topExceeds(n, share - 1e-9)).isTrue();
    }
  }

  private static List<String> words(TextStats stats) {
    var words = new ArrayList<String>();
    for (int i = 0; i < stats.words; i++) {
      int points = stats.shape[i] >> TextStats.POINTS;
      int end =
          Character.offsetByCodePoints(stats.chars, 0, stats.chars.length, stats.from[i], points);
      words.add(new String(stats.chars, stats.from[i], end - stats.from[i]));
    }
    return words;
  }

  private static long repeated(List<String> words, int n) {
    var seen = new HashSet<String>();
    long points = 0;
    for (int i = 0; i + n <= words.size(); ) {
      var run = String.join("", words.subList(i, i + n));
      if (seen.add(run)) {
        i++;
      } else {
        points += run.codePointCount(0, run.length());
        i += n;
      }
    }
    return points;
  }

  private static long top(List<String> words, int n) {
    var counts = new HashMap<String, Integer>();
    var order = new ArrayList<String>();
    for (int i = 0; i + n <= words.size(); i++) {
      var run = String.join(" ", words.subList(i, i + n));
      if (counts.merge(run, 1, Integer::sum) == 1) {
        order.add(run);
      }
    }
    var best = order.getFirst();
    for (var run : order) {
      best = counts.get(run) > counts.get(best) ? run : best;
    }
    return (long) best.codePointCount(0, best.length()) * counts.get(best);
  }

  @Test
  void wordsOfAllScriptsAreFound() {
    assertThat(words(TextStats.of("Don't pay 3.14 or 1,000.", WordRule.SCRIPTS)))
        .containsExactly("Don't", "pay", "3.14", "or", "1,000", ".");
    assertThat(words(TextStats.of("हिन्दी भाषा", WordRule.SCRIPTS)))
        .containsExactly("हिन्दी", "भाषा");
    assertThat(words(TextStats.of("我们学习汉语。", WordRule.SCRIPTS)))
        .containsExactly("我们", "学习", "汉语", "。");
    assertThat(words(TextStats.of("東京タワーへ行く", WordRule.SCRIPTS)))
        .containsExactly("東京", "タワー", "へ", "行", "く");
    assertThat(words(TextStats.of("x ^ y", WordRule.PLAIN))).containsExactly("x", "^", "y");
  }

  @Test
  void sentencesOfScriptsWithoutBlanksCount() {
    var text = "今日は天気がいい。散歩に行こう！本も読みたい。「はい。」そうしよう。終わり。";
    char[] chars = text.toCharArray();
    assertThat(Sentences.count(chars, 0, chars.length, WordRule.SCRIPTS)).isEqualTo(6);
    assertThat(Sentences.count(chars, 0, chars.length, WordRule.PLAIN)).isEqualTo(1);
    assertThat(C4Quality.USUAL.apply(TextStats.of(text, WordRule.PLAIN)).kept()).isFalse();
  }

  @Test
  void stopWordsAreThoseOfTheTextsLanguage() {
    var prose = Map.of(
        "de", "Der Hund lief über die Wiese und bellte.",
        "fr", "Le chien traverse la prairie et il aboie.",
        "es", "El perro corre por la pradera y ladra.",
        "it", "Il cane corre per la valle e abbaia.",
        "pt", "O cachorro correu para a casa e latiu.",
        "nl", "De hond loopt over het gras en blaft.",
        "pl", "Pies biegnie na pole i szczeka do kota.",
        "ru", "Собака бежит по полю и лает на кота.",
        "hi", "कुत्ता मैदान में दौड़ता है और भौंकता है।",
        "th", "หมาวิ่งในทุ่งหญ้าและเห่าที่แมว");
    prose.forEach((language, text) -> {
      for (var rule : WordRule.values()) {
        assertThat(found(text, rule, language)).as(language + " " + rule).isEqualTo(2);
        assertThat(found(text, rule, "tr")).as(language + " as Turkish").isLessThan(2);
      }
    });
    assertThat(found("The end of it", WordRule.SCRIPTS, "")).isEqualTo(1);
    assertThat(found("be with you", WordRule.SCRIPTS, "eng")).isEqualTo(2);
    assertThat(found("und was der Hund", WordRule.SCRIPTS, "de-AT")).isEqualTo(2);
    assertThat(StopWords.of("xx")).isNull();
  }

  private static int found(String text, WordRule rule, String language) {
    return StopWords.of(language).in(TextStats.of(text, rule, language), 2);
  }

  @Test
  void aLanguageWithoutStopWordsIsNotAskedForThem() {
    var text = "fana rimo belu koti ".repeat(20);
    var rule = GopherQuality.USUAL;
    assertThat(rule.apply(TextStats.of(text, WordRule.SCRIPTS, "xx")).kept()).isTrue();
    assertThat(rule.passesOver("xx")).isEqualTo("no list of stop words");
    assertThat(rule.apply(TextStats.of(text, WordRule.SCRIPTS, "de")).reason())
        .isEqualTo("gopher_enough_stop_words");
    assertThat(rule.passesOver("de")).isEmpty();
  }

  @Test
  void oneLineOfManyMegabytesIsJudgedInTimeAndTooMuchIsRefused() {
    var stats = TextStats.of("x".repeat(20_000_000), WordRule.SCRIPTS);
    for (var rule : RULES) {
      rule.apply(stats);
    }
    assertThatThrownBy(() -> TextStats.of("x".repeat(TextStats.LONGEST + 1), WordRule.PLAIN))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void unlikelyWordsAreDroppedByACorpus(@TempDir Path dir) throws IOException {
    var corpus = Reference.empty(WordRule.SCRIPTS);
    for (int i = 0; i < 50; i++) {
      corpus.add("the cat sat on the mat and the dog lay by the door, number " + i);
    }
    var file = dir.resolve("words.ref");
    corpus.write(file);
    var read = Reference.read(file);
    assertThat(read.total()).isEqualTo(corpus.total());
    assertThat(read.types()).isEqualTo(corpus.types());
    var rule = new Divergence(file.toString(), 3, 4);
    var like = TextStats.of("the dog sat by the door and the cat lay on the mat", read.rule());
    var unlike = TextStats.of("qx zzv wpt kkj mnb vcx lkj poi", read.rule());
    assertThat(rule.apply(like).kept()).isTrue();
    assertThat(rule.apply(unlike).reason()).isEqualTo("unlikely_words");
    var bytes = Files.readAllBytes(file);
    for (int size = 0; size < bytes.length; size += 13) {
      var cut = dir.resolve("cut");
      Files.write(cut, Arrays.copyOf(bytes, size));
      assertThatThrownBy(() -> Reference.read(cut)).isInstanceOf(UserError.class);
    }
  }
}
