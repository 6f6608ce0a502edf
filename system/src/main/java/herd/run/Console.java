package herd.run;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import tools.jackson.databind.json.JsonMapper;

/// What a run shows while it works: one live line per stage on a terminal, a plain line now and
/// then in a log, or one JSON object a line.
public final class Console {
  /// How it shows it.
  public enum Form {
    /// A line that is drawn over itself.
    LIVE,
    /// Lines, at most one in ten seconds while a stage works.
    PLAIN,
    /// Events as JSON, one a line, at most one a second while a stage works.
    JSON
  }

  private static final JsonMapper MAPPER = JsonMapper.builder().build();
  private static final long SECOND = 1_000_000_000L;
  private static final int NAME_WIDTH = 10;

  private final PrintStream out;
  private final Form form;
  private final int width;
  private final BooleanSupplier interrupted;
  private final LongSupplier nanos;
  private boolean drawn;

  /// @param width columns of the terminal
  /// @param interrupted whether the user asked to stop
  /// @param nanos a clock that only goes forward
  public Console(
      PrintStream out, Form form, int width, BooleanSupplier interrupted, LongSupplier nanos) {
    this.out = out;
    this.form = form;
    this.width = width;
    this.interrupted = interrupted;
    this.nanos = nanos;
  }

  /// The form for a standard output that is a terminal or not.
  public static Form form(boolean json) {
    if (json) {
      return Form.JSON;
    }
    var console = System.console();
    boolean dumb = "dumb".equals(System.getenv("TERM"));
    return console != null && console.isTerminal() && !dumb ? Form.LIVE : Form.PLAIN;
  }

  /// A line of its own.
  public synchronized void say(String stage, String line) {
    if (form == Form.JSON) {
      event("say", stage, Map.of("text", line));
      return;
    }
    clear();
    out.println(head(stage) + line);
    out.flush();
  }

  /// A stage begins; `why` says why it has to run.
  public Progress begin(String stage, String why) {
    if (form == Form.JSON) {
      event("begin", stage, Map.of("why", why));
    } else {
      say(stage, why);
    }
    return new Line(stage);
  }

  /// Progress of something that is no stage; nothing is said at its beginning.
  public Progress begin(String name) {
    return new Line(name);
  }

  /// A stage is complete.
  public synchronized void end(String stage, double seconds, String summary) {
    if (form == Form.JSON) {
      event("end", stage, Map.of("seconds", seconds, "summary", summary));
    } else {
      say(stage, "done in " + time(seconds) + (summary.isEmpty() ? "" : ", " + summary));
    }
  }

  private static String head(String stage) {
    return stage.isEmpty() ? "" : stage + " ".repeat(Math.max(1, NAME_WIDTH - stage.length()));
  }

  private void clear() {
    if (drawn) {
      out.print("\r\033[K");
      drawn = false;
    }
  }

  private synchronized void event(String event, String stage, Map<String, Object> more) {
    var json = MAPPER.createObjectNode().put("event", event);
    if (!stage.isEmpty()) {
      json.put("stage", stage);
    }
    more.forEach((key, value) -> json.set(key, MAPPER.valueToTree(value)));
    out.println(json);
    out.flush();
  }

  /// `2 m 05 s`, `1 h 02 m`, `4.2 s`.
  static String time(double seconds) {
    if (seconds < 10) {
      return String.format(Locale.ROOT, "%.1f s", seconds);
    }
    var time = Duration.ofSeconds(Math.round(seconds));
    if (time.toMinutes() == 0) {
      return time.toSeconds() + " s";
    }
    return time.toHours() > 0
        ? String.format(Locale.ROOT, "%d h %02d m", time.toHours(), time.toMinutesPart())
        : String.format(Locale.ROOT, "%d m %02d s", time.toMinutes(), time.toSecondsPart());
  }

  private final class Line implements Progress {
    private final String stage;
    private String phase = "";
    private long base;
    private long baseNanos;
    private long shownNanos;

    Line(String stage) {
      this.stage = stage;
      this.shownNanos = nanos.getAsLong();
    }

    @Override
    public boolean interrupted() {
      return interrupted.getAsBoolean();
    }

    @Override
    public void say(String line) {
      Console.this.say(stage, line);
    }

    @Override
    public void at(long done, long total, String unit, Map<String, Object> facts) {
      synchronized (Console.this) {
        long now = nanos.getAsLong();
        // What stood when this attempt began must not count as speed.
        if (!phase.equals(unit + total) || done < base) {
          phase = unit + total;
          base = done;
          baseNanos = now;
        }
        if (now - shownNanos < pause()) {
          return;
        }
        shownNanos = now;
        double seconds = (now - baseNanos) / (double) SECOND;
        double rate = seconds > 0 ? (done - base) / seconds : 0;
        if (form == Form.JSON) {
          event("progress", stage, fields(done, total, unit, rate, facts));
          return;
        }
        var line = head(stage) + words(done, total, unit, rate, facts);
        if (form == Form.LIVE) {
          out.print("\r" + line.substring(0, Math.min(line.length(), width - 1)) + "\033[K");
          drawn = true;
        } else {
          out.println(line);
        }
        out.flush();
      }
    }

    private long pause() {
      return switch (form) {
        case LIVE -> SECOND / 10;
        case JSON -> SECOND;
        case PLAIN -> 10 * SECOND;
      };
    }

    private Map<String, Object> fields(
        long done, long total, String unit, double rate, Map<String, Object> facts) {
      var fields = new java.util.LinkedHashMap<String, Object>();
      fields.put("done", done);
      fields.put("total", total);
      fields.put("unit", unit);
      fields.put("rate", Math.round(rate * 1000) / 1000.0);
      fields.put("facts", facts);
      return fields;
    }

    private String words(
        long done, long total, String unit, double rate, Map<String, Object> facts) {
      var text = new StringBuilder(String.format(Locale.ROOT, "%,d", done));
      if (total > 0) {
        text.append(String.format(Locale.ROOT, " / %,d", total));
      }
      text.append(' ').append(unit);
      if (total > 0) {
        text.append(String.format(Locale.ROOT, "  %d%%", 100 * done / total));
      }
      if (rate > 0 && !facts.containsKey(unit + "/s")) {
        var form = rate < 10 ? "  %,.1f %s/s" : "  %,.0f %s/s";
        text.append(String.format(Locale.ROOT, form, rate, unit));
      }
      facts.forEach((name, value) -> {
        var shown = value instanceof Double number ? number(number) : value.toString();
        text.append("  ").append(name.endsWith("/s") ? shown + " " + name : name + " " + shown);
      });
      if (total > done && rate > 0) {
        text.append("  ").append(time((total - done) / rate)).append(" left");
      }
      return text.toString();
    }

    private static String number(double value) {
      double size = Math.abs(value);
      if (size >= 1000) {
        return String.format(Locale.ROOT, "%,.0f", value);
      }
      return String.format(Locale.ROOT, size < 0.01 && size > 0 ? "%.1e" : "%.3f", value);
    }
  }
}
