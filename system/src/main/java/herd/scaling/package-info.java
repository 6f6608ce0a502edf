/// Scaling laws (Llama 3 paper, section 3.2.1): fits of measured runs, and plans of runs that
/// were not made yet. Knows numbers, not models.
package herd.scaling;
