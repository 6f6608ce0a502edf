package herd.tool;

import java.util.List;
import java.util.SequencedMap;

/// A method as it stands in a source file.
/// @param type the simple name of its class, with the enclosing ones: `Joiner.MapJoiner`
/// @param kind of that class
/// @param name of the method
/// @param isPublic whether it is public, by its modifiers or because an interface holds it
/// @param result the return type as written, `Iterable<? extends T>`
/// @param parameters in order
/// @param signature type parameters, result, name, parameters and exceptions on one line, without
/// modifiers and annotations
/// @param summary the first sentence of its comment as plain text, empty where there is none
/// @param comment the comment's text without its block tags, plain
/// @param parameterTexts what `@param` says, by parameter
/// @param returns what `@return` says, or empty
/// @param head the declaration as written up to the body, on one line, without annotations
/// @param body with its braces, indented as if the method stood at the margin; empty for a method
/// without one
/// @param statements how many statements the body has, blocks of its own not counted in
public record JavaMethod(
    String type,
    TypeKind kind,
    String name,
    boolean isPublic,
    String result,
    List<Parameter> parameters,
    String signature,
    String summary,
    String comment,
    SequencedMap<String, String> parameterTexts,
    String returns,
    String head,
    String body,
    int statements) {
  /// What a method stands in.
  public enum TypeKind {
    CLASS,
    INTERFACE,
    ENUM,
    RECORD,
    ANNOTATION
  }

  /// @param type as written, annotations and spaces left out: `Map<String,int[]>`, `T...`
  /// @param name of the parameter
  public record Parameter(String type, String name) {}

  /// The types of the parameters, in order.
  public List<String> parameterTypes() {
    return parameters.stream().map(Parameter::type).toList();
  }

  /// Class, name and types of parameters, `Joiner#join(Object,Object,Object...)`.
  public String key() {
    return type + "#" + name + "(" + String.join(",", parameterTypes()) + ")";
  }
}
