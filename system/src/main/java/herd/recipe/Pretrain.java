package herd.recipe;

import herd.engine.model.Llama;
import herd.engine.tensor.DType;
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

/// Trains a Llama from random weights on packed documents (Llama 3 paper, section 3.4.1): AdamW,
/// warm-up, cosine. Leaves `model/` in the Hugging Face layout.
@About("trains a Llama from random weights on the curated tokens")
record Pretrain(
    @About("stage with the tokens") @Default("tokenizer") String tokens,
    @About("stage with the documents") @Default("curate") String data,
    ModelShape model,

    @About("tokens to train on") @Default("4M") long length,

    @About("tokens of an optimizer step") @Default("1024") int tokensPerStep,

    @About("tokens of a row, which no segment exceeds") @Default("1024")
    int sequence,

    @About("highest learning rate") @Default("2e-3") double peak,

    @About("steps of the linear warm-up") @Default("100") long warmup,

    @About("share of the peak at the end") @Default("0.1") double floor,
    @Default("{}") AdamW optimizer,

    @About("kind of document to how much more of it is shown") @Default("{}")
    Map<String, Double> mix,

    @About("steps between checkpoints") @Default("500") long saveEvery)
    implements Stage {
  Pretrain {
    Limits.packed(length, tokensPerStep, sequence, model.context(), saveEvery);
    new Schedule.WarmupCosine(peak, warmup, length / tokensPerStep, floor);
  }

  @Override
  public List<String> inputs() {
    return List.of(data, tokens);
  }

  @Override
  public int version() {
    return 2;
  }

  @Override
  public void run(Workspace workspace, Inputs inputs) throws IOException {
    try (var arena = Arena.ofShared()) {
      var corpus = Corpus.open(inputs.results().get(tokens), mix, arena);
      long steps = length / tokensPerStep;
      var batches = corpus.batches(sequence, tokensPerStep, workspace.seed());
      var config = model.config(corpus.tokenizer().vocab());
      var llama = Llama.random(arena, DType.F32, config, workspace.seed());
      var holdout = HoldoutBits.of(inputs.in(data, "holdout.parquet"), corpus.tokenizer(), inputs);
      double before = holdout.of(llama);
      new TrainingRun(
              inputs.kernels(),
              new Objective.LanguageModel(),
              optimizer,
              new Schedule.WarmupCosine(peak, warmup, steps, floor),
              batches,
              steps,
              saveEvery,
              2)
          .run(llama, workspace);
      workspace.facts().withObject("/counts").put("parameters", llama.size());
      holdout.report(workspace, List.of(0L, steps), List.of(before, holdout.of(llama)));
      ModelFolder.save(llama, corpus.tokenizer(), workspace.result());
    }
  }
}
