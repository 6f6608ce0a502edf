package herd.engine.infer;

import herd.engine.sample.LogProbs;
import java.util.List;

/// One token of an answer.
/// @param id of the token
/// @param delta the text that became certain with it: often a word, empty while a character is
///     incomplete or the text could still become a stop string
/// @param logProb natural logarithm of its probability before sampling settings, NaN if not asked
///     for
/// @param top the likeliest tokens at its place, likeliest first; empty if not asked for
public record Token(int id, String delta, double logProb, List<LogProbs.Likely> top) {}
