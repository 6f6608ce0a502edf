/// Classifiers of texts in fastText's form: read, applied, trained, quantised and written, with
/// files that fastText itself opens (Joulin et al. 2016, "Bag of Tricks for Efficient Text
/// Classification" and "FastText.zip"). Knows texts and labels, nothing of documents or steps.
package herd.data.fasttext;
