package herd.engine.code;

import herd.engine.UserError;
import herd.engine.code.Processor.Feature;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Which instructions the machine code of inference is made of, the fastest first. The best that
/// the processor has is used unless one is asked for by name, to measure it.
public enum InstructionSet {
  /// 512 bits, sums of four products of bytes.
  AVX512_VNNI(Width.BITS_512, Feature.AVX512F, Feature.AVX512BW, Feature.AVX512_VNNI),
  /// 256 bits, sums of four products of bytes.
  AVX_VNNI(Width.BITS_256, Feature.AVX_VNNI),
  /// 256 bits, sums of two products of bytes.
  AVX2(Width.BITS_256);

  private static final String PREFIX = "machine:";
  private static final List<Feature> COMMON = List.of(Feature.AVX2, Feature.FMA, Feature.F16C);

  private final Width width;
  private final List<Feature> features;

  InstructionSet(Width width, Feature... features) {
    this.width = width;
    this.features = List.of(features);
  }

  /// Of its vectors.
  public Width width() {
    return width;
  }

  /// What asks for it: `machine:` and its name.
  public String kernels() {
    return PREFIX + name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// Whether `processor` has all of its instructions.
  public boolean runsOn(Processor processor) {
    return missing(processor).isEmpty();
  }

  private List<Feature> missing(Processor processor) {
    var missing = new ArrayList<Feature>();
    for (var wanted : List.of(COMMON, features)) {
      for (var feature : wanted) {
        if (!processor.has(feature)) {
          missing.add(feature);
        }
      }
    }
    return missing;
  }

  /// Those that run on `processor`, the fastest first.
  public static List<InstructionSet> on(Processor processor) {
    var sets = new ArrayList<InstructionSet>();
    for (var set : values()) {
      if (set.runsOn(processor)) {
        sets.add(set);
      }
    }
    return sets;
  }

  /// The set that the name of kernels asks for; null if it asks for none.
  /// @throws UserError if there is none of that name, or this processor lacks it
  public static InstructionSet asked(String kernels) {
    if (!kernels.startsWith(PREFIX)) {
      return null;
    }
    for (var set : values()) {
      if (set.kernels().equals(kernels)) {
        set.check(Processor.ask());
        return set;
      }
    }
    throw new UserError("--kernels", kernels, names(List.of(values())), "Correct the name.");
  }

  private void check(Processor processor) {
    if (runsOn(processor)) {
      return;
    }
    var here = on(processor);
    throw new UserError(
        "--kernels " + kernels(),
        processor.refusal() != null
            ? processor.refusal()
            : "this processor lacks " + missing(processor),
        here.isEmpty() ? "other kernels" : names(here),
        "Leave it out for the fastest that can run here.");
  }

  /// What asks for them.
  public static String names(List<InstructionSet> sets) {
    var names = new ArrayList<String>();
    for (var set : sets) {
      names.add(set.kernels());
    }
    return String.join(", ", names);
  }
}
