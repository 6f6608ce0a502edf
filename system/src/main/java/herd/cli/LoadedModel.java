package herd.cli;

import herd.engine.infer.Generator;
import herd.engine.infer.Model;
import herd.engine.infer.Result;
import herd.engine.model.GgufModel;
import herd.engine.model.Llama;
import herd.engine.model.Packer;
import herd.engine.sample.Sampling;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Workers;
import herd.engine.text.Tokenizer;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;

/// A model with its tokenizer, ready to write.
final class LoadedModel implements AutoCloseable {
  private final Workers workers;
  private final Model model;
  private final Generator generator;

  /// @param place a directory in the Hugging Face layout, or a GGUF file
  /// @throws herd.engine.UserError if a file is missing or damaged
  LoadedModel(Path place) {
    this(place, new KernelOptions());
  }

  /// @param options which kernels, and how many threads
  LoadedModel(Path place, KernelOptions options) {
    this.workers = options.workers();
    this.model = Model.open(place, options.kernels(workers), options.packer(workers));
    this.generator = new Generator(model.llama(), model.kernels(), 1);
  }

  /// The weights of a model directory or GGUF file.
  static Llama llama(Path place, Arena arena) {
    return place.toString().endsWith(".gguf")
        ? GgufModel.load(place, arena)
        : Llama.load(place, arena);
  }

  /// The weights for inference: they stay as they are stored if there is a packer.
  /// @param packer null where they become floats
  static Llama llama(Path place, Arena arena, Packer packer) {
    if (packer == null) {
      return llama(place, arena);
    }
    return place.toString().endsWith(".gguf")
        ? GgufModel.load(place, arena, packer)
        : Llama.load(place, arena, packer);
  }

  Model model() {
    return model;
  }

  Tokenizer tokenizer() {
    return model.tokenizer();
  }

  Llama llama() {
    return model.llama();
  }

  Kernels kernels() {
    return model.kernels();
  }

  int context() {
    return model.llama().config().context();
  }

  /// Writes an answer to `prompt`; `piece` hears the text as it comes and may end it by false.
  Result write(int[] prompt, Sampling sampling, int maxTokens, Predicate<String> piece) {
    var decoder = tokenizer().decoder();
    int[] stops = model.stopIds().stream().mapToInt(id -> id).toArray();
    var answer = generator
        .generate(
            List.of(prompt), sampling, maxTokens, stops, (_, id) -> piece.test(decoder.next(id)))
        .getFirst();
    var rest = decoder.end();
    if (!rest.isEmpty()) {
      piece.test(rest);
    }
    return answer;
  }

  @Override
  public void close() {
    workers.close();
    model.close();
  }
}
