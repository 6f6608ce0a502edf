/// Using a model: an engine that answers many requests at a time from paged keys and values, lists
/// of prompts and beams on top of it, and the scoring of given answers. Requests know nothing of
/// protocols, and constraints nothing of the grammars they come from.
package herd.engine.infer;
