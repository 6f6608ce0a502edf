package herd.recipe;

import herd.engine.UserError;
import herd.engine.infer.Scorer;
import herd.engine.model.Llama;
import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.text.Tokenizer;
import herd.eval.BitsDifference;
import herd.eval.ChoiceDifference;
import herd.eval.Exam;
import herd.eval.Texts;
import herd.run.Workspace;
import herd.train.AdamW;
import herd.train.BatchRamp;
import herd.train.Objective;
import herd.train.PackedBatches;
import herd.train.Schedule;
import herd.train.SourceLosses;
import herd.train.course.MemoryPlan;
import herd.train.course.TrainOptions;
import herd.train.course.TrainingRun;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Continued pre-training of a model on files of text, without a recipe.
/// @param length tokens to train on
/// @param tokensPerStep of an optimizer step, a multiple of `sequence`
/// @param sequence tokens of a row
/// @param schedule learning rate of each step
public record TextTraining(
    long length,
    int tokensPerStep,
    int sequence,
    Schedule schedule,
    TrainOptions options,
    Kernels kernels) {
  private static final long SAVES = 10;

  /// Steps in `length` tokens.
  /// @throws UserError if there is none
  public static long steps(long length, int tokensPerStep, int sequence) {
    Limits.packed(length, tokensPerStep, sequence, Integer.MAX_VALUE, 1);
    return length / tokensPerStep;
  }

  /// Trains `model` in place; interrupted and run again it goes on.
  /// @param weights of the sources, in their order
  public void run(Llama model, TextCorpus corpus, List<Double> weights, Workspace workspace) {
    Limits.sequence(sequence, model.config().context());
    int batch = options.tokensPerBatch() == 0
        ? tokensPerStep
        : Math.clamp(options.tokensPerBatch(), sequence, tokensPerStep);
    MemoryPlan.of(model.config(), batch, tokensPerStep, options).check();
    var sources = new ArrayList<PackedBatches.Source>();
    for (int s = 0; s < weights.size(); s++) {
      var source = corpus.sources().get(s);
      sources.add(new PackedBatches.Source(source.name(), source.shards(), weights.get(s)));
    }
    var ramp = BatchRamp.level(tokensPerStep);
    var frame = corpus.frame();
    var batches =
        new PackedBatches(sources, List.of(), frame, sequence, ramp, batch, workspace.seed());
    var losses =
        new SourceLosses(sources.stream().map(PackedBatches.Source::name).toList());
    long steps = steps(length, tokensPerStep, sequence);
    new TrainingRun(
            kernels,
            new Objective.LanguageModel(options.zLoss(), losses),
            new AdamW(),
            schedule,
            batches,
            steps,
            Math.max(1, steps / SAVES),
            options)
        .run(model, workspace);
  }

  /// Annealing as a judge of a data set (Llama 3 paper, section 3.1.3): the same half-trained
  /// model is annealed linearly to 0 on the usual sources alone, and with a share of the
  /// candidate; what differs is what the candidate is worth.
  /// @param corpus the candidate first, then the usual sources
  /// @param share of tokens that are the candidate's, 0.3 in the paper
  /// @param questions multiple choice that both are asked, none where there is none
  /// @param control where the annealing without the candidate works
  /// @param judged where the one with it works
  public Judgement judge(
      Llama model,
      Tokenizer tokenizer,
      TextCorpus corpus,
      double share,
      List<Exam.ChoiceItem> questions,
      Workspace control,
      Workspace judged) {
    if (!(share > 0 && share < 1)) {
      throw new UserError("share", "" + share, "between 0 and 1", "The paper's is 0.3.");
    }
    double usual = corpus.sources().stream()
        .skip(1)
        .mapToDouble(PackedBatches.Source::weight)
        .sum();
    if (usual == 0) {
      throw new UserError(
          "sources", "the candidate alone", "usual sources beside it", "Name the default mix.");
    }
    try (var arena = Arena.ofShared()) {
      var without = model.copy(arena, DType.F32);
      var with = model.copy(arena, DType.F32);
      run(without, corpus, weights(corpus, 0, usual), control);
      run(with, corpus, weights(corpus, share, usual), judged);
      var texts = new Texts(tokenizer, Math.min(512, sequence));
      var differences = new LinkedHashMap<String, BitsDifference>();
      corpus
          .holdout()
          .forEach((name, some) -> differences.put(
              name,
              BitsDifference.of(
                  texts,
                  new Scorer(without, kernels),
                  new Scorer(with, kernels),
                  some,
                  control.seed())));
      var choice = questions.isEmpty()
          ? null
          : ChoiceDifference.of(
              tokenizer,
              new Scorer(without, kernels),
              new Scorer(with, kernels),
              questions,
              control.seed());
      return new Judgement(differences, choice);
    }
  }

  /// Multiple choice about what a recipe's stage has held out, to ask in [#judge].
  /// @param folder result of a stage with documents
  /// @param most questions
  /// @throws UserError if there is no such result, or nothing to ask in it
  public static List<Exam.ChoiceItem> questions(Path folder, int most, long seed) {
    return Evaluate.questions(folder, most, seed);
  }

  /// What a set of texts is worth.
  /// @param bits for each source the difference of bits per byte of what is held out of it
  /// @param choice the difference in multiple choice; null where nothing was asked
  public record Judgement(Map<String, BitsDifference> bits, ChoiceDifference choice) {}

  private static List<Double> weights(TextCorpus corpus, double share, double usual) {
    var weights = new ArrayList<Double>();
    weights.add(share);
    corpus.sources().stream()
        .skip(1)
        .forEach(source -> weights.add((1 - share) * source.weight() / usual));
    return weights;
  }
}
