package herd.engine.grammar;

import herd.engine.automaton.Vocabulary;
import herd.engine.infer.Constraint;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;

/// What the tests of this package do with constraints.
final class Texts {
  /// All single bytes, and some longer tokens that cross the borders of JSON's parts.
  static final Vocabulary SMALL = Vocabulary.of(small());

  private Texts() {}

  static List<byte[]> small() {
    var tokens = new ArrayList<byte[]>();
    for (int i = 0; i < 256; i++) {
      tokens.add(new byte[] {(byte) i});
    }
    tokens.add(null);
    for (String text : List.of(
        "ab",
        "abc",
        "aa",
        "aaa",
        "abab",
        "true",
        "false",
        "null",
        "12",
        "123",
        "0.",
        "\":",
        "\":\"",
        "\",\"",
        "{\"",
        "\"}",
        "}}",
        "]}",
        "],[",
        "[[",
        "\"a\":",
        " a",
        "  ",
        "\n  ",
        "é",
        "日本",
        "\\\"",
        "\\u00",
        "-1",
        "1,",
        "1]",
        "1}",
        "e",
        "\"a",
        "\"\"",
        ", ",
        ": ",
        "name",
        "\"name\"",
        "aaaaaaaaaaaaaaaaaaaaaaaa",
        "xaaaaaaaaaaaaaaaaaaaaaaaa\"",
        "🙂",
        "ab",
        "2020-0")) {
      tokens.add(text.getBytes(StandardCharsets.UTF_8));
    }
    tokens.add(new byte[] {(byte) 0xC3});
    tokens.add(new byte[] {'a', (byte) 0xE6, (byte) 0x97});
    return tokens;
  }

  static BitSet allowed(Constraint constraint, Vocabulary vocabulary) {
    long[] mask = new long[vocabulary.size() + 63 >> 6];
    constraint.allowed(mask);
    return BitSet.valueOf(mask);
  }

  static boolean accepts(Grammar grammar, String text) {
    Constraint constraint = grammar.constraint(SMALL);
    for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
      try {
        constraint.accept(octet & 0xFF);
      } catch (IllegalArgumentException refused) {
        return false;
      }
    }
    return constraint.mayEnd();
  }

  /// A random text that the constraint allows, as tokens; ends when it may, more likely so after
  /// `length` tokens.
  static byte[] walk(Constraint constraint, Vocabulary vocabulary, Random random, int length) {
    var out = new java.io.ByteArrayOutputStream();
    for (int steps = 0; steps < 4_000; steps++) {
      BitSet allowed = allowed(constraint, vocabulary);
      if (constraint.mayEnd() && (allowed.isEmpty() || random.nextInt(10) == 0 || steps > length)) {
        return out.toByteArray();
      }
      if (allowed.isEmpty()) {
        throw new AssertionError("a dead end after " + out);
      }
      int id = pick(allowed, random, steps > length);
      constraint.accept(id);
      out.writeBytes(vocabulary.bytes(id));
    }
    return null; // a grammar that nests without end
  }

  /// After the wanted length, tokens that close something come first.
  private static int pick(BitSet allowed, Random random, boolean close) {
    for (char c : close ? new char[] {'"', '}', ']', '0', ',', ':'} : new char[0]) {
      if (allowed.get(c)) {
        return c;
      }
    }
    int skip = random.nextInt(allowed.cardinality());
    int id = allowed.nextSetBit(0);
    for (; skip > 0; skip--) {
      id = allowed.nextSetBit(id + 1);
    }
    return id;
  }
}
