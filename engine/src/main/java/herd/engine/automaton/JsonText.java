package herd.engine.automaton;

import java.util.Arrays;
import java.util.BitSet;

/// How texts are written: as they are, or as JSON strings.
public final class JsonText {
  /// Characters that stand in a JSON string as they are.
  static final Codes RAW = Codes.of(' ', '!', '#', '[', ']', Character.MAX_CODE_POINT);

  private static final Expr HEX = new Expr.Chars(Codes.of('0', '9', 'A', 'F', 'a', 'f'));
  private static final Expr D = new Expr.Chars(Codes.of('D', 'D', 'd', 'd'));

  /// One character of a JSON string in any of its forms; halves of surrogate pairs only together.
  static final Expr CHARACTER = Expr.alt(
      new Expr.Chars(RAW),
      Expr.seq(
          Expr.text("\\"),
          new Expr.Chars(Codes.of(
              '"', '"', '\\', '\\', '/', '/', 'b', 'b', 'f', 'f', 'n', 'n', 'r', 'r', 't', 't'))),
      Expr.seq(
          Expr.text("\\u"),
          new Expr.Chars(Codes.of('0', '9', 'A', 'C', 'a', 'c', 'E', 'F', 'e', 'f')),
          HEX,
          HEX,
          HEX),
      Expr.seq(Expr.text("\\u"), D, Expr.range('0', '7'), HEX, HEX),
      Expr.seq(
          Expr.text("\\u"),
          D,
          new Expr.Chars(Codes.of('8', '9', 'A', 'B', 'a', 'b')),
          HEX,
          HEX,
          Expr.text("\\u"),
          D,
          new Expr.Chars(Codes.of('C', 'F', 'c', 'f')),
          HEX,
          HEX));

  private JsonText() {}

  static Automaton character(Vocabulary vocabulary) {
    Nfa nfa = Thompson.of(CHARACTER, true, new Nfa.Budget("", 10_000));
    return vocabulary.shared(nfa, () -> new Automaton(nfa, new BitSet()));
  }

  /// The texts of `dfa` in UTF-8.
  public static Nfa plain(Dfa dfa, Nfa.Budget budget) {
    return write(dfa, budget, false);
  }

  /// The texts of `dfa` as JSON strings in their usual form: only what must be is escaped.
  public static Nfa quoted(Dfa dfa, Nfa.Budget budget) {
    return write(dfa, budget, true);
  }

  private static Nfa write(Dfa dfa, Nfa.Budget budget, boolean quoted) {
    var out = new Nfa.Builder(budget);
    int start = out.node();
    int accept = out.node();
    var thompson = new Thompson(out, true);
    int[] nodes = new int[dfa.states()];
    for (int s = 0; s < nodes.length; s++) {
      nodes[s] = out.node();
    }
    if (nodes.length > 0) {
      thompson.add(Expr.text(quoted ? "\"" : ""), start, nodes[0]);
    }
    for (int s = 0; s < nodes.length; s++) {
      if (dfa.accepting(s)) {
        thompson.add(Expr.text(quoted ? "\"" : ""), nodes[s], accept);
      }
      int[] row = dfa.edges(s);
      for (int e = 0; e < row.length; ) {
        int target = row[e + 2]; // the ranges that lead to one state, together
        var codes = Codes.NONE;
        for (; e < row.length && row[e + 2] == target; e += 3) {
          codes = codes.or(Codes.of(row[e], row[e + 1]));
        }
        if (quoted) {
          escapes(codes, thompson, nodes[s], nodes[target]);
          codes = codes.and(RAW);
        }
        thompson.chars(codes, nodes[s], nodes[target]);
      }
    }
    Nfa nfa = out.build(start, accept);
    int[] same = dfa.alike(Nfa.ALIKE);
    if (same == null) {
      return nfa;
    }
    int[] alike = new int[nfa.nodes()];
    Arrays.setAll(alike, node -> node);
    for (int s = 0; s < nodes.length; s++) {
      alike[nodes[s]] = nodes[same[s]];
    }
    return nfa.withAlike(alike);
  }

  private static void escapes(Codes codes, Thompson out, int from, int to) {
    Codes escaped = codes.and(RAW.not());
    for (int i = 0; i < escaped.ranges(); i++) {
      for (int code = escaped.low(i); code <= escaped.high(i); code++) {
        out.add(Expr.text(escape(code)), from, to);
      }
    }
  }

  /// A text as a JSON string in its usual form.
  public static String quoted(String text) {
    var out = new StringBuilder("\"");
    text.codePoints().forEach(code -> {
      boolean raw = Codes.of(code, code).and(RAW).ranges() > 0;
      out.append(raw ? Character.toString(code) : escape(code));
    });
    return out.append('"').toString();
  }

  private static String escape(int code) {
    int place = "\"\\\b\f\n\r\t".indexOf(code);
    return place >= 0 ? "\\" + "\"\\bfnrt".charAt(place) : "\\u%04x".formatted(code);
  }
}
