package herd.speed;

import herd.engine.model.LlamaConfig;

/// Models whose training is measured, with the batches that are usual for them.
public enum TrainShape {
  /// 3 million parameters, for a quick look.
  TINY(new LlamaConfig(4_096, 192, 4, 4, 4, 48, 512, 5e5, null, 1e-5, true, 2_048), 8, 128),
  /// 15 million parameters.
  SMALL(new LlamaConfig(32_000, 288, 6, 6, 6, 48, 768, 5e5, null, 1e-5, true, 2_048), 8, 256),
  /// The shape of SmolLM2-135M.
  SMOLLM2(new LlamaConfig(49_152, 576, 30, 9, 3, 64, 1_536, 5e5, null, 1e-5, true, 2_048), 1, 512);

  private final LlamaConfig config;
  private final int batch;
  private final int sequence;

  TrainShape(LlamaConfig config, int batch, int sequence) {
    this.config = config;
    this.batch = batch;
    this.sequence = sequence;
  }

  /// The model.
  public LlamaConfig config() {
    return config;
  }

  /// Rows of the usual batch.
  public int batch() {
    return batch;
  }

  /// Tokens of a row of the usual batch.
  public int sequence() {
    return sequence;
  }

  /// FLOPs of a token of training: six for every number of a matrix that it is multiplied with, the
  /// head included, and attention's scores over the half of the sequence that is seen on average.
  double flops(int tokens) {
    var c = config;
    double attention = (double) c.dim() * c.headDim() * (2 * c.heads() + 2 * c.kvHeads());
    double layer = attention + 3.0 * c.dim() * c.ffnDim();
    double scores = (double) c.layers() * c.heads() * c.headDim() * tokens;
    return 6 * (c.layers() * layer + (double) c.vocab() * c.dim() + scores);
  }
}
