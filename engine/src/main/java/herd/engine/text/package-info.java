/// Text to tokens and back: byte-level BPE, its training, and the chat format. Knows nothing of
/// tensors or models.
package herd.engine.text;
