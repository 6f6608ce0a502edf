/// Sorting of more numbers than fit in memory. Knows nothing of what they mean.
package herd.data.spill;
