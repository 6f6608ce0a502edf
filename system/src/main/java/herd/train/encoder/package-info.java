/// Encoders as classifiers of texts: fine-tuned on labelled texts, applied in batches (Llama 3
/// paper, section 3.1.1, classifiers of DistilRoBERTa's kind). Knows texts and labels, nothing of
/// documents.
package herd.train.encoder;
