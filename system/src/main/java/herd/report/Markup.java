package herd.report;

import java.util.ArrayDeque;
import java.util.Deque;

/// HTML and SVG as text, with everything that comes from data escaped.
final class Markup {
  private final StringBuilder out = new StringBuilder(1 << 16);
  private final Deque<String> open = new ArrayDeque<>();

  /// Begins an element.
  /// @param attributes name, value, name, value …; null as value leaves the attribute out, an
  /// empty one makes it bare
  Markup open(String tag, String... attributes) {
    tag(tag, attributes).raw(">");
    open.push(tag);
    return this;
  }

  /// Ends the element that was begun last.
  Markup close() {
    out.append("</").append(open.pop()).append('>');
    return this;
  }

  /// A whole element around `text`.
  Markup element(String tag, String text, String... attributes) {
    return open(tag, attributes).text(text).close();
  }

  /// An element without content that needs no end: of SVG, or void in HTML.
  Markup empty(String tag, String... attributes) {
    return tag(tag, attributes).raw("/>");
  }

  /// Text, escaped.
  Markup text(String text) {
    out.append(escape(text));
    return this;
  }

  /// Markup of our own, as it stands.
  Markup raw(String markup) {
    out.append(markup);
    return this;
  }

  /// A line feed, for readers of the source.
  Markup line() {
    out.append('\n');
    return this;
  }

  private Markup tag(String tag, String... attributes) {
    out.append('<').append(tag);
    for (int i = 0; i < attributes.length; i += 2) {
      String value = attributes[i + 1];
      if (value != null) {
        out.append(' ').append(attributes[i]);
        if (!value.isEmpty()) {
          out.append("=\"").append(escape(value)).append('"');
        }
      }
    }
    return this;
  }

  /// `text` with no character that means something in HTML, and none that HTML forbids.
  static String escape(String text) {
    var out = new StringBuilder(text.length() + 16);
    text.codePoints().forEach(c -> {
      switch (c) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '"' -> out.append("&quot;");
        case '\'' -> out.append("&#39;");
        case '\n', '\t' -> out.append((char) c);
        case '\r' -> {}
        default -> {
          boolean surrogate = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
          boolean control = c < ' ' || c >= 0x7F && c < 0xA0;
          boolean turns = c >= 0x202A && c <= 0x202E || c >= 0x2066 && c <= 0x2069;
          out.appendCodePoint(surrogate || control || turns ? 0xFFFD : c);
        }
      }
    });
    return out.toString();
  }

  @Override
  public String toString() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("not closed: " + open);
    }
    return out.toString();
  }
}
