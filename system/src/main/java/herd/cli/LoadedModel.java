package herd.cli;

import herd.engine.infer.Model;
import herd.engine.model.GgufModel;
import herd.engine.model.Llama;
import herd.engine.model.Packer;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Workers;
import herd.engine.text.Tokenizer;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A model with its tokenizer, ready to write.
final class LoadedModel implements AutoCloseable {
  private final Workers workers;
  private final Packer packer; // null where weights become floats
  private final Model model;
  private final Llama llama;
  private final List<Model> others = new ArrayList<>();
  private final Arena arena = Arena.ofShared();

  /// @param place a directory in the Hugging Face layout, or a GGUF file
  /// @throws herd.engine.UserError if a file is missing or damaged
  LoadedModel(Path place) {
    this(place, new KernelOptions());
  }

  /// @param options which kernels, and how many threads
  LoadedModel(Path place, KernelOptions options) {
    this(place, options, new EngineOptions());
  }

  /// @param options which kernels, and how many threads
  /// @param asked how far its positions are stretched
  LoadedModel(Path place, KernelOptions options, EngineOptions asked) {
    this.workers = options.workers();
    this.packer = options.packer(workers);
    this.model = Model.open(place, options.kernels(workers), packer);
    this.llama = asked.stretched(model.llama());
  }

  /// Another model on the same threads, which lives as long as this one.
  Model another(Path place) {
    others.add(Model.open(place, model.kernels(), packer));
    return others.getLast();
  }

  /// Memory that lives as long as the model.
  Arena arena() {
    return arena;
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
    return llama;
  }

  Kernels kernels() {
    return model.kernels();
  }

  int context() {
    return llama.config().context();
  }

  @Override
  public void close() {
    workers.close();
    others.forEach(Model::close);
    model.close();
    arena.close();
  }
}
