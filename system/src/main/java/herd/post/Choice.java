package herd.post;

import java.util.List;

/// A multiple-choice question: which description is that of a method.
/// @param id unique among the choices
/// @param question names the method
/// @param blindQuestion does not
/// @param options descriptions, no two of the same words
/// @param answer index of the right one
public record Choice(
    String id, String question, String blindQuestion, List<String> options, int answer) {}
