/// Texts for counting, out of files of many forms: text, JSON lines and Parquet, packed or not,
/// in blocks that any number of threads take.
package herd.data.text;
