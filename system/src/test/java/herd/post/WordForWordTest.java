package herd.post;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class WordForWordTest {
  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      true  | Returns the map's size. | It returns the MAP'S size, if any
      true  | Returns a List<String> of it. | Returns a {@code List<String>} of it
      true  | Returns a List<String> of it. | Returns a <code>List&lt;String&gt;</code> of it
      true  | Calls Map.put(Object, Object) once. | Calls {@link Map#put(Object, Object)} once.
      true  | Calls put twice. | Calls {@linkplain Map#put(Object, Object) put} twice
      true  | Größe in Metern | Die größe <a href="x.html">in</a> Metern
      true  | a | a
      false | a b | a
      false | Returns the size. | Returns the sizes.
      false | Returns the size. | Returns the map size.
      false | in | interior
      """)
  void wordsDecideAndMarksDoNot(boolean seen, String sentence, String text) {
    var index = new WordForWord(List.of(sentence, "some other sentence that never comes"));
    index.read("before. " + text + " After it.");
    assertThat(index.seen(sentence)).isEqualTo(seen);
    assertThat(index.seen("some other sentence that never comes")).isFalse();
    assertThat(index.seen("...")).isTrue();
  }

  /// Against the plain way: whether the sentence stands between blanks in the text.
  @Property(tries = 300)
  void agreesWithASearchThroughTheText(
      @ForAll List<@IntRange(max = 3) Integer> text,
      @ForAll List<@IntRange(max = 3) Integer> sentence) {
    String whole = words(text);
    String part = words(sentence);
    var index = new WordForWord(List.of(part));
    index.read(whole);
    assertThat(index.seen(part))
        .isEqualTo(sentence.isEmpty() || (" " + whole + " ").contains(" " + part + " "));
  }

  @Property(tries = 300)
  void noTextBreaksIt(@ForAll String text, @ForAll String sentence) {
    var index = new WordForWord(List.of(sentence));
    for (String odd :
        List.of(text, "{@link " + text, "<" + text + ">", "&" + text + ";", sentence)) {
      index.read(odd);
    }
    assertThat(index.seen(sentence)).isTrue();
  }

  private static String words(List<Integer> numbers) {
    var words = new ArrayList<String>();
    for (int number : numbers) {
      words.add("word" + (char) ('a' + number));
    }
    return String.join(" ", words).toLowerCase(Locale.ROOT);
  }
}
