package herd.engine.quant;

import herd.engine.UserError;
import herd.engine.code.InstructionSet;
import herd.engine.code.Processor;
import java.nio.file.Path;
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
    for (var set : InstructionSet.on(Processor.ask())) {
      if (works(set, verdicts)) {
        return MachineBlocks.of(set);
      }
    }
    return hasVectors() ? new VectorBlocks() : new ReferenceBlocks();
  }

  private static boolean works(InstructionSet set, Path verdicts) {
    return verdicts == null || Trial.passes(set, verdicts);
  }

  /// The one of that name ([#NAMES], or what [InstructionSet#asked] knows); null means [#best].
  /// Machine code that fails its trial is
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
      default -> {
        var set = InstructionSet.asked(name);
        if (set == null) {
          throw new UserError(
              "--kernels", name, String.join(", ", NAMES), "Leave it out for the fastest.");
        }
        if (!works(set, verdicts)) {
          throw cannot(name, "its trial failed on this processor");
        }
        yield MachineBlocks.of(set);
      }
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
    return InstructionSet.on(processor).isEmpty()
        ? "the processor lacks AVX2, FMA or F16C: it has " + processor.features()
        : "its trial failed on this processor";
  }

  private static boolean hasVectors() {
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
  }
}
