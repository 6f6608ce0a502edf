package herd.recipe;

import herd.data.Doc;
import herd.data.DocFile;
import herd.data.exercise.Exercises;
import herd.engine.UserError;
import herd.engine.infer.Scorer;
import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import herd.engine.tensor.DType;
import herd.engine.tensor.Rotary;
import herd.eval.Needle;
import herd.run.About;
import herd.run.Default;
import herd.run.Fingerprint;
import herd.run.Workspace;
import herd.train.AdamW;
import herd.train.BatchRamp;
import herd.train.PackedBatches;
import herd.train.Schedule;
import herd.train.TokenShard;
import herd.train.course.Gate;
import herd.train.course.GatedTraining;
import herd.train.course.TrainOptions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Longer contexts by increments (Llama 3 paper, section 3.4.2): each lasts until the hold-out's
/// bits per byte at the old length have recovered and a needle in a haystack is found at the new
/// one. Where the gate stays shut within the limit of tokens, the model is that of the increment
/// before.
///
/// Leaves `model/`, with the rotary settings of the last increment.
@About("longer contexts by increments, each until a gate opens")
record LongContext(
    @About("stage with the model to go on from") @Default("pretrain")
    String from,

    @About("stage with the tokens") @Default("tokenizer") String tokens,
    @About("stage with the documents") @Default("curate") String data,

    @About("the lengths, ascending") List<Increment> increments,

    @About("tokens of an optimizer step, at least the longest context") @Default("4096")
    int tokensPerStep,

    @About("highest learning rate of each increment") @Default("5e-4")
    double peak,

    @About("steps of each increment's linear warm-up") @Default("10")
    long warmup,

    @About(
        "share of the peak at an increment's limit of tokens, to which the rate falls as a cosine")
    @Default("0.1")
    double floor,

    @Default("{}") AdamW optimizer,

    @About("kind of document to how much more of it is shown") @Default("{}")
    Map<String, Double> mix,

    @About("share of tokens in made-up texts as long as the context, with facts to find again")
    @Default("0.3")
    double exercises,

    @About("places in the text at which a fact is hidden when the gate is asked") @Default("10")
    int depths,

    @About("questions at each place") @Default("4") int questions,

    @About("share of questions that must be solved") @Default("1")
    double solved,

    @About("how much worse the hold-out's bits per byte may be than before, as a share")
    @Default("0.01")
    double recovered,

    @About("tokens between two looks at the gate") @Default("128K")
    long checkEvery,

    @Default("{}") TrainOptions training)
    implements Stage {
  LongContext {
    if (increments.isEmpty()) {
      throw new UserError("increments", "none", "at least one", "Name a context.");
    }
    int last = 0;
    for (var increment : increments) {
      if (increment.context <= last || tokensPerStep % increment.context != 0) {
        throw new UserError(
            "increments",
            "a context of " + increment.context,
            "ascending lengths that divide tokensPerStep (" + tokensPerStep + ")",
            "Correct either.");
      }
      last = increment.context;
    }
    if (!(exercises >= 0 && exercises < 1) || depths < 1 || questions < 1) {
      throw new UserError(
          "exercises",
          exercises + ", " + depths + " places",
          "0 to under 1, at least 1 place",
          "Correct the gate's settings.");
    }
    if (training.lora().rank() > 0) {
      throw new UserError("training", "lora", "none", "Longer contexts change the whole model.");
    }
    Limits.positive("checkEvery", checkEvery / tokensPerStep, 32);
    new Schedule.WarmupCosine(peak, warmup, Long.MAX_VALUE / 4, floor);
  }

  /// One length.
  @About("one length of context")
  record Increment(
      @About("tokens that the model sees") int context,
      @About("tokens after which the gate must have opened") long most,

      @About("base of the rotary frequencies from here on; 0 as before") @Default("0")
      double ropeBase,

      @About("stretching of the slow rotary frequencies as in Llama 3.1; 0 as before") @Default("0")
      double ropeFactor) {
    LlamaConfig of(LlamaConfig c, int original) {
      var scaling =
          ropeFactor == 0 ? c.ropeScaling() : new Rotary.Scaling(ropeFactor, 1, 4, original);
      double base = ropeBase == 0 ? c.ropeBase() : ropeBase;
      return new LlamaConfig(
          c.vocab(),
          c.dim(),
          c.layers(),
          c.heads(),
          c.kvHeads(),
          c.headDim(),
          c.ffnDim(),
          base,
          scaling,
          c.normEps(),
          c.tied(),
          context,
          c.family());
    }
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
      var corpus = Corpus.open(inputs.results().get(tokens), mix, arena);
      var model = ModelFolder.load(inputs.results().get(from), arena);
      Limits.vocabulary(corpus, model.config().vocab());
      var course = new Course(workspace, inputs, corpus, arena, model);
      for (var increment : increments) {
        if (!course.pass(increment)) {
          break;
        }
      }
      ModelFolder.save(course.model, corpus.tokenizer(), workspace.result());
    }
  }

  private static final int FRAME = 2; // tokens before and after each text

  /// One run over the increments.
  private final class Course {
    private final Workspace workspace;
    private final Inputs inputs;
    private final Corpus corpus;
    private final Arena arena;
    private final HoldoutBits holdout;
    private final double before;
    private final Needle hidden;
    private final int original;
    private Llama model; // the best so far
    private double[] found; // at each place, when the gate was asked last
    private Llama trial; // what the next increment trains

    Course(Workspace workspace, Inputs inputs, Corpus corpus, Arena arena, Llama model)
        throws IOException {
      this.workspace = workspace;
      this.inputs = inputs;
      this.corpus = corpus;
      this.arena = arena;
      this.model = model;
      this.original = model.config().context();
      holdout =
          HoldoutBits.of(inputs.in(data, "holdout.parquet"), corpus.tokenizer(), original, inputs);
      before = holdout.of(model);
      hidden = new Needle(corpus.tokenizer(), texts("holdout.parquet"));
      trial = model.copy(arena, DType.F32);
      atItsOwnLength();
    }

    /// What cannot be done at the old length will not be at a longer one: said before any work.
    private void atItsOwnLength() {
      double found = mean(look(model, original));
      workspace.facts().put("foundAtTheOldLength", found);
      if (found < solved) {
        workspace
            .progress()
            .say(String.format(
                Locale.ROOT,
                "WARNING: the model finds %.0f%% of needles in the %d tokens that it was trained on:"
                    + " the gate asks for %.0f%% in more. Train it with exercises first (the"
                    + " tokenizer stage makes them).",
                100 * found,
                original,
                100 * solved));
      }
    }

    private double[] look(Llama judged, int context) {
      var scorer = new Scorer(judged, inputs.kernels());
      return hidden.found(scorer, context, depths, questions, workspace.seed());
    }

    private List<String> texts(String file) {
      return DocFile.read(inputs.in(data, file)).stream()
          .map(Doc::text)
          .limit(400)
          .toList();
    }

    /// @return whether the gate opened
    boolean pass(Increment increment) throws IOException {
      var name = Integer.toString(increment.context);
      var own = new Workspace(
          Files.createDirectories(workspace.result().resolve(name)),
          Files.createDirectories(workspace.scratch().resolve(name)),
          JsonNodeFactory.instance.objectNode(),
          workspace.progress(),
          workspace.seed() + increment.context);
      var config = increment.of(model.config(), original);
      trial.parameters().forEach((key, into) -> into.copyFrom(model.parameters().get(key)));
      var longer = new Llama(config, trial.parameters());
      var outcome = train(increment, longer, own);
      boolean open = outcome.verdict().open();
      report(increment, outcome, own);
      if (open) {
        trial = model;
        model = longer;
      }
      return open;
    }

    private GatedTraining.Outcome train(Increment increment, Llama longer, Workspace own)
        throws IOException {
      var mixed = corpus;
      if (exercises > 0) {
        double others =
            corpus.sources().stream().mapToDouble(PackedBatches.Source::weight).sum();
        double weight = others * exercises / (1 - exercises);
        var shard = texts(increment, own.scratch().resolve("exercises.tokens"));
        mixed = corpus.with(new PackedBatches.Source("exercises", List.of(shard), weight));
      }
      long round = Math.max(1, checkEvery / tokensPerStep);
      long most = Math.max(round, increment.most / tokensPerStep / round * round);
      var all = mixed.within(most * tokensPerStep);
      var ramp = BatchRamp.level(tokensPerStep);
      var schedule = new Schedule.WarmupCosine(peak, warmup, Math.max(warmup + 1, most), floor);
      LongFunction<PackedTraining> upTo = steps -> new PackedTraining(
          all, increment.context, ramp, steps, schedule, optimizer, round, training, data);
      upTo.apply(round).plan(longer).check();
      return new GatedTraining(
              steps -> upTo.apply(steps).training(own, inputs),
              round,
              most,
              judged -> judge(judged, increment.context))
          .run(longer, own);
    }

    /// Texts that hide facts, each a row with its begin and end, as many as are shown once within
    /// the limit of tokens. Made anew after an interruption, they are the same.
    private TokenShard texts(Increment increment, Path file) throws IOException {
      var teacher = new Exercises(corpus.tokenizer(), texts("train.parquet"));
      var random = new SplittableRandom(workspace.seed() * 31 + increment.context);
      long count = Math.clamp((long) (increment.most * exercises) / increment.context, 8, 20_000);
      var documents = LongStream.range(0, count)
          .mapToObj(_ -> teacher.facts(increment.context - FRAME, random))
          .toList();
      var like = corpus.sources().getFirst().shards().getFirst();
      var print = Fingerprint.of(inputs.in(tokens, "tokenizer.json"));
      TokenShard.write(file, like.vocab(), print, documents);
      return TokenShard.open(file, arena, like.vocab(), like.tokenizer());
    }

    private Gate.Verdict judge(Llama judged, int context) {
      double bits = holdout.of(judged);
      var places = look(judged, context);
      double found = mean(places);
      boolean open = bits <= before * (1 + recovered) && found >= solved;
      this.found = places;
      return new Gate.Verdict(
          open,
          String.format(
              Locale.ROOT,
              "%.4f bits per byte at the old length (%.4f before), %.0f%% of needles found in %d tokens",
              bits,
              before,
              100 * found,
              context));
    }

    private static double mean(double[] shares) {
      return Math.round(1e6 * Arrays.stream(shares).average().orElse(0)) / 1e6;
    }

    private void report(Increment increment, GatedTraining.Outcome outcome, Workspace own) {
      var steps = outcome.steps();
      var node = workspace.facts().withArray("increments").addObject();
      node.put("context", increment.context)
          .put("open", outcome.verdict().open())
          .put("tokens", steps * tokensPerStep)
          .put("why", outcome.verdict().why());
      var places = node.putArray("foundAtEachPlace");
      for (double share : found) {
        places.add(share);
      }
      var form = outcome.verdict().open()
          ? "%d tokens of context: the gate opened after %,d tokens (%s)."
          : "%d tokens of context: the gate STAYED SHUT for %,d tokens (%s); the model is that of"
              + " the length before.";
      var note = String.format(
          Locale.ROOT,
          form,
          increment.context,
          steps * tokensPerStep,
          outcome.verdict().why());
      workspace.facts().withArray("notes").add(note);
      workspace.progress().say(note);
      own.facts().path("series").forEach(series -> {
        ((ObjectNode) series)
            .put("name", series.path("name").asString("") + "-" + increment.context);
        workspace.facts().withArray("series").add(series);
      });
    }
  }
}
