package herd.engine.quant;

import herd.engine.UserError;
import herd.engine.code.Processor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Which of the ways to multiply with packed matrices this machine can run.
///
/// Machine code is tried first in a JVM of its own, with every format at odd shapes, once for each
/// processor and build: code that is wrong, or that would end the program, is never used.
public final class BlockChoice {
  /// The names of all ways.
  public static final List<String> NAMES = List.of("reference", "vector", "machine");

  private BlockChoice() {}

  /// The fastest that can run here.
  /// @param verdicts directory where the results of trials are kept; null to trust machine code
  ///     untried, for tests and measurements
  public static BlockKernels best(Path verdicts) {
    for (var kind : kinds(Processor.ask())) {
      if (verdicts == null || Trial.passes(kind, verdicts)) {
        return MachineBlocks.of(kind);
      }
    }
    return hasVectors() ? new VectorBlocks() : new ReferenceBlocks();
  }

  /// The one of that name ([#NAMES]); null means [#best]. Machine code that fails its trial is
  /// refused even if it is asked for.
  /// @throws UserError if there is none of that name, or it cannot run here
  public static BlockKernels of(String name, Path verdicts) {
    return switch (name) {
      case null -> best(verdicts);
      case "reference" -> new ReferenceBlocks();
      case "vector" -> {
        if (!hasVectors()) {
          throw cannot(name, "java was started without --add-modules jdk.incubator.vector");
        }
        yield new VectorBlocks();
      }
      case "machine" -> {
        if (best(verdicts) instanceof MachineBlocks machine) {
          yield machine;
        }
        throw cannot(name, whyNoMachineCode());
      }
      default ->
        throw new UserError(
            "--kernels", name, String.join(", ", NAMES), "Leave it out for the fastest.");
    };
  }

  private static UserError cannot(String name, String why) {
    return new UserError(
        "--kernels " + name, why, "what can run here", "Leave it out for the fastest that can.");
  }

  private static String whyNoMachineCode() {
    var processor = Processor.ask();
    if (processor.refusal() != null) {
      return processor.refusal();
    }
    return kinds(processor).isEmpty()
        ? "the processor lacks AVX2, FMA or F16C: it has " + processor.features()
        : "its trial failed on this processor";
  }

  /// The kinds of machine code that this processor can run, the fastest first.
  private static List<MachineBlocks.Kind> kinds(Processor processor) {
    var out = new ArrayList<MachineBlocks.Kind>();
    for (var kind : MachineBlocks.Kind.values()) {
      if (kind.runsOn(processor)) {
        out.add(kind);
      }
    }
    return out;
  }

  private static boolean hasVectors() {
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
  }
}
