package herd.recipe;

import herd.data.DocFile;
import herd.engine.UserError;
import herd.engine.model.Llama;
import herd.engine.text.ChatFormat;
import herd.engine.text.Message;
import herd.engine.text.Tokenizer;
import herd.eval.Answers;
import herd.post.JavaMethods;
import herd.post.Pair;
import herd.post.PreferencePairs;
import herd.run.About;
import herd.run.Default;
import herd.run.Workspace;
import herd.train.AdamW;
import herd.train.Example;
import herd.train.Objective;
import herd.train.PairBatches;
import herd.train.PairBatches.Preference;
import herd.train.Schedule;
import herd.train.course.TrainOptions;
import herd.train.course.TrainingRun;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/// Direct preference optimisation (Llama 3 paper, section 4.1.4) on pairs made from the training
/// documents and from the model's own attempts; the model it starts from is the reference. Header
/// and end tokens are masked; the chosen answer's likelihood is part of the loss.
///
/// Leaves `model/` and `pairs.jsonl`.
@About("direct preference optimisation on pairs made from the documents and the model's attempts")
record DpoStage(
    @About("stage with the model to go on from") @Default("sft")
    String from,

    @About("stage with the documents") @Default("curate") String data,

    @About("what the pairs are made of") @Default("{}") PreferencePairs pairs,

    @About("strength of the pull towards the reference") @Default("0.1")
    double beta,

    @About("weight of the chosen answer's negative log-likelihood") @Default("0.2")
    double nllWeight,

    @About("how often each pair is seen") @Default("1") int epochs,

    @About("tokens of an optimizer step") @Default("2048") int tokensPerStep,

    @About("longer pairs are left out") @Default("1024") int maxTokens,

    @About("highest learning rate") @Default("1e-4") double peak,

    @About("steps of the linear warm-up") @Default("10") long warmup,

    @About("temperature of the model's own attempts") @Default("0.8")
    double temperature,

    @About("tokens of an attempt at most") @Default("160") int attemptTokens,

    @Default("{}") AdamW optimizer,

    @About("steps between checkpoints") @Default("100") long saveEvery,

    @Default("{}") TrainOptions training)
    implements Stage {
  DpoStage {
    Limits.tuning(epochs, tokensPerStep, maxTokens, saveEvery);
    Limits.tuning(training);
    Limits.positive("attemptTokens", attemptTokens, 160);
    if (!(beta > 0) || !(nllWeight >= 0)) {
      throw new UserError(
          "beta, nllWeight",
          beta + ", " + nllWeight,
          "a positive beta, a weight of 0 or more",
          "The usual are 0.1 and 0.2.");
    }
    new Schedule.Constant(peak);
  }

  @Override
  public List<String> inputs() {
    return List.of(data, from);
  }

  @Override
  public int version() {
    return 1;
  }

  @Override
  public void run(Workspace workspace, Inputs inputs) throws IOException {
    var tokenizer = ModelFolder.tokenizer(inputs.results().get(from));
    var format = new ChatFormat(tokenizer);
    try (var arena = Arena.ofShared()) {
      var llama = ModelFolder.load(inputs.results().get(from), arena);
      Limits.memory(llama.config(), tokensPerStep, maxTokens, training);
      var made = pairs(workspace, inputs, llama, tokenizer);
      var preferences = made.stream()
          .map(pair -> new Preference(
              example(format, pair.prompt(), pair.chosen()),
              example(format, pair.prompt(), pair.rejected())))
          .filter(p -> p.chosen().tokens().length + p.rejected().tokens().length <= maxTokens)
          .toList();
      var counts = workspace.facts().withObject("/counts");
      counts.put("pairs", preferences.size()).put("tooLong", made.size() - preferences.size());
      made.stream()
          .collect(Collectors.groupingBy(Pair::kind, Collectors.counting()))
          .forEach(counts::put);
      var batches = PairBatches.of(
          preferences, tokensPerStep, epochs, workspace.seed(), llama, inputs.kernels());
      new TrainingRun(
              inputs.kernels(),
              new Objective.Dpo(beta, nllWeight),
              optimizer,
              new Schedule.WarmupLinear(peak, warmup, Math.max(warmup + 1, batches.steps())),
              batches,
              batches.steps(),
              saveEvery,
              training)
          .run(llama, workspace);
      ModelFolder.save(llama, tokenizer, workspace.result());
    }
  }

  /// Made once: an interrupted training goes on with the pairs that it began with.
  private List<Pair> pairs(Workspace workspace, Inputs inputs, Llama llama, Tokenizer tokenizer)
      throws IOException {
    Path file = workspace.scratch().resolve("pairs.jsonl");
    if (!Files.exists(file)) {
      var documents = DocFile.read(inputs.in(data, "train.parquet"));
      workspace.progress().say("making pairs, some from the model's own attempts");
      var made = pairs.from(JavaMethods.of(documents), workspace.seed(), questions -> new Answers(
              tokenizer, inputs.kernels())
          .write(
              llama,
              questions,
              temperature,
              attemptTokens,
              workspace.seed(),
              workspace.progress()));
      Pair.write(file, made);
    }
    Files.copy(file, workspace.result().resolve("pairs.jsonl"));
    return Pair.read(file);
  }

  private static Example example(ChatFormat format, String question, String answer) {
    var turns = List.of(new Message("user", question), new Message("assistant", answer));
    return Example.preference(format.encode(turns, false));
  }
}
