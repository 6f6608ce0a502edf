package herd.engine.sample;

import java.util.List;

/// Text that comes in pieces, cut at the first stop string. What could still become one is held
/// back until it cannot.
public final class StopText {
  private final List<String> stops;
  private final StringBuilder text = new StringBuilder();
  private int given;
  private String found;

  public StopText(List<String> stops) {
    this.stops = stops;
  }

  /// Adds a piece.
  /// @return the text that is certain now and was not before
  public String add(String piece) {
    if (stops.isEmpty()) {
      text.append(piece);
      given = text.length();
      return piece;
    }
    int from = given;
    text.append(piece);
    // The first to be complete, of several the longest: the same wherever the pieces are cut.
    int first = 0;
    int end = Integer.MAX_VALUE;
    for (var stop : stops) {
      int at = text.indexOf(stop, from);
      int to = at + stop.length();
      if (at >= 0 && (to < end || to == end && at < first)) {
        first = at;
        end = to;
        found = stop;
      }
    }
    if (found != null) {
      text.setLength(first);
    }
    given = found != null ? first : text.length() - held(from);
    return text.substring(from, given);
  }

  /// The longest end of the text from `from` on that begins a stop string.
  private int held(int from) {
    int most = 0;
    for (var stop : stops) {
      for (int n = Math.min(stop.length() - 1, text.length() - from); n > most; n--) {
        if (stop.startsWith(text.substring(text.length() - n))) {
          most = n;
        }
      }
    }
    return most;
  }

  /// What was held back; nothing more will come.
  public String end() {
    var rest = text.substring(given);
    given = text.length();
    return rest;
  }

  /// The stop string that came, null if none has.
  public String found() {
    return found;
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
