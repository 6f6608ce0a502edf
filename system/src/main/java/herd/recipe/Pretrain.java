package herd.recipe;

import herd.engine.model.Llama;
import herd.engine.tensor.DType;
import herd.run.About;
import herd.run.Default;
import herd.run.Workspace;
import herd.train.AdamW;
import herd.train.BatchRamp;
import herd.train.course.MemoryPlan;
import herd.train.course.TrainOptions;
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

    @About("steps between checkpoints") @Default("500") long saveEvery,

    @About("how the rate falls after the warm-up") @Default("cosine")
    Decay decay,

    @About("share of all steps of the descent, where decay is cooldown") @Default("0.2")
    double cooldown,

    @About("changes of tokensPerStep, in order") @Default("[]")
    List<BatchRamp.Rise> ramp,

    @About("changes of the mix, in order") @Default("[]") List<MixAt> mixes,

    @Default("{}") TrainOptions training)
    implements Stage {
  Pretrain {
    Limits.packed(length, tokensPerStep, sequence, model.context(), saveEvery);
    decay.schedule(peak, warmup, new BatchRamp(tokensPerStep, ramp).steps(length), floor, cooldown);
  }

  @Override
  public List<String> inputs() {
    return List.of(data, tokens);
  }

  /// What the training needs with a vocabulary of `vocab`.
  MemoryPlan memory(int vocab) {
    int most = new BatchRamp(tokensPerStep, ramp).most();
    int batch = training.tokensPerBatch() == 0
        ? most
        : Math.clamp(training.tokensPerBatch(), sequence, most);
    return MemoryPlan.of(model.config(vocab), batch, most, training);
  }

  @Override
  public int version() {
    return 3;
  }

  @Override
  public void run(Workspace workspace, Inputs inputs) throws IOException {
    try (var arena = Arena.ofShared()) {
      var ramped = new BatchRamp(tokensPerStep, ramp);
      long steps = ramped.steps(length);
      var corpus =
          Corpus.open(inputs.results().get(tokens), mix, mixes, arena).within(ramped.before(steps));
      int vocab = corpus.tokenizer().vocab();
      memory(vocab).checkAhead();
      var config = model.config(vocab);
      var llama = Llama.random(arena, DType.F32, config, workspace.seed());
      var schedule = decay.schedule(peak, warmup, steps, floor, cooldown);
      new PackedTraining(
              corpus, sequence, ramped, steps, schedule, optimizer, saveEvery, training, data)
          .run(llama, workspace, inputs);
      workspace.facts().withObject("/counts").put("parameters", llama.size());
      ModelFolder.save(llama, corpus.tokenizer(), workspace.result());
    }
  }
}
