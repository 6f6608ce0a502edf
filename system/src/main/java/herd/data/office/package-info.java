/// The text of PDF, Word, PowerPoint and Excel files, in bounded time and memory whatever is in
/// them. Knows bytes and texts, nothing of documents or of where files lie.
package herd.data.office;
