/// A training from its beginning to its end: it goes on from its newest checkpoint, writes down
/// each step, notices when something is wrong, and says beforehand what it will need. Knows nothing
/// of recipes, of sources, or of how a model is judged: a gate is handed to it.
package herd.train.course;
