package herd.cli;

import herd.engine.kernel.KernelChoice;
import herd.engine.tensor.Workers;
import herd.run.Machine;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "doctor",
    description = "Tell what this machine can do: processor, memory, JDK, kernels, measured roofs.",
    footer = {"", "Example: herd doctor --json"})
final class DoctorCommand implements Runnable {
  @ParentCommand
  private Main herd;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  private boolean help;

  @Override
  public void run() {
    try (var workers = Workers.perProcessor()) {
      var kernels = new KernelOptions().kernels(workers);
      var machine = Machine.here(kernels.name());
      double fma = Roofs.fma(workers);
      double read = Roofs.read(workers);
      double product = Roofs.product(kernels);
      var missing = KernelChoice.missingFlags();
      if (json) {
        var object = machine.json().put("version", Main.VERSION);
        object.put("javaHome", System.getProperty("java.home"));
        object.put("maxHeapBytes", Runtime.getRuntime().maxMemory());
        object.put("missingFlags", missing);
        object
            .putObject("roofs")
            .put("fmaGflops", round(fma))
            .put("readGigabytesPerSecond", round(read))
            .put("matrixProductGflops", round(product));
        herd.out().println(object);
        return;
      }
      line("herd", Main.VERSION);
      line("processor", machine.cpu() + ", " + machine.cores() + " cores");
      line("memory", String.format(Locale.ROOT, "%.1f GiB", machine.memoryBytes() / 0x1p30));
      line("system", machine.system());
      line("java", machine.jdk() + ", " + System.getProperty("java.home"));
      line("kernels", machine.kernels() + (missing.isEmpty() ? "" : ", for want of " + missing));
      line("fma", String.format(Locale.ROOT, "%.0f GFLOP/s in f32 without the Vector API", fma));
      line("product", String.format(Locale.ROOT, "%.0f GFLOP/s in a matrix product", product));
      line("read", String.format(Locale.ROOT, "%.1f GB/s from memory", read));
    }
  }

  private void line(String name, String value) {
    herd.out().printf(Locale.ROOT, "%-10s %s%n", name, value);
  }

  private static double round(double value) {
    return Math.round(value * 10) / 10.0;
  }
}
