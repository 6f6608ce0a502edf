package herd.engine.automaton;

import herd.engine.automaton.Expr.Alt;
import herd.engine.automaton.Expr.Chars;
import herd.engine.automaton.Expr.Edge;
import herd.engine.automaton.Expr.Ref;
import herd.engine.automaton.Expr.Repeat;
import herd.engine.automaton.Expr.Seq;
import herd.engine.automaton.Expr.Text;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;

/// Writes an expression as nodes and edges, over the bytes of its UTF-8 form or over code points.
public final class Thompson {
  private final Nfa.Builder out;
  private final boolean bytes;

  /// @param bytes whether over bytes or over code points
  public Thompson(Nfa.Builder out, boolean bytes) {
    this.out = out;
    this.bytes = bytes;
  }

  static Nfa of(Expr expr, boolean bytes, Nfa.Budget budget) {
    var out = new Nfa.Builder(budget);
    int start = out.node();
    int accept = out.node();
    new Thompson(out, bytes).add(expr, start, accept);
    return out.build(start, accept);
  }

  /// Adds what leads from `from` to `to` over the text of `expr`, and nothing else does.
  public void add(Expr expr, int from, int to) {
    switch (expr) {
      case Chars(Codes codes) -> chars(codes, from, to);
      case Text(String text) -> text(text, from, to);
      case Seq(List<Expr> parts) -> sequence(parts, from, to);
      case Alt(List<Expr> parts) -> choice(parts, from, to);
      case Repeat repeat -> repeat(repeat, from, to);
      case Ref(int rule) -> out.edge(from, Nfa.CALL, rule, to);
      case Edge(boolean begin) -> out.edge(from, begin ? Nfa.BEGIN : Nfa.END, 0, to);
    }
  }

  private void sequence(List<Expr> parts, int from, int to) {
    int at = from;
    for (int i = 0; i < parts.size(); i++) {
      int next = i == parts.size() - 1 ? to : out.node();
      add(parts.get(i), at, next);
      at = next;
    }
    if (parts.isEmpty()) {
      out.nothing(from, to);
    }
  }

  /// Literals among the choices share their first characters: ten thousand names stay quick.
  private void choice(List<Expr> parts, int from, int to) {
    var prefixes = new HashMap<Long, Integer>();
    for (Expr part : parts) {
      if (!(part instanceof Text(String text)) || text.isEmpty()) {
        int begin = out.node();
        out.nothing(from, begin);
        add(part, begin, to);
        continue;
      }
      int at = from;
      for (int symbol : symbols(text)) {
        long key = (long) at << 32 | symbol;
        Integer next = prefixes.get(key);
        if (next == null) {
          next = out.node();
          out.edge(at, symbol, symbol, next);
          prefixes.put(key, next);
        }
        at = next;
      }
      out.nothing(at, to);
    }
  }

  private void repeat(Repeat repeat, int from, int to) {
    int at = from;
    for (int i = 0; i < repeat.min(); i++) {
      int next = out.node();
      add(repeat.part(), at, next);
      at = next;
    }
    if (repeat.max() < 0) {
      int loop = out.node();
      out.nothing(at, loop);
      add(repeat.part(), loop, loop);
      at = loop;
    }
    for (int i = repeat.min(); i < repeat.max(); i++) {
      out.nothing(at, to);
      int next = out.node();
      add(repeat.part(), at, next);
      at = next;
    }
    out.nothing(at, to);
  }

  private void text(String text, int from, int to) {
    int[] symbols = symbols(text);
    int at = from;
    for (int i = 0; i < symbols.length; i++) {
      int next = i == symbols.length - 1 ? to : out.node();
      out.edge(at, symbols[i], symbols[i], next);
      at = next;
    }
    if (symbols.length == 0) {
      out.nothing(from, to);
    }
  }

  private int[] symbols(String text) {
    if (!bytes) {
      return text.codePoints().toArray();
    }
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    int[] symbols = new int[utf8.length];
    for (int i = 0; i < utf8.length; i++) {
      symbols[i] = utf8[i] & 0xFF;
    }
    return symbols;
  }

  /// Adds the edges of one character. Equal endings of UTF-8 forms share their nodes.
  void chars(Codes codes, int from, int to) {
    if (!bytes) {
      for (int i = 0; i < codes.ranges(); i++) {
        out.edge(from, codes.low(i), codes.high(i), to);
      }
      return;
    }
    var endings = new HashMap<Long, Integer>();
    for (int i = 0; i < codes.ranges(); i++) {
      for (int[] octets : Codes.utf8(codes.low(i), codes.high(i))) {
        int target = to;
        for (int j = octets.length - 2; j > 0; j -= 2) {
          long key = (long) target << 16 | octets[j] << 8 | octets[j + 1];
          Integer node = endings.get(key);
          if (node == null) {
            node = out.node();
            out.edge(node, octets[j], octets[j + 1], target);
            endings.put(key, node);
          }
          target = node;
        }
        out.edge(from, octets[0], octets[1], target);
      }
    }
  }
}
