package herd.spark;

import herd.data.CorpusPart;
import java.io.Serializable;

/// What a part of the corpus hands from pass to pass.
/// @param left some documents; null in the last block of a part
/// @param tally what the part counted in the pass; null but in its last block
record Block(CorpusPart.Left left, String tally) implements Serializable {}
