package herd.engine.quant;

import herd.engine.UserError;
import herd.engine.code.Processor;

/// Which of the ways to multiply with packed matrices this machine can run.
public final class BlockChoice {
  private BlockChoice() {}

  /// The fastest that can run here.
  public static BlockKernels best() {
    var processor = Processor.ask();
    var machine = processor.refusal() == null ? MachineBlocks.on(processor) : null;
    return machine != null ? machine : new ReferenceBlocks();
  }

  /// The one of that name: `reference` or `machine`.
  /// @throws UserError if there is none of that name, or it cannot run here
  public static BlockKernels of(String name) {
    return switch (name) {
      case "reference" -> new ReferenceBlocks();
      case "machine" -> machine();
      default ->
        throw new UserError("--kernels", name, "reference, machine", "Leave it out for the best.");
    };
  }

  private static BlockKernels machine() {
    var processor = Processor.ask();
    var machine = processor.refusal() == null ? MachineBlocks.on(processor) : null;
    if (machine == null) {
      throw new UserError(
          "--kernels",
          "machine, but "
              + (processor.refusal() != null
                  ? processor.refusal()
                  : "the processor has only " + processor.features()),
          "AVX2, FMA and F16C at least",
          "Leave it out for the best that can run here.");
    }
    return machine;
  }
}
