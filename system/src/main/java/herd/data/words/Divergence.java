package herd.data.words;

import herd.run.About;
import herd.run.Default;
import java.nio.file.Path;
import java.util.List;

/// Drops texts whose words are unlike a corpus's: the Kullback-Leibler divergence of the text's
/// distribution of words from the corpus's, in nats a word (Llama 3 paper, section 3.1.1). Short
/// texts diverge more than long ones, because they have few of the corpus's words.
/// @param reference file of the corpus's words, as `herd reference` writes it
/// @param max largest divergence
/// @param minWords a text of fewer words is kept unasked
@About("drop texts whose words are unlike a corpus's")
public record Divergence(
    @About("file that 'herd reference' wrote") String reference,
    @Default("7") double max,
    @Default("50") int minWords)
    implements TextRule {
  public Divergence {
    Shares.notNegative("max", max);
  }

  @Override
  public List<String> files() {
    return List.of(reference);
  }

  @Override
  public Ready ready() {
    var words = Reference.read(Path.of(reference));
    return text -> text.words >= minWords && words.divergence(text) > max
        ? Ruling.drop("unlikely_words")
        : Ruling.KEEP;
  }

  @Override
  public Ruling apply(TextStats text) {
    return ready().apply(text);
  }
}
