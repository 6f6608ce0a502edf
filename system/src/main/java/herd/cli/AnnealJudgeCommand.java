package herd.cli;

import herd.engine.text.Tokenizer;
import herd.eval.Exam;
import herd.recipe.TextCorpus;
import herd.recipe.TextTraining;
import herd.run.Disk;
import herd.run.Workspace;
import herd.train.Schedule;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.JsonNodeFactory;

@Command(
    name = "anneal-judge",
    description = {
      "Tell what a set of texts is worth: a half-trained model is annealed to 0 with a share of it,"
          + " and without it, on the same seeds.",
      "Bits per byte of what is held out of each file, and how they differ, with 95%% intervals."
    },
    footer = {
      "",
      "Example: herd anneal-judge --model runs/tiny/pretrain --candidate new.jsonl --usual"
          + " old.jsonl"
    })
final class AnnealJudgeCommand implements Runnable {
  private static final int HELD_OUT = 10;

  @ParentCommand
  private Main herd;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "MODEL",
      description = "A half-trained model: a run, a stage or a model directory.")
  private String model;

  @Option(
      names = "--candidate",
      required = true,
      paramLabel = "FILE",
      description = "The texts to judge: .jsonl, .parquet or plain text.")
  private Path candidate;

  @Option(
      names = "--usual",
      required = true,
      arity = "1..*",
      paramLabel = "FILE",
      description = "The texts of the usual mix.")
  private List<Path> usual;

  @Option(
      names = "--share",
      paramLabel = "X",
      defaultValue = "0.3",
      description = "Share of tokens that are the candidate's (${DEFAULT-VALUE}).")
  private double share;

  @Option(
      names = "--start",
      paramLabel = "RATE",
      defaultValue = "2e-4",
      description = "Learning rate of the first step, which falls to 0 (${DEFAULT-VALUE}).")
  private double start;

  @Option(
      names = "--questions",
      paramLabel = "DIR",
      description = {
        "A run's stage with documents, such as runs/tiny/curate: multiple choice about what it held"
            + " out is asked, too."
      })
  private Path questions;

  @Option(
      names = "--ask",
      paramLabel = "N",
      defaultValue = "800",
      description = "Questions at most (${DEFAULT-VALUE}).")
  private int most;

  @Option(
      names = "--work",
      paramLabel = "DIR",
      defaultValue = "runs/anneal-judge",
      description = "Where both annealings are kept; interrupted ones go on (${DEFAULT-VALUE}).")
  private Path work;

  @Mixin
  private TrainingOptions training;

  @Mixin
  private KernelOptions kernels;

  @Mixin
  private Shown shown;

  @Override
  public void run() {
    var place = ModelPlace.find(model, herd.environment());
    long steps = TextTraining.steps(training.length, training.stepTokens, training.sequence);
    var schedule = new Schedule.LinearToZero(start, steps);
    var files = new ArrayList<>(List.of(candidate));
    files.addAll(usual);
    var stop = Stop.listen(herd.err());
    try (var arena = Arena.ofShared();
        var workers = kernels.workers()) {
      var compute = kernels.kernels(workers);
      var tokenizer = Tokenizer.load(place);
      var corpus = TextCorpus.read(
          files, tokenizer, HELD_OUT, Disk.directory(work.resolve("tokens")), arena);
      List<Exam.ChoiceItem> asked =
          questions == null ? List.of() : TextTraining.questions(questions, most, training.seed);
      var judgement = new TextTraining(
              training.length,
              training.stepTokens,
              training.sequence,
              schedule,
              training.options(),
              compute)
          .judge(
              LoadedModel.llama(place, arena),
              tokenizer,
              corpus,
              share,
              asked,
              workspace("control", stop),
              workspace("candidate", stop));
      print(judgement, steps * training.stepTokens);
    }
  }

  private void print(TextTraining.Judgement judgement, long tokens) {
    var object = JsonNodeFactory.instance.objectNode().put("share", share).put("tokens", tokens);
    var list = object.putArray("holdout");
    judgement.bits().forEach((source, d) -> {
      list.addObject()
          .put("source", source)
          .put("control", d.control())
          .put("candidate", d.candidate())
          .put("difference", d.difference())
          .put("low", d.low())
          .put("high", d.high())
          .put("documents", d.documents())
          .put("outside", d.outside());
      say(
          "%-20s %.4f bits per byte without, %.4f with: %+.4f (%+.4f to %+.4f, %d documents)%s%n",
          source,
          d.control(),
          d.candidate(),
          d.difference(),
          d.low(),
          d.high(),
          d.documents(),
          d.outside() ? "" : ", may be chance");
    });
    var c = judgement.choice();
    if (c != null) {
      object
          .putObject("choice")
          .put("control", c.control())
          .put("candidate", c.candidate())
          .put("difference", c.difference())
          .put("low", c.low())
          .put("high", c.high())
          .put("questions", c.questions())
          .put("outside", c.outside());
      say(
          "%-20s %.1f%% right without, %.1f%% with: %+.1f (%+.1f to %+.1f, %d questions)%s%n",
          "multiple choice",
          100 * c.control(),
          100 * c.candidate(),
          100 * c.difference(),
          100 * c.low(),
          100 * c.high(),
          c.questions(),
          c.outside() ? "" : ", may be chance");
    }
    if (shown.asJson()) {
      herd.out().println(object);
    }
  }

  private void say(String form, Object... values) {
    if (!shown.asJson()) {
      herd.out().printf(Locale.ROOT, form, values);
    }
  }

  private Workspace workspace(String name, Stop stop) {
    return new Workspace(
        Disk.directory(work.resolve(name)),
        Disk.directory(work.resolve(name + ".scratch")),
        JsonNodeFactory.instance.objectNode(),
        Says.aside(herd, stop),
        training.seed);
  }
}
