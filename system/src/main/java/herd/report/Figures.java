package herd.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/// How numbers, times and names are written on the page.
final class Figures {
  private static final String[] BYTES = {"B", "kB", "MB", "GB", "TB", "PB"};
  private static final String[] COUNTS = {"", "K", "M", "B", "T"};
  private static final String MINUS = "\u2212";

  private Figures() {}

  /// `12,345`; fractions keep three digits.
  static String number(double value) {
    if (value == Math.rint(value) && Math.abs(value) < 1e15) {
      return minus(String.format(Locale.ROOT, "%,d", (long) value));
    }
    return significant(value, 4);
  }

  /// `4.0M`, `12,345`: short, for axes and headlines.
  static String compact(double value) {
    double size = Math.abs(value);
    int unit = 0;
    while (size >= 999.5 && unit < COUNTS.length - 1) {
      size /= 1000;
      unit++;
    }
    if (unit == 0 || Math.abs(value) < 10_000) {
      return number(value);
    }
    String digits = String.format(Locale.ROOT, size < 99.95 ? "%.1f" : "%.0f", size);
    return (value < 0 ? MINUS : "") + digits.replaceAll("\\.0$", "") + COUNTS[unit];
  }

  /// `217 MB`, decimal units.
  static String bytes(double value) {
    double size = Math.abs(value);
    int unit = 0;
    while (size >= 999.5 && unit < BYTES.length - 1) {
      size /= 1000;
      unit++;
    }
    String digits = unit > 0 && size < 9.95
        ? String.format(Locale.ROOT, "%.1f", size)
        : String.format(Locale.ROOT, "%.0f", size);
    return (value < 0 ? MINUS : "") + digits + "\u00a0" + BYTES[unit];
  }

  /// `14 min 32 s`, `3.2 s`, `1 h 5 min`.
  static String duration(double seconds) {
    if (seconds < 9.95) {
      return String.format(Locale.ROOT, "%.1f\u00a0s", seconds);
    }
    long whole = Math.round(seconds);
    if (whole < 60) {
      return whole + "\u00a0s";
    }
    if (whole < 3600) {
      return "%d\u00a0min %02d\u00a0s".formatted(whole / 60, whole % 60);
    }
    return "%d\u00a0h %02d\u00a0min".formatted(whole / 3600, whole % 3600 / 60);
  }

  /// `digits` significant digits: `9,185`, `2.549`, `2e-4`.
  static String significant(double value, int digits) {
    if (value == 0 || !Double.isFinite(value)) {
      return value == 0 ? "0" : "—";
    }
    var rounded = new BigDecimal(value).round(new MathContext(digits)).stripTrailingZeros();
    double size = Math.abs(value);
    if (size >= 0.01 && size < 1e9) {
      int decimals = Math.max(0, rounded.scale());
      return minus(String.format(Locale.ROOT, "%,." + decimals + "f", rounded));
    }
    int exponent = rounded.precision() - rounded.scale() - 1;
    return minus(rounded.movePointLeft(exponent).toPlainString() + "e" + exponent);
  }

  /// A fixed number of decimals, the same for all numbers of a column.
  static String fixed(double value, int decimals) {
    return minus(String.format(Locale.ROOT, "%,." + decimals + "f", value));
  }

  /// As [#fixed], with its sign.
  static String signed(double value, int decimals) {
    return (value >= 0 ? "+" : "") + fixed(value, decimals);
  }

  private static String minus(String number) {
    return number.startsWith("-") ? MINUS + number.substring(1) : number;
  }

  /// `holdout-bits-per-byte`, `tokensPerSecond` as words.
  static String words(String name) {
    return name.replaceAll("([a-z])([A-Z])", "$1 $2")
        .toLowerCase(Locale.ROOT)
        .replace('-', ' ')
        .replace('_', ' ')
        .replaceAll("\\bholdout\\b", "hold-out")
        .replaceAll("\\burl\\b", "URL")
        .replaceAll("\\bhtml\\b", "HTML")
        .replaceAll("\\bjava\\b", "Java")
        .replaceAll("\\bsft\\b", "SFT")
        .replaceAll("\\bdpo\\b", "DPO")
        .replaceAll("\\bgguf\\b", "GGUF");
  }

  /// As [#words], for a headline.
  static String title(String name) {
    String words = words(name);
    return words.isEmpty()
        ? words
        : words.substring(0, words.offsetByCodePoints(0, 1)).toUpperCase(Locale.ROOT)
            + words.substring(words.offsetByCodePoints(0, 1));
  }
}
