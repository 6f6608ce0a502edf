package herd.cli;

import herd.engine.model.GgufModel;
import herd.engine.model.Llama;
import herd.engine.model.Packer;
import herd.engine.quant.BlockChoice;
import herd.engine.tensor.KernelChoice;
import herd.engine.tensor.Workers;
import herd.pull.Cache;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.JsonNodeFactory;

@Command(
    name = "bench",
    description = "Measure how fast models are read and written with.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {BenchCommand.Infer.class, MakeModelCommand.class},
    footer = {"", "Example: herd bench infer --model smollm2"})
final class BenchCommand implements Runnable {
  @ParentCommand
  private Main herd;

  @Spec
  private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  private boolean help;

  @Override
  public void run() {
    spec.commandLine().usage(herd.out());
  }

  Main herd() {
    return herd;
  }

  @Command(
      name = "infer",
      description = "Tokens a second: reading a prompt (pp) and writing an answer (tg).",
      footer = {"", "Example: herd bench infer --model smollm2 --prompt 512 --answer 128"})
  static final class Infer implements Runnable {
    @ParentCommand
    private BenchCommand bench;

    @Option(
        names = "--model",
        defaultValue = ModelPlace.DEFAULT,
        paramLabel = "MODEL",
        description = "A model directory, a GGUF file, pypi:, hf: (${DEFAULT-VALUE}).")
    private String model;

    @Option(
        names = "--prompt",
        defaultValue = "512",
        paramLabel = "N",
        description = "Tokens of the prompt (${DEFAULT-VALUE}); 0 leaves it out.")
    private int prompt;

    @Option(
        names = "--answer",
        defaultValue = "128",
        paramLabel = "N",
        description = "Tokens of the answer (${DEFAULT-VALUE}); 0 leaves it out.")
    private int answer;

    @Option(
        names = "--rounds",
        defaultValue = "5",
        paramLabel = "N",
        description = "Times that each is measured (${DEFAULT-VALUE}).")
    private int rounds;

    @Option(
        names = "--threads",
        paramLabel = "N",
        description = "Threads that compute; else one per processor.")
    private Integer threads;

    @Option(names = "--json", description = "Print one JSON object a line.")
    private boolean json;

    @Option(
        names = {"-h", "--help"},
        usageHelp = true,
        description = "Show this help.")
    private boolean help;

    @Override
    public void run() {
      var out = bench.herd().out();
      var place = ModelPlace.find(model, bench.herd().environment());
      try (var arena = Arena.ofShared();
          var workers = threads == null ? Workers.perProcessor() : new Workers(threads)) {
        var kernels = KernelChoice.best(workers);
        var blocks =
            BlockChoice.best(Cache.ofUser(bench.herd().environment()).root().resolve("kernels"));
        long start = System.nanoTime();
        Llama llama = place.toString().endsWith(".gguf")
            ? GgufModel.load(place, arena, new Packer(blocks, workers))
            : Llama.load(place, arena);
        double seconds = (System.nanoTime() - start) / 1e9;
        var speed = new InferSpeed(llama, kernels, rounds);
        if (!json) {
          out.printf(
              Locale.ROOT,
              "%s, %,d bytes, loaded in %.2f s, kernels %s and %s, %d threads%n",
              place.getFileName(),
              size(place),
              seconds,
              kernels.name(),
              blocks,
              workers.count());
        }
        if (prompt > 0) {
          print("pp" + prompt, speed.prompt(prompt), place);
        }
        if (answer > 0) {
          print("tg" + answer, speed.answer(answer), place);
        }
      }
    }

    private static long size(Path place) {
      try {
        return Files.isDirectory(place) ? 0 : Files.size(place);
      } catch (IOException e) {
        return 0;
      }
    }

    private void print(String test, InferSpeed.Rates rates, Path place) {
      var out = bench.herd().out();
      if (json) {
        out.println(JsonNodeFactory.instance
            .objectNode()
            .put("model", place.getFileName().toString())
            .put("test", test)
            .put("tokensPerSecond", rates.mean())
            .put("best", rates.best())
            .put("deviation", rates.deviation()));
      } else {
        out.printf(
            Locale.ROOT,
            "%-8s %9.2f ± %.2f tokens/s, best %.2f%n",
            test,
            rates.mean(),
            rates.deviation(),
            rates.best());
      }
      out.flush();
    }
  }
}
