package herd.recipe;

import herd.data.Doc;
import herd.data.DocFile;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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

    @Default("{}") AdamW optimizer,

    @About("kind of document to how much more of it is shown") @Default("{}")
    Map<String, Double> mix,

    @About("share of tokens in texts that hide facts and ask for them") @Default("0.3")
    double needleShare,

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
    if (!(needleShare >= 0 && needleShare < 1) || depths < 1 || questions < 1) {
      throw new UserError(
          "needleShare",
          needleShare + ", " + depths + " places",
          "0 to under 1, at least 1 place",
          "Correct the gate's settings.");
    }
    if (training.lora().rank() > 0) {
      throw new UserError("training", "lora", "none", "Longer contexts change the whole model.");
    }
    Limits.positive("checkEvery", checkEvery / tokensPerStep, 32);
    new Schedule.WarmupCosine(peak, warmup, Long.MAX_VALUE / 4, 1);
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
    return 1;
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
    private Llama model;

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
      var longer = new Llama(config, model.copy(arena, DType.F32).parameters());
      var outcome = train(increment, longer, own);
      boolean open = outcome.verdict().open();
      report(increment, outcome, own);
      if (open) {
        model = longer;
      }
      return open;
    }

    private GatedTraining.Outcome train(Increment increment, Llama longer, Workspace own)
        throws IOException {
      var lessons = new ArrayList<>(corpus.sources());
      if (needleShare > 0) {
        double others =
            lessons.stream().mapToDouble(PackedBatches.Source::weight).sum();
        double weight = others * needleShare / (1 - needleShare);
        var shard = lessons(increment, own.scratch().resolve("needles.tokens"));
        lessons.add(new PackedBatches.Source("needle", List.of(shard), weight));
      }
      var mixed = new Corpus(corpus.tokenizer(), lessons, List.of());
      long round = Math.max(1, checkEvery / tokensPerStep);
      long most = Math.max(round, increment.most / tokensPerStep / round * round);
      var ramp = BatchRamp.level(tokensPerStep);
      var schedule = new Schedule.WarmupCosine(peak, warmup, Math.max(warmup + 1, most), 1);
      return new GatedTraining(
              steps -> new PackedTraining(
                      mixed,
                      increment.context,
                      ramp,
                      steps,
                      schedule,
                      optimizer,
                      round,
                      training,
                      data)
                  .training(own, inputs),
              round,
              most,
              judged -> judge(judged, increment.context))
          .run(longer, own);
    }

    /// Texts that hide facts, each a row with its begin and end, as many as are shown once within
    /// the limit of tokens.
    private TokenShard lessons(Increment increment, Path file) throws IOException {
      var teacher = new Needle(corpus.tokenizer(), texts("train.parquet"));
      var tokenizer = inputs.in(tokens, "tokenizer.json");
      long count = Math.max(8, (long) (increment.most * needleShare) / increment.context);
      var documents = new ArrayList<int[]>();
      for (long i = 0; i < Math.min(count, 20_000); i++) {
        documents.add(teacher.lesson(increment.context - 1, workspace.seed() * 31 + i));
      }
      var like = corpus.sources().getFirst().shards().getFirst();
      TokenShard.write(file, like.vocab(), Fingerprint.of(tokenizer), documents);
      return TokenShard.open(file, arena, like.vocab(), like.tokenizer());
    }

    private Gate.Verdict judge(Llama judged, int context) {
      double bits = holdout.of(judged);
      double found = hidden.solved(
          new Scorer(judged, inputs.kernels()), context, depths, questions, workspace.seed());
      boolean open = bits <= before * (1 + recovered) && found >= solved;
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

    private void report(Increment increment, GatedTraining.Outcome outcome, Workspace own) {
      var steps = outcome.steps();
      var node = workspace.facts().withArray("increments").addObject();
      node.put("context", increment.context)
          .put("open", outcome.verdict().open())
          .put("tokens", steps * tokensPerStep)
          .put("why", outcome.verdict().why());
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
