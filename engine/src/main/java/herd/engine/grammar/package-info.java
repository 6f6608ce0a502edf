/// Output that must have a form: a JSON Schema, a regular expression or a grammar becomes a
/// [Grammar][herd.engine.grammar.Grammar], and a grammar and a vocabulary become the masks of the
/// tokens that may come next. Knows the bytes of tokens and nothing of models or sampling.
package herd.engine.grammar;
