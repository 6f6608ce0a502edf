package herd.eval;

import herd.engine.infer.Generator;
import herd.engine.model.Llama;
import herd.engine.sample.Sampling;
import herd.engine.tensor.Kernels;
import herd.engine.text.ChatFormat;
import herd.engine.text.Message;
import herd.engine.text.Tokenizer;
import herd.run.Interrupted;
import herd.run.Progress;
import java.util.List;

/// Answers that a model writes to questions asked in the chat format, many at a time.
public record Answers(Tokenizer tokenizer, Kernels kernels) {
  private static final int PLACES = 64;

  /// One answer for each question, in order.
  /// @param temperature 0 takes the most likely token; else the tokens drawn are among those that
  /// together reach a probability of 0.95
  /// @param maxTokens of an answer
  /// @throws Interrupted if the user asked to stop
  public List<String> write(
      Llama model,
      List<String> questions,
      double temperature,
      int maxTokens,
      long seed,
      Progress progress) {
    var format = new ChatFormat(tokenizer);
    var prompts = questions.stream()
        .map(question ->
            format.encode(List.of(new Message("user", question)), true).ids())
        .toList();
    var sampling = Sampling.of(seed, temperature, 0, 0.95);
    var answers = new Generator(model, kernels, PLACES)
        .generate(prompts, sampling, maxTokens, format.stops(), (_, _) -> !progress.interrupted());
    if (progress.interrupted()) {
      throw new Interrupted();
    }
    return answers.stream().map(answer -> tokenizer.decode(answer.ids())).toList();
  }
}
