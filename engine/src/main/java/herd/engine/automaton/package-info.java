/// Automata over the bytes of texts, and the masks of tokens that they allow: expressions and
/// rules become deterministic automata that call each other, places in a text are sets of their
/// states, and what the tokens of a vocabulary do from a state is found out once. Knows nothing of
/// how grammars, patterns or schemas are written.
package herd.engine.automaton;
