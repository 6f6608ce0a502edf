package herd.post;

import herd.tool.JavaMethod;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A public method of a document.
/// @param id package, class, name and types of parameters: unique among the documents
/// @param group of the document: the top-level class
/// @param java what its source says
public record SourceMethod(String id, String group, JavaMethod java) {
  private static final int WORDS = 3;
  private static final int CHARACTERS = 240;
  private static final Pattern REMARK = Pattern.compile(
      "(?i)^(note|implementation note|warning|todo|fixme|deprecated|see|override|algorithm)\\b.*");
  private static final Pattern LEFT_OVER = Pattern.compile("\\\\[(\\[]|</?[a-z]+>|\\{@|\\$\\$");

  /// What the method does, in one sentence that can stand alone; empty where its comment has none:
  /// remarks, headings, questions, formulas, fewer than three words.
  public String description() {
    String summary = java.summary();
    boolean poor = summary.length() > CHARACTERS
        || summary.split(" ").length < WORDS
        || summary.endsWith(":")
        || summary.endsWith("?")
        || REMARK.matcher(summary).matches()
        || LEFT_OVER.matcher(summary).find()
        || !Character.isUpperCase(summary.charAt(0));
    if (poor) {
      return "";
    }
    char last = summary.charAt(summary.length() - 1);
    return last == '.' || last == '!' ? summary : summary + ".";
  }

  /// The method's class as a reader names it, with the enclosing ones: `Joiner.MapJoiner`.
  public String type() {
    return java.type();
  }

  /// `Joiner.on(char separator)`.
  public String call() {
    return type() + "." + named();
  }

  /// `on(char separator)`.
  String named() {
    return java.name()
        + java.parameters().stream()
            .map(parameter -> parameter.type().replace(",", ", ") + " " + parameter.name())
            .collect(Collectors.joining(", ", "(", ")"));
  }

  /// Declaration and body, as a model is to write them.
  public String code() {
    return java.head() + " " + java.body();
  }
}
