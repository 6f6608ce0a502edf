package herd.cli;

import herd.engine.UserError;
import herd.engine.code.InstructionSet;
import herd.engine.code.Processor;
import herd.engine.kernel.KernelChoice;
import herd.engine.quant.BlockChoice;
import herd.engine.quant.BlockKernels;
import herd.engine.quant.PackedFormat;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Workers;
import herd.run.Machine;
import herd.speed.KernelSpeed;
import herd.speed.Roofs;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.ObjectNode;

@Command(
    name = "doctor",
    description = {
      "Tell what this machine can do: processor, memory, JDK, which kernels are chosen and why,",
      "measured roofs, and how near to them each kernel comes."
    },
    footer = {"", "Example: herd doctor --json", "Example: herd doctor --quick"})
final class DoctorCommand implements Runnable {
  private static final List<String> QUICK = List.of("Q8_0", "Q4_0", "Q4_K", "Q6_K");

  @ParentCommand
  private Main herd;

  @Option(
      names = "--quick",
      description = "Measure the most used formats only, and each for a moment: two seconds"
          + " instead of ten.")
  private boolean quick;

  @Mixin
  private KernelOptions options;

  @Mixin
  private Shown shown;

  /// What was found out.
  /// @param blocks what multiplies with quantised weights
  /// @param refusal why that is not machine code; null where it is
  /// @param roofs of one thread, then of all
  private record Found(
      Machine machine,
      Processor processor,
      BlockKernels blocks,
      String refusal,
      List<Roofs> roofs,
      double product,
      List<KernelSpeed> kernels) {
    Roofs all() {
      return roofs.getLast();
    }
  }

  @Override
  public void run() {
    try (var workers = options.workers();
        var single = new Workers(1)) {
      var kernels = options.kernels(workers);
      var blocks = options.blocks();
      var roofs = new ArrayList<Roofs>();
      roofs.add(Roofs.measure(single, quick));
      if (workers.count() > 1) {
        roofs.add(Roofs.measure(workers, quick));
      }
      var speeds = new ArrayList<KernelSpeed>();
      KernelSpeed.warmUp(blocks, workers);
      for (var format : PackedFormat.all()) {
        if (!quick || QUICK.contains(format.name())) {
          speeds.add(KernelSpeed.measure(format, blocks, workers, quick));
        }
      }
      var found = new Found(
          Machine.here(kernels.name()),
          Processor.ask(),
          blocks,
          refusal(),
          roofs,
          product(kernels),
          speeds);
      if (shown.asJson()) {
        herd.out().println(json(found));
      } else {
        print(found);
      }
    }
  }

  private double product(Kernels kernels) {
    return KernelSpeed.training(kernels, quick);
  }

  private String refusal() {
    try {
      BlockChoice.of("machine", options.verdicts());
      return null;
    } catch (UserError e) {
      return e.getMessage();
    }
  }

  private void print(Found found) {
    var machine = found.machine();
    line("herd", Main.VERSION);
    line("processor", machine.cpu() + ", " + machine.cores() + " cores");
    line("features", features(found.processor()));
    line("sets", InstructionSet.names(InstructionSet.on(found.processor())));
    line("memory", String.format(Locale.ROOT, "%.1f GiB", machine.memoryBytes() / 0x1p30));
    line("system", machine.system());
    line("java", machine.jdk() + ", " + System.getProperty("java.home"));
    var missing = KernelChoice.missingFlags();
    line("kernels", machine.kernels() + (missing.isEmpty() ? "" : ", for want of " + missing));
    line(
        "blocks",
        found.blocks()
            + (found.refusal() == null ? ", passed its trial" : "; not machine code: ")
            + (found.refusal() == null ? "" : found.refusal()));
    for (var roofs : found.roofs()) {
      var dot = roofs.dot() == 0
          ? ""
          : String.format(Locale.ROOT, "%.0f GOP/s in sums of 8-bit products, ", roofs.dot());
      line(
          "roofs",
          String.format(
              Locale.ROOT,
              "%.0f GFLOP/s in f32, %s%.1f GB/s from memory, %d thread%s",
              roofs.fma(),
              dot,
              roofs.read(),
              roofs.threads(),
              roofs.threads() == 1 ? "" : "s"));
    }
    line(
        "training",
        String.format(
            Locale.ROOT,
            "%.0f GFLOP/s in a matrix product, %.0f %% of its roof",
            found.product(),
            100 * found.product() / found.all().fma()));
    herd.out().printf("%n%-8s %21s %26s%n", "format", "one token", "many tokens");
    for (var kernel : found.kernels()) {
      double roof = roof(kernel, found.all());
      herd.out()
          .printf(
              Locale.ROOT,
              "%-8s %8.1f GB/s %5.0f %% %12.0f GOP/s %s%n",
              kernel.format(),
              kernel.read(),
              100 * kernel.read() / found.all().read(),
              kernel.operations(),
              roof == 0 ? "" : String.format("%5.0f %%", 100 * kernel.operations() / roof));
    }
    herd.out().println("Shares are of the roofs of all threads: memory, then arithmetic.");
  }

  private static String features(Processor processor) {
    return processor.refusal() != null
        ? "no machine code: " + processor.refusal()
        : String.join(" ", processor.features().stream().map(Enum::name).toList());
  }

  /// What a product with many tokens cannot exceed: numbers that are kept are multiplied as F32.
  private static double roof(KernelSpeed kernel, Roofs roofs) {
    return kernel.format().matches("F32|F16|BF16") ? roofs.fma() : roofs.dot();
  }

  private ObjectNode json(Found found) {
    var object = found.machine().json().put("version", Main.VERSION);
    object.put("javaHome", System.getProperty("java.home"));
    object.put("maxHeapBytes", Runtime.getRuntime().maxMemory());
    object.put("missingFlags", KernelChoice.missingFlags());
    object.put("blockKernels", found.blocks().toString());
    object.put("machineCodeRefusal", found.refusal());
    var features = object.putArray("features");
    new TreeSet<>(found.processor().features()).forEach(feature -> features.add("" + feature));
    var sets = object.putArray("instructionSets");
    InstructionSet.on(found.processor()).forEach(set -> sets.add(set.kernels()));
    var roofs = object.putArray("roofs");
    for (var roof : found.roofs()) {
      roofs
          .addObject()
          .put("threads", roof.threads())
          .put("fmaGflops", round(roof.fma()))
          .put("int8Gops", round(roof.dot()))
          .put("readGigabytesPerSecond", round(roof.read()));
    }
    object.put("matrixProductGflops", round(found.product()));
    var kernels = object.putArray("formats");
    for (var kernel : found.kernels()) {
      double roof = roof(kernel, found.all());
      var entry = kernels
          .addObject()
          .put("format", kernel.format())
          .put("readGigabytesPerSecond", round(kernel.read()))
          .put("shareOfRead", kernel.read() / found.all().read())
          .put("gops", round(kernel.operations()));
      if (roof > 0) {
        entry.put("shareOfArithmetic", kernel.operations() / roof);
      }
    }
    return object;
  }

  private void line(String name, String value) {
    herd.out().printf(Locale.ROOT, "%-10s %s%n", name, value);
  }

  private static double round(double value) {
    return Math.round(value * 10) / 10.0;
  }
}
