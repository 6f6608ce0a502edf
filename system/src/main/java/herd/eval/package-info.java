/// Judging models: likelihood of held-out text, multiple choice, programs that must parse, and the
/// intervals around every figure. Takes plain items and does not know where they come from; keeps
/// every item's prompt, output and score, so that a number has a source.
package herd.eval;
