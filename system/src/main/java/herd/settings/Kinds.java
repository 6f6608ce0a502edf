package herd.settings;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.regex.Pattern;

/// What the records and sealed interfaces of settings are called in a recipe.
public final class Kinds {
  private static final Pattern HUMP = Pattern.compile("(?<=[a-z0-9])(?=[A-Z])");

  private Kinds() {}

  /// The records that a sealed interface permits, directly or through another, by the name that
  /// follows `kind:`. A permitted class that is not a record cannot be written in a recipe and is
  /// left out.
  public static SequencedMap<String, Class<?>> of(Class<?> sealed) {
    var kinds = new LinkedHashMap<String, Class<?>>();
    collect(sealed, sealed, kinds);
    return kinds;
  }

  private static void collect(Class<?> root, Class<?> sealed, SequencedMap<String, Class<?>> to) {
    for (var permitted : sealed.getPermittedSubclasses()) {
      if (permitted.isRecord()) {
        to.put(name(root, permitted), permitted);
      } else if (permitted.isSealed()) {
        collect(root, permitted, to);
      }
    }
  }

  /// The kind of a record: its name in kebab case, without the interface's name at its end:
  /// `WarmupCosine` is `warmup-cosine`, `SftStage` of `Stage` is `sft`.
  public static String name(Class<?> sealed, Class<?> record) {
    var name = record.getSimpleName();
    var suffix = sealed.getSimpleName();
    if (name.endsWith(suffix) && name.length() > suffix.length()) {
      name = name.substring(0, name.length() - suffix.length());
    }
    return kebab(name);
  }

  /// `WarmupCosine` to `warmup-cosine`.
  public static String kebab(String name) {
    return HUMP.matcher(name).replaceAll("-").toLowerCase(Locale.ROOT);
  }

  /// How a constant of an enum is written: `LINEAR_DECAY` is `linear-decay`.
  static String constant(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// The keys of a record, in order.
  static List<String> keys(Class<?> record) {
    return Arrays.stream(record.getRecordComponents())
        .map(RecordComponent::getName)
        .toList();
  }
}
