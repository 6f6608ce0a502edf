/// Learns merges: counts the pieces of a corpus, on disk where memory is short, and merges the
/// most frequent pair of neighbours again and again. Knows bytes and numbers, not texts.
package herd.engine.learn;
