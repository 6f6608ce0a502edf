/// Finding the same again: texts made simple and hashed, MinHash signatures, groups of texts that
/// are alike, sorted files of hashes. Knows nothing of documents or steps.
package herd.data.dedup;
