package herd.recipe;

import herd.engine.model.Llama;
import herd.engine.tensor.DType;
import herd.run.About;
import herd.run.Default;
import herd.run.Disk;
import herd.run.Workspace;
import herd.study.Findings;
import herd.study.Grid;
import herd.train.AdamW;
import herd.train.Objective;
import herd.train.course.TrainingRun;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.List;

/// Trains the larger model whose loss was predicted, and compares. Leaves `model/` in the Hugging
/// Face layout and `prediction.json` with what was measured.
@About("trains the larger model whose loss was predicted, and compares")
record ScaleConfirm(
    @About("stage with the runs") @Default("grid") String grid,
    @About("stage with the prediction") @Default("fit") String fit,
    @About("stage with the tokens") @Default("tokenizer") String tokens,
    @About("stage with the documents") @Default("curate") String data,

    @About("as in the grid") @Default("{beta2: 0.99}") AdamW optimizer,

    @About("as in the grid") @Default("300K") long holdoutTokens)
    implements Stage {
  private static final int CHECKPOINTS = 60;

  ScaleConfirm {
    Limits.positive("holdoutTokens", holdoutTokens, 300_000);
  }

  @Override
  public List<String> inputs() {
    return List.of(data, tokens, grid, fit);
  }

  @Override
  public int version() {
    return 2;
  }

  @Override
  public void run(Workspace workspace, Inputs inputs) throws IOException {
    var predicted = Findings.read(inputs.in(fit, ScaleFit.PREDICTION));
    var fitted = ScaleFit.fit(inputs.results().get(grid), predicted);
    try (var arena = Arena.ofShared()) {
      int sequence = fitted.plan().grid().sequence();
      var text = StudyText.open(inputs, tokens, data, sequence, holdoutTokens, arena);
      var large = fitted.large(text.tokens(sequence));
      Grid.checkText(List.of(large), text.tokens(sequence));
      var model = Llama.random(arena, DType.F32, large.config(), workspace.seed());
      new TrainingRun(
              inputs.kernels(),
              new Objective.LanguageModel(),
              optimizer,
              large.schedule(),
              text.batches(large, text.natural(), workspace.seed()),
              large.steps(),
              Math.max(1, large.steps() / CHECKPOINTS),
              1)
          .run(model, workspace);
      double loss = text.heldOut().mean(text.heldOut().losses(model, inputs.kernels()));
      double expected = predicted.path("predicted").asDouble();
      double error = expected / loss - 1;
      var json = large
          .json()
          .put("predicted", expected)
          .put("low", predicted.path("low").asDouble())
          .put("high", predicted.path("high").asDouble())
          .put("measured", loss)
          .put("error", error);
      Disk.write(workspace.result().resolve(ScaleFit.PREDICTION), json.toPrettyString() + "\n");
      fitted.losses(large, loss).to(workspace.facts());
      workspace.facts().set("prediction", json);
      workspace
          .facts()
          .withObjectProperty("counts")
          .put("parameters", large.shape().params());
      ScaleFit.note(
          workspace,
          "Predicted %.4f, measured %.4f: the prediction is off by %+.2f%%.",
          expected,
          loss,
          100 * error);
      ModelFolder.save(model, text.natural().tokenizer(), workspace.result());
    }
  }
}
