package herd.embedding;

import herd.engine.infer.Generator;
import herd.engine.kernel.KernelChoice;
import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import herd.engine.sample.Sampling;
import herd.engine.tensor.DType;
import herd.engine.tensor.Workers;
import java.lang.foreign.Arena;
import java.util.List;

/// A program that uses the engine's exported packages alone: makes a tiny model and lets it write.
/// Prints the kernels' name and the tokens.
public final class Embedding {
  private Embedding() {}

  public static void main(String[] arguments) {
    var config = new LlamaConfig(97, 32, 2, 4, 2, 8, 64, 500_000, null, 1e-5, true, 64);
    try (var arena = Arena.ofShared();
        var workers = new Workers(2)) {
      var model = Llama.random(arena, DType.F32, config, 5);
      KernelChoice.best(workers); // asks twice: what is missing is said once
      var kernels = KernelChoice.best(workers);
      var answers = new Generator(model, kernels, 1)
          .generate(
              List.of(new int[] {1, 2, 3}),
              Sampling.greedy(),
              5,
              new int[0],
              Generator.Listener.NONE);
      System.out.println(kernels.name() + " " + answers.getFirst().ids().length);
    }
  }
}
