package herd.cli;

import herd.engine.infer.Scorer;
import herd.engine.io.Encoding;
import herd.engine.model.GgufModel;
import herd.engine.model.Llama;
import herd.engine.text.GgufTokenizer;
import herd.engine.text.Tokenizer;
import herd.eval.Texts;
import herd.recipe.TextCorpus;
import herd.recipe.TextTraining;
import herd.run.Disk;
import herd.run.Workspace;
import herd.train.Schedule;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.JsonNodeFactory;

@Command(
    name = "pretrain",
    description = "Train a model further on files of text, without a recipe.",
    footer = {
      "",
      "Ctrl-C saves the state; the same command goes on. Of twenty documents of each file one is"
          + " held out and measured before and after.",
      "Example: herd pretrain --model smollm2 --text notes.txt --out my-model --length 500000"
    })
final class PretrainCommand implements Runnable {
  private static final int HELD_OUT = 20;

  @ParentCommand
  private Main herd;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "MODEL",
      description = "A run, a model directory, a GGUF file or hf:owner/name.")
  private String model;

  @Option(
      names = "--text",
      required = true,
      arity = "1..*",
      paramLabel = "FILE",
      description = ".jsonl with a text in each line, .parquet, else plain text.")
  private List<Path> text;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where it goes.")
  private Path out;

  @Option(names = "--gguf", paramLabel = "FILE", description = "Also write it as a GGUF file.")
  private Path gguf;

  @Option(
      names = "--peak",
      paramLabel = "RATE",
      defaultValue = "1e-4",
      description = "Highest learning rate (${DEFAULT-VALUE}).")
  private double peak;

  @Option(
      names = "--warmup",
      paramLabel = "STEPS",
      defaultValue = "10",
      description = "Steps of the linear warm-up (${DEFAULT-VALUE}).")
  private long warmup;

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
    var schedule = new Schedule.WarmupCosine(peak, Math.min(warmup, steps - 1), steps, 0.1);
    var stop = Stop.listen(herd.err());
    var work = Disk.directory(out.resolve(".training"));
    var facts = JsonNodeFactory.instance.objectNode();
    var workspace =
        new Workspace(Disk.directory(out), work, facts, Says.aside(herd, stop), training.seed);
    try (var arena = Arena.ofShared();
        var workers = kernels.workers()) {
      var compute = kernels.kernels(workers);
      var tokenizer = Tokenizer.load(place);
      var llama = LoadedModel.llama(place, arena);
      var corpus = TextCorpus.read(text, tokenizer, HELD_OUT, work, arena);
      var texts = new Texts(tokenizer, Math.min(512, training.sequence));
      var before = bits(texts, new Scorer(llama, compute), corpus);
      var weights = corpus.sources().stream().map(source -> source.weight()).toList();
      new TextTraining(
              training.length,
              training.stepTokens,
              training.sequence,
              schedule,
              training.options(),
              compute)
          .run(llama, corpus, weights, workspace);
      save(llama, tokenizer);
      report(before, bits(texts, new Scorer(llama, compute), corpus));
    }
    Disk.delete(work);
  }

  private void save(Llama llama, Tokenizer tokenizer) {
    llama.save(out);
    tokenizer.save(out.resolve("tokenizer.json"));
    if (gguf != null) {
      var words = GgufTokenizer.metadata(tokenizer, llama.config().vocab());
      GgufModel.save(gguf, llama, Encoding.F16, Encoding.F16, Map.of(), words);
    }
  }

  private static Map<String, Double> bits(Texts texts, Scorer scorer, TextCorpus corpus) {
    var bits = new LinkedHashMap<String, Double>();
    corpus.holdout().forEach((name, some) -> bits.put(name, texts.bitsPerByte(scorer, some)));
    return bits;
  }

  private void report(Map<String, Double> before, Map<String, Double> after) {
    var object = JsonNodeFactory.instance.objectNode().put("out", out.toString());
    var list = object.putArray("holdout");
    before.forEach((name, bits) -> {
      list.addObject().put("source", name).put("before", bits).put("after", after.get(name));
      if (!shown.asJson()) {
        herd.out()
            .printf(
                Locale.ROOT,
                "%s: %.4f bits per byte held out, %.4f before%n",
                name,
                after.get(name),
                bits);
      }
    });
    herd.out().println(shown.asJson() ? object.toString() : "model in " + out);
  }
}
