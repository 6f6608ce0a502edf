package herd.recipe;

import herd.engine.UserError;
import herd.engine.model.Llama;
import herd.run.About;
import herd.run.Default;
import herd.run.Workspace;
import herd.train.AdamW;
import herd.train.BatchRamp;
import herd.train.TrainState;
import herd.train.course.TrainOptions;
import herd.train.save.Checkpoints;
import herd.train.save.Retention;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// Goes on with a model on another mix: experts by branching (Llama 3 paper, sections 4.3.1 and
/// 4.3.2), or a later part of pre-training. It begins with a stage's model or one of its
/// checkpoints, with or without the optimizer's state.
@About("goes on training a stage's model, or one of its checkpoints, on another mix")
record Continue(
    @About("stage with the model to go on from") @Default("pretrain")
    String from,

    @About("step of the checkpoint to begin with, kept by training.keepEvery; 0 for the model")
    @Default("0")
    long checkpoint,

    @About("whether the checkpoint's optimizer state is taken over, too") @Default("false")
    boolean optimizerState,

    @About("stage with the tokens") @Default("tokenizer") String tokens,
    @About("stage with the documents") @Default("curate") String data,

    @About("tokens to train on") @Default("1M") long length,

    @About("tokens of an optimizer step") @Default("1024") int tokensPerStep,

    @About("tokens of a row, which no segment exceeds") @Default("512")
    int sequence,

    @About("highest learning rate") @Default("5e-4") double peak,

    @About("steps of the linear warm-up") @Default("20") long warmup,

    @About("share of the peak at the end") @Default("0.1") double floor,

    @About("how the rate falls after the warm-up") @Default("cosine")
    Decay decay,

    @About("share of all steps of the descent, where decay is cooldown") @Default("0.2")
    double cooldown,

    @Default("{}") AdamW optimizer,

    @About("kind of document to how much more of it is shown") @Default("{}")
    Map<String, Double> mix,

    @About("changes of the mix, in order") @Default("[]") List<MixAt> mixes,

    @About("changes of tokensPerStep, in order") @Default("[]")
    List<BatchRamp.Rise> ramp,

    @About("steps between checkpoints") @Default("500") long saveEvery,
    @Default("{}") TrainOptions training)
    implements Stage {
  Continue {
    Limits.packed(length, tokensPerStep, sequence, Integer.MAX_VALUE, saveEvery);
    decay.schedule(peak, warmup, new BatchRamp(tokensPerStep, ramp).steps(length), floor, cooldown);
    if (optimizerState && checkpoint == 0) {
      throw new UserError(
          "optimizerState",
          "true without a checkpoint",
          "a step that training.keepEvery kept",
          "Name a checkpoint, or leave the optimizer's state out.");
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
    try (var arena = Arena.ofShared();
        var checkpoints = checkpoints(inputs.in(from, "checkpoints"), workspace)) {
      var ramped = new BatchRamp(tokensPerStep, ramp);
      long steps = ramped.steps(length);
      var corpus =
          Corpus.open(inputs.results().get(tokens), mix, mixes, arena).within(ramped.before(steps));
      var model = ModelFolder.load(inputs.results().get(from), arena);
      Limits.sequence(sequence, model.config().context());
      Limits.vocabulary(corpus, model.config().vocab());
      begin(model, checkpoints);
      var schedule = decay.schedule(peak, warmup, steps, floor, cooldown);
      UnaryOperator<TrainState> begin =
          start -> optimizerState ? checkpoints.begin(start, checkpoint) : start;
      new PackedTraining(
              corpus, sequence, ramped, steps, schedule, optimizer, saveEvery, training, data)
          .run(model, workspace, inputs, _ -> {}, begin);
      ModelFolder.save(model, corpus.tokenizer(), workspace.result());
    }
  }

  private void begin(Llama model, Checkpoints checkpoints) {
    if (checkpoint > 0) {
      checkpoints.at(checkpoint).into(Checkpoints.MODEL, model.parameters());
    }
  }

  private static Checkpoints checkpoints(Path folder, Workspace workspace) {
    return new Checkpoints(folder, new Retention(Integer.MAX_VALUE), workspace.progress());
  }
}
