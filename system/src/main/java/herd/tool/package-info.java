/// Programs that data is made with and that models' answers are put through: Java's own parser.
/// Knows nothing of documents, dialogues or models.
package herd.tool;
