package herd.engine.template;

import herd.engine.template.Value.Args;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.TextStyle;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// The functions that every template can call.
final class Globals {
  /// The longest `range`, as in Jinja's sandbox.
  private static final long RANGE = 100_000;

  private Globals() {}

  /// @param clock the time that `strftime_now` tells; without one the function is not defined
  static Map<String, Value> of(Budget budget, LocalDateTime clock) {
    var out = new LinkedHashMap<String, Value>();
    put(out, "range", args -> range(budget, args));
    put(out, "namespace", args -> new Value.Namespace(namespace(args)));
    put(out, "dict", args -> {
      var entries = new LinkedHashMap<Value, Value>();
      namespace(args).forEach((name, value) -> entries.put(Str.template(name), value));
      return new Value.Dict(entries);
    });
    put(out, "raise_exception", args -> {
      Value message = args.bind("raise_exception", "message")[0];
      String text = message == null ? "" : new Printed(budget).str(message).text();
      throw new Failure(
          text.length() > 500 ? text.substring(0, 500) + "…" : text,
          "The template refuses this conversation.");
    });
    if (clock != null) {
      put(out, "strftime_now", args -> {
        Value format = args.bind("strftime_now", "format")[0];
        if (!(format instanceof Str s)) {
          throw new Failure("strftime_now() without a format");
        }
        return Str.template(time(s.text(), clock));
      });
    }
    return out;
  }

  private static void put(Map<String, Value> out, String name, Value.Body body) {
    out.put(name, new Value.Function(name, body));
  }

  private static Map<String, Value> namespace(Args args) {
    var attributes = new LinkedHashMap<String, Value>();
    for (Value one : args.positional()) {
      if (!(one instanceof Value.Dict dict)) {
        throw new Failure("a " + one.type() + " where a dict should stand");
      }
      dict.entries().forEach((key, value) -> attributes.put(Filters.text(key), value));
    }
    attributes.putAll(args.named());
    return attributes;
  }

  private static Value range(Budget budget, Args args) {
    var a = args.bind("range", "start", "stop", "step");
    if (a[0] == null) {
      throw new Failure("range() without a number");
    }
    long start = a[1] == null ? 0 : Operators.index(Operators.defined(a[0]));
    long stop = Operators.index(Operators.defined(a[1] == null ? a[0] : a[1]));
    long step = a[2] == null ? 1 : Operators.index(a[2]);
    if (step == 0) {
      throw new Failure("range() in steps of 0");
    }
    var out = new ArrayList<Value>();
    for (long i = start; step > 0 ? i < stop : i > stop; i += step) {
      if (out.size() == RANGE) {
        throw new Failure("a range of more than " + RANGE + " numbers");
      }
      out.add(new Value.Int(i));
      if (step > 0 ? i > Long.MAX_VALUE - step : i < Long.MIN_VALUE - step) {
        break;
      }
    }
    budget.steps(out.size());
    return new Value.Seq(out, Value.Kind.LIST);
  }

  /// As C's `strftime` in the C locale.
  private static String time(String format, LocalDateTime clock) {
    var out = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%' || i + 1 == format.length()) {
        out.append(c);
        continue;
      }
      char kind = format.charAt(++i);
      boolean bare = kind == '-' && i + 1 < format.length();
      String text = field(bare ? format.charAt(++i) : kind, clock);
      out.append(bare && text.length() > 1 ? text.replaceFirst("^0+(?=.)", "") : text);
    }
    return out.toString();
  }

  private static String field(char kind, LocalDateTime clock) {
    return switch (kind) {
      case 'Y' -> pattern("uuuu", clock);
      case 'y' -> pattern("uu", clock);
      case 'm' -> pattern("MM", clock);
      case 'd' -> pattern("dd", clock);
      case 'e' -> "%2d".formatted(clock.getDayOfMonth());
      case 'H' -> pattern("HH", clock);
      case 'I' -> pattern("hh", clock);
      case 'M' -> pattern("mm", clock);
      case 'S' -> pattern("ss", clock);
      case 'f' -> pattern("SSSSSS", clock);
      case 'p' -> clock.getHour() < 12 ? "AM" : "PM";
      case 'j' -> "%03d".formatted(clock.getDayOfYear());
      case 'B' -> clock.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
      case 'b', 'h' -> clock.getMonth().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
      case 'A' -> clock.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
      case 'a' -> clock.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
      case 'w' -> "" + clock.getDayOfWeek().getValue() % 7;
      case 'u' -> "" + clock.getDayOfWeek().getValue();
      case 'F' -> pattern("uuuu-MM-dd", clock);
      case 'T' -> pattern("HH:mm:ss", clock);
      case 'R' -> pattern("HH:mm", clock);
      case 'D' -> pattern("MM/dd/uu", clock);
      case 'n' -> "\n";
      case 't' -> "\t";
      case '%' -> "%";
      case 'z', 'Z' -> "";
      default -> throw new Failure("'%" + kind + "' in strftime_now, which is not known");
    };
  }

  private static String pattern(String pattern, LocalDateTime clock) {
    return DateTimeFormatter.ofPattern(pattern, Locale.ROOT)
        .format(clock.truncatedTo(ChronoUnit.MICROS));
  }
}
