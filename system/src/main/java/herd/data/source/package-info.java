/// Raw documents out of files of many forms: web archives, JSON lines, Parquet, zip and tar
/// archives, pages, office files. Knows nothing of steps, of what becomes of a document, or of
/// threads: items are handed out in order by one thread and may be loaded on any.
package herd.data.source;
