package herd.data.rate;

import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Collectors;

/// What a chat model is to say of a document.
/// @param name of the score, `quality`
/// @param instructions what it is to judge, and how
/// @param labels one of which it answers
/// @param characters of a document that it is shown
@About("what a chat model is to say of documents")
public record Rubric(
    @About("name of the score") String name,
    @About("what to judge, and how") String instructions,
    @About("one of which is the answer") List<Label> labels,

    @About("characters of a document that are shown") @Default("2000")
    int characters) {
  /// One answer.
  /// @param name a word without blanks
  /// @param means when it is right
  /// @param value what it counts in the score, from 0 to 1; of a category that is not looked for
  /// 0
  public record Label(
      @About("a word without blanks") String name,
      @About("when it is right") String means,
      @About("what it counts in the score, 0 to 1") double value) {
    public Label {
      if (!name.matches("[A-Za-z0-9_-]{1,40}")) {
        throw new UserError("name", name, "up to 40 letters, digits, - and _", "");
      }
      if (!(value >= 0 && value <= 1)) {
        throw new UserError("value", "" + value, "0 to 1", "");
      }
    }
  }

  public Rubric {
    labels = List.copyOf(labels);
    if (labels.size() < 2 || labels.size() > 1000) {
      throw new UserError("labels", "" + labels.size(), "2 to 1000", "");
    }
    var names = new HashSet<String>();
    for (var label : labels) {
      if (!names.add(label.name())) {
        throw new UserError("labels", label.name() + " twice", "each once", "");
      }
    }
    if (characters < 1) {
      throw new UserError("characters", "" + characters, "1 or more", "The usual is 2000.");
    }
  }

  /// Names of the labels.
  public List<String> names() {
    return labels.stream().map(Label::name).toList();
  }

  /// What a label counts.
  double value(String label) {
    return labels.stream()
        .filter(one -> one.name().equals(label))
        .mapToDouble(Label::value)
        .findFirst()
        .orElse(0);
  }

  /// What the model is told first.
  public String system() {
    var meanings = labels.stream()
        .map(label -> "- " + label.name() + ": " + label.means())
        .collect(Collectors.joining("\n"));
    return instructions.strip() + "\n\nAnswer with one of these words alone:\n" + meanings;
  }

  /// What the model is asked of a document.
  public String question(String text) {
    int end = Math.min(characters, text.length());
    if (end > 0 && end < text.length() && Character.isHighSurrogate(text.charAt(end - 1))) {
      end--;
    }
    return "The document:\n\n" + text.substring(0, end) + "\n\nYour answer, one of "
        + String.join(", ", names()) + ":";
  }
}
