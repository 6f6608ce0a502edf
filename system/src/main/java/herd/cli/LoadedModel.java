package herd.cli;

import herd.engine.infer.Answer;
import herd.engine.infer.Generator;
import herd.engine.infer.Sampling;
import herd.engine.model.Llama;
import herd.engine.tensor.KernelChoice;
import herd.engine.tensor.Workers;
import herd.engine.text.Tokenizer;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;

/// A model with its tokenizer, ready to write.
final class LoadedModel implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final Workers workers = Workers.perProcessor();
  private final Tokenizer tokenizer;
  private final Llama llama;
  private final Generator generator;

  /// @throws herd.engine.UserError if a file is missing or damaged
  LoadedModel(Path directory) {
    this.tokenizer = Tokenizer.load(directory);
    this.llama = Llama.load(directory, arena);
    this.generator = new Generator(llama, KernelChoice.best(workers), 1);
  }

  Tokenizer tokenizer() {
    return tokenizer;
  }

  int context() {
    return llama.config().context();
  }

  /// Writes an answer to `prompt`; `piece` hears the text as it comes and may end it by false.
  Answer write(int[] prompt, Sampling sampling, Predicate<String> piece) {
    var decoder = tokenizer.decoder();
    var answer = generator
        .generate(List.of(prompt), sampling, (_, id) -> piece.test(decoder.next(id)))
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
