package herd.cli;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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

    @Mixin
    private KernelOptions options;

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
          var workers = options.workers()) {
        var kernels = options.kernels(workers);
        var packer = options.packer(workers);
        long start = System.nanoTime();
        var llama = LoadedModel.llama(place, arena, packer);
        double seconds = (System.nanoTime() - start) / 1e9;
        var speed = new InferSpeed(llama, kernels, rounds);
        if (!json) {
          out.printf(
              Locale.ROOT,
              "%s, %,d bytes, loaded in %.2f s, kernels %s%s, %d threads%n",
              place.getFileName(),
              size(place),
              seconds,
              kernels.name(),
              packer == null ? "" : " and " + packer.kernels(),
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
