package herd.cli;

import herd.engine.UserError;
import herd.engine.code.InstructionSet;
import herd.engine.kernel.KernelChoice;
import herd.engine.model.Packer;
import herd.engine.quant.BlockChoice;
import herd.engine.quant.BlockKernels;
import herd.engine.quant.MachineBlocks;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Workers;
import herd.pull.Cache;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// The options that say how a model is computed.
final class KernelOptions {
  private static final String MACHINE = "machine";
  private static final String VECTOR = "vector";
  private static final String VECTOR_BLOCKS = "vector:blocks"; // where no machine code can run
  private static final int MOST_THREADS = 1024;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec; // null where options were not read from a command line

  private Map<String, String> environment; // null where the command's own says it

  @Option(
      names = "--kernels",
      paramLabel = "NAME",
      description =
          "How to compute: reference and vector in 32-bit floats, machine as machine code and on"
              + " the blocks of quantised weights; else the best that can run here, on blocks too."
              + " To measure what other processors do: vector:blocks, machine:avx512-vnni,"
              + " machine:avx-vnni, machine:avx2.")
  String name;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads that compute; else one per processor.")
  Integer threads;

  /// These options, for a command that was called in `callers`: options of options do not see the
  /// program.
  KernelOptions in(Map<String, String> callers) {
    environment = callers;
    return this;
  }

  /// The name of the best kernels that compute in 32-bit floats.
  static String floats() {
    return KernelChoice.missingFlags().isEmpty() ? "vector" : "reference";
  }

  Workers workers() {
    check();
    return threads == null ? Workers.perProcessor() : new Workers(threads);
  }

  /// For commands that compute nothing and take these options as all others do.
  /// @throws UserError if there are none of that name, or so many threads
  void check() {
    boolean plain = name == null || onBlocks() || KernelChoice.NAMES.contains(name);
    if (!plain && InstructionSet.asked(name) == null) {
      throw new UserError(
          "--kernels", name, String.join(", ", KernelChoice.NAMES), "Leave it out for the best.");
    }
    if (threads != null && (threads < 1 || threads > MOST_THREADS)) {
      throw new UserError(
          "--threads", "" + threads, "1 to " + MOST_THREADS, "Leave it out for one per processor.");
    }
  }

  Kernels kernels(Workers workers) {
    return KernelChoice.of(onBlocks() ? VECTOR : name, workers, verdicts());
  }

  /// Where it is kept whether machine code works on this processor.
  Path verdicts() {
    var caller = spec == null ? null : spec.root().userObject();
    var known = environment != null
        ? environment
        : caller instanceof Main main ? main.environment() : System.getenv();
    return Cache.ofUser(known).root().resolve("kernels");
  }

  /// Whether machine code computes where nothing else is asked for, so that the vector module
  /// is not needed.
  static boolean machineCode(Map<String, String> environment) {
    var verdicts = new KernelOptions().in(environment).verdicts();
    return KernelChoice.machineCode(verdicts)
        && BlockChoice.best(verdicts) instanceof MachineBlocks;
  }

  /// What multiplies with weights that stay in their blocks.
  BlockKernels blocks() {
    return BlockChoice.of(onBlocks() ? VECTOR : name, verdicts());
  }

  /// What keeps quantised weights in their blocks; null where they become floats.
  Packer packer(Workers workers) {
    return name == null || name.startsWith(MACHINE) || onBlocks()
        ? Packer.of(blocks(), workers)
        : null;
  }

  /// Whether the Vector API is asked for on the blocks of quantised weights.
  private boolean onBlocks() {
    return VECTOR_BLOCKS.equals(name);
  }
}
