/// Rows of Parquet files, read a page of each column at a time, so that no value and no page can
/// fill the memory. Knows columns and values, nothing of documents.
package herd.data.parquet;
