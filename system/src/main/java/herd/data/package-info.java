/// From archives of pages and code to clean documents: extraction, filters, de-duplication,
/// hold-out split, Parquet. A step judges one document; the pipeline counts, samples and writes.
/// Knows nothing of tokens, models or training.
package herd.data;
