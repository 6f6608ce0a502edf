/// Matrices whose numbers lie in blocks, packed for speed when they are loaded, and the products
/// with them: plain loops (the oracle), vectors, and machine code, behind one interface. Knows
/// nothing of files or models; whoever loads a model names the format and the bytes.
package herd.engine.quant;
