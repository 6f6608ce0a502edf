package herd.train.course;

import herd.engine.UserError;
import herd.engine.kernel.Precision;
import herd.engine.model.Llama;
import herd.engine.model.Recompute;
import herd.engine.tensor.Tensor;
import herd.run.About;
import herd.run.Default;
import herd.train.save.Retention;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// How a training runs, beside what it learns.
@About("how training runs, beside what it learns")
public record TrainOptions(
    @About("results that the backward pass computes again instead of keeping them") @Default("none")
    Recompute recompute,

    @About(
        "most tokens of a forward and backward pass; a step accumulates the gradients of several;"
            + " 0 for the whole step at once")
    @Default("0")
    int tokensPerBatch,

    @About("newest checkpoints that stay") @Default("2") int keep,

    @About("checkpoints of steps that this divides stay until the end; 0 for none") @Default("0")
    long keepEvery,

    @About("weight of the penalty on the softmax's denominator, 1e-4 is usual; 0 for none")
    @Default("0")
    double zLoss,

    @About("when a loss is a spike") @Default("{}") SpikeRule spikes,

    @About("steps between norms of weights and gradients and sizes of activations; 0 for never")
    @Default("0")
    long statisticsEvery,

    @About("parts of parameters' names that are not trained: embed_tokens, layers.0.")
    @Default("[]")
    List<String> freeze,

    @About("low-rank additions that are trained instead of the model") @Default("{}")
    LowRankSettings lora,

    @About("operands of products: f32, or bf16 where this machine multiplies those faster")
    @Default("f32")
    Precision dtype) {
  /// What is used where nothing is said.
  public static final TrainOptions DEFAULTS = new TrainOptions(
      Recompute.NONE,
      0,
      2,
      0,
      0,
      SpikeRule.NEVER,
      0,
      List.of(),
      LowRankSettings.NONE,
      Precision.F32);

  public TrainOptions {
    freeze = List.copyOf(freeze);
    new Retention(keep, keepEvery);
    if (tokensPerBatch < 0 || statisticsEvery < 0) {
      throw new UserError(
          "training", tokensPerBatch + " and " + statisticsEvery, "0 or more", "0 is the usual.");
    }
    if (!(zLoss >= 0) || Double.isInfinite(zLoss)) {
      throw new UserError("zLoss", "" + zLoss, "0 or more", "1e-4 is usual.");
    }
    if (lora.rank() > 0 && !freeze.isEmpty()) {
      throw new UserError(
          "lora", "freeze beside it", "one of the two", "With lora the whole model is frozen.");
    }
  }

  /// Products in F32.
  public TrainOptions(
      Recompute recompute,
      int tokensPerBatch,
      int keep,
      long keepEvery,
      double zLoss,
      SpikeRule spikes,
      long statisticsEvery,
      List<String> freeze,
      LowRankSettings lora) {
    this(
        recompute,
        tokensPerBatch,
        keep,
        keepEvery,
        zLoss,
        spikes,
        statisticsEvery,
        freeze,
        lora,
        Precision.F32);
  }

  /// The same with another number of newest checkpoints.
  public TrainOptions withKeep(int newest) {
    return new TrainOptions(
        recompute,
        tokensPerBatch,
        newest,
        keepEvery,
        zLoss,
        spikes,
        statisticsEvery,
        freeze,
        lora,
        dtype);
  }

  /// The same with other results computed again.
  TrainOptions with(Recompute other) {
    return new TrainOptions(
        other,
        tokensPerBatch,
        keep,
        keepEvery,
        zLoss,
        spikes,
        statisticsEvery,
        freeze,
        lora,
        dtype);
  }

  /// Which checkpoints stay.
  Retention retention() {
    return new Retention(keep, keepEvery);
  }

  /// The parameters of `model` that are trained where there are no low-rank additions.
  /// @throws UserError if nothing is left, or something to freeze is not there
  SequencedMap<String, Tensor> trained(Llama model) {
    for (var part : freeze) {
      if (model.parameters().keySet().stream().noneMatch(name -> name.contains(part))) {
        throw new UserError(
            "freeze", "'" + part + "'", "part of a parameter's name", "Look at herd inspect.");
      }
    }
    var trained = new LinkedHashMap<>(model.parameters());
    trained.keySet().removeIf(name -> freeze.stream().anyMatch(name::contains));
    if (trained.isEmpty()) {
      throw new UserError("freeze", "every parameter", "some to train", "Freeze less.");
    }
    return trained;
  }
}
