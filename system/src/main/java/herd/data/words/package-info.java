/// What a text is made of, counted once: words, lines, paragraphs, signs; and the rules that drop
/// or change texts for it (Gopher, C4, FineWeb, repetition, unlikely words). Knows nothing of
/// documents, files or steps.
package herd.data.words;
