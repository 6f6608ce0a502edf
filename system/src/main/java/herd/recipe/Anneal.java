package herd.recipe;

import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import herd.run.Workspace;
import herd.train.AdamW;
import herd.train.Objective;
import herd.train.Schedule;
import herd.train.course.TrainingRun;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;

/// The last steps of pre-training (Llama 3 paper, section 3.4.3): learning rate linearly to 0 on a
/// mix with the best sources up-sampled; the mean of the last checkpoints is the model.
@About("learning rate linearly to 0 on an up-sampled mix, mean of the last checkpoints")
record Anneal(
    @About("stage with the model to go on from") @Default("pretrain")
    String from,

    @About("stage with the tokens") @Default("tokenizer") String tokens,
    @About("stage with the documents") @Default("curate") String data,

    @About("tokens to train on") @Default("512K") long length,

    @About("tokens of an optimizer step") @Default("1024") int tokensPerStep,

    @About("tokens of a row, which no segment exceeds") @Default("1024")
    int sequence,

    @About("learning rate of the first step") @Default("2e-4")
    double start,

    @Default("{}") AdamW optimizer,

    @About("kind of document to how much more of it is shown") @Default("{}")
    Map<String, Double> mix,

    @About("checkpoints that are averaged") @Default("3") int average,

    @About("steps between checkpoints") @Default("50") long saveEvery)
    implements Stage {
  Anneal {
    Limits.packed(length, tokensPerStep, sequence, Integer.MAX_VALUE, saveEvery);
    new Schedule.LinearToZero(start, length / tokensPerStep);
    if (average < 1 || average > 100) {
      throw new UserError("average", "" + average, "1 to 100", "The usual is 3.");
    }
  }

  @Override
  public List<String> inputs() {
    return List.of(data, tokens, from);
  }

  @Override
  public int version() {
    return 1;
  }

  @Override
  public void run(Workspace workspace, Inputs inputs) throws IOException {
    try (var arena = Arena.ofShared()) {
      var corpus = Corpus.open(inputs.results().get(tokens), mix, arena);
      long steps = length / tokensPerStep;
      var batches = corpus.batches(sequence, tokensPerStep, workspace.seed());
      var llama = ModelFolder.copy(inputs.results().get(from), arena);
      var holdout = HoldoutBits.of(inputs.in(data, "holdout.parquet"), corpus.tokenizer(), inputs);
      double before = holdout.of(llama);
      var training = new TrainingRun(
          inputs.kernels(),
          new Objective.LanguageModel(),
          optimizer,
          new Schedule.LinearToZero(start, steps),
          batches,
          steps,
          saveEvery,
          average);
      training.run(llama, workspace);
      int averaged = training.average(llama, workspace);
      workspace.facts().withObject("/counts").put("averagedCheckpoints", averaged);
      holdout.report(workspace, List.of(0L, steps), List.of(before, holdout.of(llama)));
      ModelFolder.save(llama, corpus.tokenizer(), workspace.result());
    }
  }
}
