package herd.engine.automaton;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// An immutable set of Unicode scalar values: code points that are not surrogates. Kept as
/// ascending ranges that do not touch: `bounds[2i]` to `bounds[2i + 1]`, both included.
public final class Codes {
  /// No character.
  public static final Codes NONE = new Codes(new int[0]);
  /// All characters.
  public static final Codes ALL = of(0, Character.MAX_CODE_POINT);

  private final int[] bounds;

  private Codes(int[] bounds) {
    this.bounds = bounds;
  }

  /// The union of ranges, each a first and a last code point; surrogates fall out.
  public static Codes of(int... ranges) {
    var sorted = new ArrayList<int[]>();
    for (int i = 0; i < ranges.length; i += 2) {
      add(sorted, ranges[i], Math.min(ranges[i + 1], Character.MIN_SURROGATE - 1));
      add(sorted, Math.max(ranges[i], Character.MAX_SURROGATE + 1), ranges[i + 1]);
    }
    sorted.sort((a, b) -> Integer.compare(a[0], b[0]));
    int[] out = new int[2 * sorted.size()];
    int n = 0;
    for (int[] range : sorted) {
      if (n > 0 && range[0] <= out[n - 1] + 1) {
        out[n - 1] = Math.max(out[n - 1], range[1]);
      } else {
        out[n++] = range[0];
        out[n++] = range[1];
      }
    }
    return new Codes(Arrays.copyOf(out, n));
  }

  private static void add(List<int[]> ranges, int low, int high) {
    if (low <= high) {
      ranges.add(new int[] {low, high});
    }
  }

  /// Number of ranges.
  public int ranges() {
    return bounds.length / 2;
  }

  /// The first code point of a range.
  public int low(int range) {
    return bounds[2 * range];
  }

  /// The last code point of a range.
  public int high(int range) {
    return bounds[2 * range + 1];
  }

  public boolean isEmpty() {
    return bounds.length == 0;
  }

  /// Characters of either.
  public Codes or(Codes other) {
    int[] both = Arrays.copyOf(bounds, bounds.length + other.bounds.length);
    System.arraycopy(other.bounds, 0, both, bounds.length, other.bounds.length);
    return of(both);
  }

  /// All other characters.
  public Codes not() {
    int[] out = new int[bounds.length + 2];
    int n = 0;
    int from = 0;
    for (int i = 0; i < bounds.length; i += 2) {
      if (from < bounds[i]) {
        out[n++] = from;
        out[n++] = bounds[i] - 1;
      }
      from = bounds[i + 1] + 1;
    }
    if (from <= Character.MAX_CODE_POINT) {
      out[n++] = from;
      out[n++] = Character.MAX_CODE_POINT;
    }
    return of(Arrays.copyOf(out, n));
  }

  /// Characters of both.
  public Codes and(Codes other) {
    return not().or(other.not()).not();
  }

  /// The UTF-8 forms of the code points `low` to `high` as sequences of byte ranges: first and
  /// last byte of the first place, of the second, … The ranges must not hold surrogates.
  static List<int[]> utf8(int low, int high) {
    var out = new ArrayList<int[]>();
    int[] ends = {0x7F, 0x7FF, 0xFFFF, Character.MAX_CODE_POINT};
    for (int length = 1, from = low; length <= 4 && from <= high; length++) {
      int to = Math.min(high, ends[length - 1]);
      if (from <= to) {
        split(from, to, length, out);
        from = to + 1;
      }
    }
    return out;
  }

  /// Cuts a range until in each part only trailing places vary, each over all its values.
  private static void split(int low, int high, int length, List<int[]> out) {
    for (int place = 1; place < length; place++) {
      int rest = (1 << 6 * place) - 1;
      if ((low & ~rest) == (high & ~rest)) {
        continue;
      }
      if ((low & rest) != 0) {
        split(low, low | rest, length, out);
        split((low | rest) + 1, high, length, out);
        return;
      }
      if ((high & rest) != rest) {
        split(low, (high & ~rest) - 1, length, out);
        split(high & ~rest, high, length, out);
        return;
      }
    }
    int[] sequence = new int[2 * length];
    for (int i = 0; i < length; i++) {
      sequence[2 * i] = octet(low, i, length);
      sequence[2 * i + 1] = octet(high, i, length);
    }
    out.add(sequence);
  }

  private static int octet(int code, int place, int length) {
    int bits = code >>> 6 * (length - 1 - place);
    if (place > 0) {
      return 0x80 | bits & 0x3F;
    }
    return length == 1 ? bits : 0xF00 >>> length & 0xFF | bits;
  }
}
