/// Documents as tokens: files of documents become folders of token shards, by any number of threads
/// and processes; folders say what is in them; a mixture says how much of each a training sees.
/// Knows nothing of models or of how training goes.
package herd.tokens;
