package herd.engine.grammar;

import herd.engine.UserError;
import herd.engine.automaton.Dfa;
import herd.engine.automaton.Language;
import herd.engine.automaton.Vocabulary;
import herd.engine.infer.Constraint;
import herd.engine.io.Json;
import herd.engine.io.JsonValue;

/// The form that an output must have: what a JSON Schema, a regular expression or a grammar
/// allows, without dead ends: from every text that a constraint lets through the end can be
/// reached. Immutable; safe for any number of threads. Keep it for later requests of the same
/// form: a vocabulary remembers what it found out for it.
public final class Grammar {
  private final Language language;

  private Grammar(Language language) {
    this.language = language;
  }

  /// Texts that match `pattern` as a whole; `^` and `$` at its ends change nothing. Look-around,
  /// back references, flags and word boundaries are not supported.
  /// @throws UserError naming the position of what is wrong, not supported or too large
  public static Grammar ofRegex(String pattern) {
    String where = "regular expression";
    return new Grammar(Language.of(Dfa.of(Regex.read(pattern, where), false, where), where));
  }

  /// Texts that the rule `root` of a grammar in the notation of GBNF describes.
  /// @throws UserError naming the line of what is wrong: syntax, a rule that is not defined, left
  /// recursion
  public static Grammar ofText(String grammar) {
    return new Grammar(TextGrammar.read(grammar, "grammar").language());
  }

  /// JSON documents that satisfy a schema (2020-12; what is supported is in
  /// `docs/guide-constrained.md`). Properties come in the schema's order, further ones after
  /// them.
  /// @throws UserError naming the JSON pointer of a keyword that is wrong or not supported
  public static Grammar ofJsonSchema(String schema, JsonStyle style) {
    return ofJsonSchema(new JsonValue(Json.read(schema, "schema"), "schema"), style);
  }

  /// As [#ofJsonSchema(String, JsonStyle)], of a schema that was read already.
  public static Grammar ofJsonSchema(JsonValue schema, JsonStyle style) {
    return new Grammar(new SchemaRules(schema.value(), schema.where(), style).language());
  }

  /// A constraint at the begin of a text.
  public Constraint constraint(Vocabulary vocabulary) {
    return language.constraint(vocabulary);
  }
}
