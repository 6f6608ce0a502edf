package herd.eval;

import java.util.List;

/// What models are asked. All of it comes from documents that no stage has learnt from.
/// @param texts whose bits per byte are measured
/// @param choice four-way multiple choice, wrong options from other classes
/// @param hardChoice the same, wrong options from the same class
/// @param answers questions with one right answer each
/// @param methods methods to write
/// @param pairs two answers to a question, one better
public record Exam(
    List<TextItem> texts,
    List<ChoiceItem> choice,
    List<ChoiceItem> hardChoice,
    List<AnswerItem> answers,
    List<JavaItem> methods,
    List<PairItem> pairs) {
  /// A held-out document.
  /// @param kind `page` or `code`
  public record TextItem(String id, String kind, String text) {}

  /// Which of the options answers the question.
  /// @param blindQuestion the question without what identifies the answer: options that are
  ///     likely whatever was asked gain nothing
  /// @param answer index of the right option
  public record ChoiceItem(
      String id, String question, String blindQuestion, List<String> options, int answer) {
    public ChoiceItem {
      options = List.copyOf(options);
      if (answer < 0 || answer >= options.size()) {
        throw new IllegalArgumentException(id + ": answer " + answer);
      }
    }
  }

  /// A question and its right answer.
  public record AnswerItem(String id, String question, String answer) {}

  /// A method to write from its description.
  /// @param prompt asks for it
  /// @param methodName that it must have
  /// @param parameterTypes that it must have, in order, as written in source: `int`,
  ///     `List<String>`, `char[]`
  /// @param reference how the library writes it
  public record JavaItem(
      String id, String prompt, String methodName, List<String> parameterTypes, String reference) {
    public JavaItem {
      parameterTypes = List.copyOf(parameterTypes);
    }
  }

  /// Two answers of which one is better.
  public record PairItem(String id, String prompt, String chosen, String rejected) {}
}
