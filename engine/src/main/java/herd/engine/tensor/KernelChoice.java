package herd.engine.tensor;

import herd.engine.UserError;
import java.util.concurrent.atomic.AtomicBoolean;

/// Which kernels this machine and this start of the JVM can run.
public final class KernelChoice {
  private static final AtomicBoolean TOLD = new AtomicBoolean();

  private KernelChoice() {}

  /// The fastest kernels that can run here: `vector` if the JVM was started with what they need,
  /// else `reference`,
  /// naming the missing flags once on the error stream.
  public static Kernels best(Workers workers) {
    var missing = missingFlags();
    if (missing.isEmpty()) {
      return VectorKernels.over(workers);
    }
    if (TOLD.compareAndSet(false, true)) {
      System.err.println("herd: slow portable kernels, since java was started without " + missing);
    }
    return new ReferenceKernels();
  }

  /// The kernels of that name: `reference` or `vector`.
  /// @throws UserError if there are none of that name, or they cannot run here
  public static Kernels of(String name, Workers workers) {
    return switch (name) {
      case "reference" -> new ReferenceKernels();
      case "vector" -> {
        if (!missingFlags().isEmpty()) {
          throw new UserError(
              "--kernels", "vector, but java was started without " + missingFlags(), "Add them.");
        }
        yield VectorKernels.over(workers);
      }
      default ->
        throw new UserError(
            "--kernels", name, "reference, vector, machine", "Leave it out for the best.");
    };
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
