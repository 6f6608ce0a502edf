package herd.cli;

import herd.engine.UserError;
import herd.engine.model.Llama;
import herd.speed.InferSpeed;
import herd.speed.Roofs;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.JsonNodeFactory;

@Command(
    name = "infer",
    description = {
      "Tokens a second, as llama-bench shows them: reading a prompt (pp) and writing an answer (tg).",
      "Writing is bound by memory: GB/s of weights, keys and values, and their share of what this",
      "machine reads at most, measured in the same run."
    },
    footer = {
      "",
      "Example: herd bench infer --model smollm2 --prompt 512 --answer 128",
      "Example: herd bench infer --model 1b.gguf --depth 4096 --batch 8"
    })
final class BenchInferCommand implements Runnable {
  @ParentCommand
  private BenchCommand bench;

  @Option(
      names = "--model",
      defaultValue = ModelPlace.DEFAULT,
      paramLabel = "MODEL",
      description = "A model directory, a GGUF file, pypi:, hf: (${DEFAULT-VALUE}).")
  private String model;

  @Option(
      names = {"-p", "--prompt"},
      defaultValue = "512",
      paramLabel = "N",
      description = "Tokens of the prompt (${DEFAULT-VALUE}); 0 leaves it out.")
  private int prompt;

  @Option(
      names = {"-n", "--answer"},
      defaultValue = "128",
      paramLabel = "N",
      description = "Tokens of the answer (${DEFAULT-VALUE}); 0 leaves it out.")
  private int answer;

  @Option(
      names = {"-d", "--depth"},
      defaultValue = "0",
      paramLabel = "N",
      description = "Tokens that stand before both (${DEFAULT-VALUE}).")
  private int depth;

  @Option(
      names = {"-b", "--batch"},
      defaultValue = "1",
      paramLabel = "N",
      description = "Answers that are written at a time (${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = {"-r", "--rounds"},
      defaultValue = "5",
      paramLabel = "N",
      description = "Times that each is measured (${DEFAULT-VALUE}).")
  private int rounds;

  @Mixin
  private KernelOptions options;

  @Mixin
  private Shown shown;

  /// What stands in each row.
  private record Loaded(Path place, Llama llama, String kernels, int threads, double roof) {}

  @Override
  public void run() {
    least("--prompt", prompt, 0);
    least("--answer", answer, 0);
    least("--depth", depth, 0);
    least("--batch", batch, 1);
    least("--rounds", rounds, 1);
    var out = bench.herd().out();
    var place = ModelPlace.find(model, bench.herd().environment());
    try (var arena = Arena.ofShared();
        var workers = options.workers()) {
      var kernels = options.kernels(workers);
      var packer = options.packer(workers);
      long start = System.nanoTime();
      var llama = LoadedModel.llama(place, arena, packer);
      double seconds = (System.nanoTime() - start) / 1e9;
      double roof = Roofs.read(workers);
      var name = packer == null ? kernels.name() : packer.kernels().toString();
      var loaded = new Loaded(place, llama, name, workers.count(), roof);
      if (!shown.asJson()) {
        out.printf(
            Locale.ROOT,
            "loaded in %.2f s; memory is read at %.1f GB/s at most%n%n",
            seconds,
            roof);
        out.println(
            "| model | size | parameters | kernels | threads | test | t/s | best | GB/s | of roof |");
        out.println("|---|---:|---:|---|---:|---|---:|---:|---:|---:|");
      }
      var speed = new InferSpeed(llama, kernels, depth, rounds);
      var suffix = depth == 0 ? "" : " @ d" + depth;
      if (prompt > 0) {
        print("pp" + prompt + suffix, speed.prompt(prompt), loaded);
      }
      if (answer > 0) {
        var test = "tg" + answer + (batch == 1 ? "" : " x " + batch) + suffix;
        print(test, speed.answer(answer, batch), loaded);
      }
    }
  }

  private static void least(String option, int value, int least) {
    if (value < least) {
      throw new UserError(option, "" + value, least + " or more", "Correct it.");
    }
  }

  private static long size(Path place) {
    try {
      if (!Files.isDirectory(place)) {
        return Files.size(place);
      }
      long sum = 0;
      try (var files = Files.newDirectoryStream(place, "*.{safetensors,gguf}")) {
        for (var file : files) {
          sum += Files.size(file);
        }
      }
      return sum;
    } catch (IOException e) {
      return 0;
    }
  }

  private void print(String test, InferSpeed.Rates rates, Loaded loaded) {
    var out = bench.herd().out();
    var name = loaded.place.getFileName().toString();
    if (shown.asJson()) {
      var object = JsonNodeFactory.instance
          .objectNode()
          .put("model", name)
          .put("bytes", size(loaded.place))
          .put("parameters", loaded.llama.size())
          .put("kernels", loaded.kernels)
          .put("threads", loaded.threads)
          .put("test", test)
          .put("tokensPerSecond", rates.mean())
          .put("best", rates.best())
          .put("deviation", rates.deviation())
          .put("readRoofGigabytesPerSecond", loaded.roof);
      if (rates.bytes() > 0) {
        object.put("gigabytesPerSecond", rates.gigabytes());
      }
      out.println(object);
    } else {
      boolean reads = rates.bytes() > 0;
      out.printf(
          Locale.ROOT,
          "| %s | %.2f MiB | %.2f M | %s | %d | %s | %.2f ± %.2f | %.2f | %s | %s |%n",
          name,
          size(loaded.place) / 0x1p20,
          loaded.llama.size() / 1e6,
          loaded.kernels,
          loaded.threads,
          test,
          rates.mean(),
          rates.deviation(),
          rates.best(),
          reads ? String.format(Locale.ROOT, "%.1f", rates.gigabytes()) : "",
          reads
              ? String.format(Locale.ROOT, "%.0f %%", 100 * rates.gigabytes() / loaded.roof)
              : "");
    }
    out.flush();
  }
}
