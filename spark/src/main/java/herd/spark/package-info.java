/// Curation on Apache Spark: the steps of [herd.data] over parts of a corpus on many machines. Only
/// what lies between two passes is here: how documents of one key find each other. What a step
/// decides, how files are read and what is counted is the same as on one machine, and so is the
/// outcome.
package herd.spark;
