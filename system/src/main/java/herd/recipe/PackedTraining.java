package herd.recipe;

import herd.engine.model.Llama;
import herd.run.Workspace;
import herd.train.AdamW;
import herd.train.BatchRamp;
import herd.train.Objective;
import herd.train.PackedBatches;
import herd.train.Schedule;
import herd.train.SourceLosses;
import herd.train.TrainState;
import herd.train.course.MemoryPlan;
import herd.train.course.TrainOptions;
import herd.train.course.TrainingRun;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/// A training on packed documents, as pre-training, its continuation and annealing do it.
/// @param data stage with the documents, for the hold-out
record PackedTraining(
    Corpus corpus,
    int sequence,
    BatchRamp ramp,
    long steps,
    Schedule schedule,
    AdamW optimizer,
    long saveEvery,
    TrainOptions options,
    String data) {
  void run(Llama model, Workspace workspace, Inputs inputs) throws IOException {
    run(model, workspace, inputs, _ -> {}, start -> start);
  }

  void run(Llama model, Workspace workspace, Inputs inputs, Consumer<TrainingRun> after)
      throws IOException {
    run(model, workspace, inputs, after, start -> start);
  }

  /// Trains `model` in place and reports the hold-out's bits per byte before and after.
  /// @param after is done with the trained model before it is measured
  /// @param begin what training begins with
  void run(
      Llama model,
      Workspace workspace,
      Inputs inputs,
      Consumer<TrainingRun> after,
      UnaryOperator<TrainState> begin)
      throws IOException {
    plan(model).check();
    int context = model.config().context();
    var held = inputs.in(data, "holdout.parquet");
    var holdout = HoldoutBits.of(held, corpus.tokenizer(), context, inputs);
    double before = holdout.of(model);
    var run = training(workspace, inputs);
    run.run(model, workspace, List.of(), begin);
    after.accept(run);
    run.keepCheckpoints(workspace);
    shown(workspace);
    holdout.report(workspace, List.of(0L, steps), List.of(before, holdout.of(model)));
  }

  /// How often each source was shown.
  private void shown(Workspace workspace) {
    double[] epochs = corpus.batches(sequence, ramp, tokensPerBatch(), 0).epochs(steps);
    var mix = workspace.facts().putArray("mix");
    var frame = PackedBatches.Frame.known(corpus.tokenizer());
    for (int s = 0; s < epochs.length; s++) {
      var source = corpus.sources().get(s);
      mix.addObject()
          .put("source", source.name())
          .put("tokens", Math.round(epochs[s] * source.tokens(frame)))
          .put("epochs", epochs[s]);
    }
  }

  /// What the training needs.
  MemoryPlan plan(Llama model) {
    return MemoryPlan.of(model.config(), tokensPerBatch(), ramp.most(), options);
  }

  private int tokensPerBatch() {
    return options.tokensPerBatch() == 0
        ? ramp.most()
        : Math.min(ramp.most(), Math.max(sequence, options.tokensPerBatch()));
  }

  TrainingRun training(Workspace workspace, Inputs inputs) {
    return new TrainingRun(
        inputs.kernels(),
        new Objective.LanguageModel(options.zLoss(), new SourceLosses(corpus.names())),
        optimizer,
        schedule,
        corpus.batches(sequence, ramp, tokensPerBatch(), workspace.seed()),
        steps,
        saveEvery,
        options);
  }
}
