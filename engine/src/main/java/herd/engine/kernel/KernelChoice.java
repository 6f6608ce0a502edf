package herd.engine.kernel;

import herd.engine.UserError;
import herd.engine.code.InstructionSet;
import herd.engine.code.Processor;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.ReferenceKernels;
import herd.engine.tensor.VectorKernels;
import herd.engine.tensor.Workers;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/// Which kernels this machine and this start of the JVM can run.
public final class KernelChoice {
  /// The names of all kernels.
  public static final List<String> NAMES = List.of("reference", "vector", "machine");

  private static final AtomicBoolean TOLD = new AtomicBoolean();

  private KernelChoice() {}

  /// The fastest kernels that can run here: `machine`, else `vector` if the JVM was started with
  /// what they need, else `reference`, naming the missing flags once on the error stream.
  /// @param verdicts directory where it is kept whether machine code works on this processor;
  /// null
  ///     to trust it untried, for tests and measurements
  public static Kernels best(Workers workers, Path verdicts) {
    var machine = machine(workers, verdicts);
    return machine == null ? portable(workers) : machine;
  }

  /// As [#best(Workers, Path)], the verdicts in the user's folder `.cache/herd/kernels`.
  public static Kernels best(Workers workers) {
    return best(workers, Path.of(System.getProperty("user.home"), ".cache", "herd", "kernels"));
  }

  /// Whether machine code runs here.
  /// @param verdicts as for [#best(Workers, Path)]
  public static boolean machineCode(Path verdicts) {
    return MachineKernels.kinds().stream().anyMatch(kind -> KernelTrial.passes(kind, verdicts));
  }

  /// The kernels of that name ([#NAMES], or what [InstructionSet#asked] knows); null means [#best].
  /// Machine code that fails its trial is refused even if it is asked for.
  /// @throws UserError if there are none of that name, or they cannot run here
  public static Kernels of(String name, Workers workers, Path verdicts) {
    return switch (name) {
      case null -> best(workers, verdicts);
      case "reference" -> new ReferenceKernels();
      case "vector" -> {
        if (!missingFlags().isEmpty()) {
          throw new UserError(
              "--kernels", "vector, but java was started without " + missingFlags(), "Add them.");
        }
        yield VectorKernels.over(workers);
      }
      case "machine" -> {
        var machine = machine(workers, verdicts);
        if (machine == null) {
          throw new UserError(
              "--kernels machine",
              whyNoMachineCode(),
              "what can run here",
              "Leave it out for the fastest that can.");
        }
        yield machine;
      }
      default -> {
        var set = InstructionSet.asked(name);
        if (set == null) {
          throw new UserError(
              "--kernels", name, String.join(", ", NAMES), "Leave it out for the best.");
        }
        yield machine(set, workers, verdicts);
      }
    };
  }

  private static Kernels machine(InstructionSet set, Workers workers, Path verdicts) {
    var kind = MachineKernels.Kind.of(set);
    if (verdicts != null && !KernelTrial.passes(kind, verdicts)) {
      throw new UserError(
          "--kernels " + set.kernels(),
          "its trial failed on this processor",
          "what can run here",
          "Leave it out for the fastest that can.");
    }
    return MachineKernels.of(kind, workers, () -> portable(workers));
  }

  private static Kernels machine(Workers workers, Path verdicts) {
    for (var kind : MachineKernels.kinds()) {
      if (verdicts == null || KernelTrial.passes(kind, verdicts)) {
        return MachineKernels.of(kind, workers, verdicts, () -> portable(workers));
      }
    }
    return null;
  }

  private static Kernels portable(Workers workers) {
    var missing = missingFlags();
    if (missing.isEmpty()) {
      return VectorKernels.over(workers);
    }
    if (TOLD.compareAndSet(false, true)) {
      System.err.println("herd: slow portable kernels, since java was started without " + missing);
    }
    return new ReferenceKernels();
  }

  private static String whyNoMachineCode() {
    var processor = Processor.ask();
    if (processor.refusal() != null) {
      return processor.refusal();
    }
    return MachineKernels.kinds().isEmpty()
        ? "the processor lacks AVX2, FMA or F16C: it has " + processor.features()
        : "its trial failed on this processor";
  }

  /// The flags that `java` must be started with for the vector kernels and was not; empty if there
  /// is nothing to add.
  public static String missingFlags() {
    var flags = new StringBuilder();
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
      flags.append("--add-modules jdk.incubator.vector");
    }
    var own = KernelChoice.class.getModule();
    if (!own.isNativeAccessEnabled()) {
      flags.append(flags.isEmpty() ? "" : " ").append("--enable-native-access=");
      flags.append(own.isNamed() ? own.getName() : "ALL-UNNAMED");
    }
    return flags.toString();
  }
}
