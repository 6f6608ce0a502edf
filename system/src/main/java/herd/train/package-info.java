/// Training: token shards, the batches packed from them, objectives, optimizer, schedules and the
/// one loop that all kinds of training share. Knows nothing of recipes, of how documents were
/// curated, or of how dialogues and preference pairs were made.
package herd.train;
