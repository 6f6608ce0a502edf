/// Encoders that classify texts, of RoBERTa's architecture (Liu et al. 2019; DistilRoBERTa is the
/// same with half the layers): read from and written to the Hugging Face layout, forward and
/// backward, alone or with their tokenizer. Knows texts and numbers, nothing of documents or
/// training.
package herd.engine.encoder;
