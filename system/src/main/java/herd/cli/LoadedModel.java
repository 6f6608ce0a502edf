package herd.cli;

import herd.engine.infer.Generator;
import herd.engine.infer.Result;
import herd.engine.model.GgufModel;
import herd.engine.model.Llama;
import herd.engine.model.Packer;
import herd.engine.model.StopIds;
import herd.engine.sample.Sampling;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Workers;
import herd.engine.text.GgufTokenizer;
import herd.engine.text.Tokenizer;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Predicate;

/// A model with its tokenizer, ready to write.
final class LoadedModel implements AutoCloseable {
  private static final List<String> ENDS =
      List.of("<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|im_end|>", "<|endoftext|>", "</s>");

  private final Arena arena = Arena.ofShared();
  private final Workers workers;
  private final Kernels kernels;
  private final Tokenizer tokenizer;
  private final Llama llama;
  private final Generator generator;

  /// @param directory in the Hugging Face layout, or a GGUF file
  /// @throws herd.engine.UserError if a file is missing or damaged
  LoadedModel(Path directory) {
    this(directory, new KernelOptions());
  }

  /// @param options which kernels, and how many threads
  LoadedModel(Path directory, KernelOptions options) {
    this.workers = options.workers();
    this.kernels = options.kernels(workers);
    this.tokenizer = tokenizer(directory);
    this.llama = llama(directory, arena, options.packer(workers));
    this.generator = new Generator(llama, kernels, 1);
  }

  /// The tokenizer of a model directory or GGUF file, or the tokenizer file itself.
  static Tokenizer tokenizer(Path place) {
    return place.toString().endsWith(".gguf") ? GgufTokenizer.load(place) : Tokenizer.load(place);
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

  /// The tokens that end an answer: those that the model's files name, and those whose names say
  /// so.
  static int[] stops(Path place, Tokenizer tokenizer) {
    var ids = new TreeSet<>(StopIds.of(place));
    for (String name : ENDS) {
      if (tokenizer.specials().containsKey(name)) {
        ids.add(tokenizer.special(name));
      }
    }
    return ids.stream().mapToInt(id -> id).toArray();
  }

  Tokenizer tokenizer() {
    return tokenizer;
  }

  Llama llama() {
    return llama;
  }

  Kernels kernels() {
    return kernels;
  }

  int context() {
    return llama.config().context();
  }

  /// Writes an answer to `prompt`; `piece` hears the text as it comes and may end it by false.
  Result write(
      int[] prompt, Sampling sampling, int maxTokens, int[] stops, Predicate<String> piece) {
    var decoder = tokenizer.decoder();
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
    arena.close();
  }
}
