package herd.recipe;

import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import herd.run.Workspace;
import herd.train.AdamW;
import herd.train.BatchRamp;
import herd.train.Schedule;
import herd.train.course.TrainOptions;
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

    @About("steps between checkpoints") @Default("50") long saveEvery,

    @About("how checkpoints are averaged: the last ones alike, all alike, or newer ones more")
    @Default("last")
    Averaging averaging,

    @About("how much a checkpoint counts against the next newer one, where averaging is ema")
    @Default("0.7")
    double averageDecay,

    @Default("{}") TrainOptions training)
    implements Stage {
  Anneal {
    Limits.packed(length, tokensPerStep, sequence, Integer.MAX_VALUE, saveEvery);
    new Schedule.LinearToZero(start, length / tokensPerStep);
    if (average < 1 || average > 100) {
      throw new UserError("average", "" + average, "1 to 100", "The usual is 3.");
    }
    if (!(averageDecay > 0 && averageDecay <= 1)) {
      throw new UserError("averageDecay", "" + averageDecay, "over 0, up to 1", "0.7 is usual.");
    }
  }

  /// Which checkpoints count, and how much.
  enum Averaging {
    /// The last `average` alike.
    LAST,
    /// All of the stage alike (Polyak).
    POLYAK,
    /// All of the stage, older ones ever less.
    EMA
  }

  @Override
  public List<String> inputs() {
    return List.of(data, tokens, from);
  }

  @Override
  public int version() {
    return 2;
  }

  @Override
  public void run(Workspace workspace, Inputs inputs) throws IOException {
    try (var arena = Arena.ofShared()) {
      var corpus = Corpus.open(inputs.results().get(tokens), mix, arena)
          .within(length / tokensPerStep * tokensPerStep);
      long steps = length / tokensPerStep;
      var llama = ModelFolder.load(inputs.results().get(from), arena);
      Limits.sequence(sequence, llama.config().context());
      int keep = averaging == Averaging.LAST ? average : Integer.MAX_VALUE;
      var course = new PackedTraining(
          corpus,
          sequence,
          BatchRamp.level(tokensPerStep),
          steps,
          new Schedule.LinearToZero(start, steps),
          optimizer,
          saveEvery,
          training.withKeep(keep),
          data);
      double decay = averaging == Averaging.EMA ? averageDecay : 1;
      course.run(llama, workspace, inputs, run -> {
        int averaged = run.average(llama, workspace, decay);
        workspace.facts().withObject("/counts").put("averagedCheckpoints", averaged);
      });
      ModelFolder.save(llama, corpus.tokenizer(), workspace.result());
    }
  }
}
