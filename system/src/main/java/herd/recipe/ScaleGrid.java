package herd.recipe;

import herd.engine.UserError;
import herd.engine.tensor.Kernels;
import herd.run.About;
import herd.run.Default;
import herd.run.Disk;
import herd.run.Progress;
import herd.run.RunDirectory;
import herd.run.Workspace;
import herd.scaling.TuningRule;
import herd.study.Findings;
import herd.study.Grid;
import herd.study.Search;
import herd.study.SmallRuns;
import herd.study.Speeds;
import herd.study.StudyPlan;
import herd.train.AdamW;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.IntStream;

/// Trains small models of several sizes on each of several budgets (Llama 3 paper, section 3.2.1),
/// as many at a time as there are processors.
///
/// Leaves `plan.json` (budgets, measured speeds), `runs.csv` and `runs.json`.
@About("trains small models of several sizes on each of several budgets")
record ScaleGrid(
    @About("stage with the tokens") @Default("tokenizer") String tokens,
    @About("stage with the documents") @Default("curate") String data,

    @About("FLOPs of the budgets; none for what fits into the minutes at this machine's speed")
    @Default("[]")
    List<Double> budgets,

    @About("how many budgets, where they are chosen") @Default("4")
    int count,

    @About("how many times the one before each budget is") @Default("2")
    double apart,

    @About("minutes for all models, where budgets are chosen") @Default("75")
    double minutes,

    @About("how many times the largest budget the model has that is predicted") @Default("8")
    double times,

    @About("minutes for that model, where budgets are chosen") @Default("55")
    double largeMinutes,

    @About("models of each budget") @Default("5") int sizes,

    @About("how many times the one before each of them is, about") @Default("2")
    double spread,

    @About("where the middle of the smallest budget's is; 20 is Chinchilla's") @Default("20")
    double tokensPerParameter,

    @About("tokens of a row, which no segment exceeds") @Default("256")
    int sequence,

    @About("learning rate and batch as factors on DeepSeek's rule") @Default("{}")
    Tuning tuning,

    @Default("{beta2: 0.99}") AdamW optimizer,

    @About("held-out tokens that the loss is measured on, at most") @Default("300K")
    long holdoutTokens)
    implements Stage {
  static final String PLAN = "plan.json";

  ScaleGrid {
    if (budgets.isEmpty() ? count < 2 : budgets.size() < 2) {
      throw new UserError("budgets", "fewer than two", "2 or more", "4 are usual.");
    }
    for (int i = 0; i < budgets.size(); i++) {
      double before = i == 0 ? 1e8 : budgets.get(i - 1);
      if (!(budgets.get(i) > before && budgets.get(i) < 1e25)) {
        throw new UserError(
            "budgets", "" + budgets.get(i), "FLOPs over 1e8, ascending", "Correct the list.");
      }
    }
    check("apart", apart, apart > 1 && apart <= 100, "over 1, up to 100");
    check("minutes", minutes, minutes > 0 && minutes < 1e6, "above 0");
    check("largeMinutes", largeMinutes, largeMinutes > 0 && largeMinutes < 1e6, "above 0");
    check("times", times, times > 1 && times <= 1000, "over 1, up to 1000");
    Limits.positive("holdoutTokens", holdoutTokens, 300_000);
    Limits.sequence(sequence, SmallRuns.TOKENS_PER_BATCH);
    new Grid(sizes, spread, tokensPerParameter, sequence, tuning.rule(), 512);
  }

  private static void check(String name, double found, boolean right, String allowed) {
    if (!right) {
      throw new UserError(name, "" + found, allowed, "Correct it.");
    }
  }

  /// Factors on a rule.
  @About("learning rate and tokens of a step as factors on DeepSeek's rule")
  record Tuning(
      @About("factor on 0.3118 C^-0.125") @Default("1") double rate,

      @About("factor on 0.2920 C^0.3271 tokens a step") @Default("1")
      double batch) {
    Tuning {
      new TuningRule(rate, batch);
    }

    TuningRule rule() {
      return new TuningRule(rate, batch);
    }
  }

  Grid grid(int vocab) {
    return new Grid(sizes, spread, tokensPerParameter, sequence, tuning.rule(), vocab);
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
      var text = StudyText.open(inputs, tokens, data, sequence, holdoutTokens, arena);
      long available = text.tokens(sequence);
      var plan = plan(text.vocab(), available, inputs.singles(), inputs.kernels(), workspace);
      plan.lines().forEach(workspace.progress()::say);
      Grid.checkText(plan.runs(), available);
      Grid.checkText(List.of(plan.large()), available);
      var small = new SmallRuns(
          inputs.singles(),
          run -> text.batches(run, text.natural(), workspace.seed()),
          text.heldOut(),
          optimizer,
          workspace,
          plan.one(),
          plan.runs().stream().mapToDouble(plan.one()::seconds).sum());
      var search = new Search(plan, available, small, workspace.progress());
      Findings.write(workspace, search.run());
      var kept = plan.json().put("textTokens", available);
      Disk.write(workspace.result().resolve(PLAN), kept.toPrettyString() + "\n");
      workspace
          .facts()
          .withObjectProperty("counts")
          .put("textTokens", available)
          .put("holdoutTokens", text.heldOut().tokens());
    }
  }

  /// What is going to be trained; what was measured for it is kept, so that an interrupted study
  /// goes on with the same budgets.
  private StudyPlan plan(
      int vocab, long available, List<Kernels> each, Kernels kernels, Workspace workspace) {
    var file = workspace.scratch().resolve(PLAN);
    if (Files.exists(file)) {
      return StudyPlan.of(Findings.read(file));
    }
    var plan = plan(vocab, available, each, kernels, workspace.progress());
    Disk.write(file, plan.json().toString());
    return plan;
  }

  /// The plan before anything is run, from what stands in the run's directory already.
  StudyPlan plan(
      Recipe recipe, String stage, RunDirectory results, Means means, Progress progress) {
    for (var place : List.of("." + stage + ".scratch", stage)) {
      var file = results.root().resolve(place).resolve(PLAN);
      if (Files.exists(file)) {
        return StudyPlan.of(Findings.read(file));
      }
    }
    var text = results.json(tokens);
    long available = text == null ? 0 : text.at("/facts/counts/trainTokens").asLong(0);
    int vocab = recipe.stages().get(tokens) instanceof TokenizerStage made ? made.vocab() : 4096;
    var plan = plan(vocab, available, means.singles(), means.kernels(), progress);
    if (available > 0) {
      Grid.checkText(plan.runs(), available);
      Grid.checkText(List.of(plan.large()), available);
    }
    return plan;
  }

  /// @param available tokens of text; 0 if that is not known yet
  private StudyPlan plan(
      int vocab, long available, List<Kernels> each, Kernels kernels, Progress progress) {
    progress.say("measures how fast models of several sizes are trained here");
    var rungs = rungs(grid(vocab));
    var one = Speeds.measure(each, rungs, vocab, sequence, progress);
    var all = Speeds.measure(List.of(kernels), rungs, vocab, sequence, progress);
    var plan = new StudyPlan(grid(vocab), budgets, times, one, each.size(), all);
    return budgets.isEmpty()
        ? StudyPlan.within(plan, count, apart, minutes, largeMinutes, available)
        : plan;
  }

  /// The smallest and the largest model and one between, or all where budgets are still to choose.
  private List<Integer> rungs(Grid grid) {
    if (budgets.isEmpty()) {
      return Speeds.RUNGS;
    }
    var runs = grid.runs(budgets);
    return IntStream.of(0, runs.size() / 2, runs.size() - 1)
        .map(i -> runs.get(i).shape().dim() / 16)
        .distinct()
        .boxed()
        .toList();
  }
}
