/// Blocks of quantised numbers as ggml lays them out: one final class a format, with its size,
/// how it is decoded (equal bit for bit to ggml) and, where one writes it, how it is encoded. It
/// knows nothing of files, tensors or models, and nothing of speed: kernels that multiply by such
/// blocks repack them and live elsewhere.
package herd.engine.block;
