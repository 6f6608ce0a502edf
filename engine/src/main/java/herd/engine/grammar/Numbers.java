package herd.engine.grammar;

import herd.engine.UserError;
import herd.engine.automaton.Codes;
import herd.engine.automaton.Dfa;
import herd.engine.automaton.Expr;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;

/// Numbers as digits: bounds and multiples decided digit by digit. Whole numbers have up to
/// [#DIGITS] digits and no fraction; others a fraction of up to [#DECIMALS] digits and, where
/// neither bounds nor multiples ask for comparison, an exponent of two.
final class Numbers {
  private static final int DIGITS = 20;
  private static final int DECIMALS = 30;
  private static final int REMAINDERS = 10_000;

  private static final Expr DIGIT = Expr.range('0', '9');
  private static final Expr ANY_DIGITS = new Expr.Repeat(DIGIT, 0, -1);
  private static final Expr ZEROS = new Expr.Repeat(Expr.text("0"), 0, -1);
  private static final Expr REST =
      Expr.optional(Expr.seq(Expr.text("."), new Expr.Repeat(DIGIT, 1, -1)));
  private static final Expr ANY = Expr.seq(new Expr.Repeat(DIGIT, 1, -1), REST);
  private static final Expr MINUS = Expr.text("-");

  private Numbers() {}

  static boolean free(Shape shape) {
    return shape.min == null && shape.max == null && shape.multiples().isEmpty();
  }

  /// The numbers without bounds.
  static Expr free(boolean integer) {
    return integer
        ? syntax(true, DIGITS)
        : Expr.seq(
            syntax(false, DIGITS),
            Expr.optional(Expr.seq(
                new Expr.Chars(Codes.of('e', 'e', 'E', 'E')),
                Expr.optional(new Expr.Chars(Codes.of('+', '+', '-', '-'))),
                new Expr.Repeat(DIGIT, 1, 2))));
  }

  private static Expr syntax(boolean integer, int digits) {
    Expr natural = Expr.seq(Expr.range('1', '9'), new Expr.Repeat(DIGIT, 0, digits - 1));
    if (integer) {
      return Expr.alt(Expr.text("0"), Expr.seq(Expr.optional(MINUS), natural));
    }
    Expr fraction = Expr.seq(Expr.text("."), new Expr.Repeat(DIGIT, 1, DECIMALS));
    return Expr.alt(
        Expr.seq(Expr.text("0"), Expr.optional(fraction)),
        Expr.seq(Expr.text("-0"), fraction),
        Expr.seq(Expr.optional(MINUS), natural, Expr.optional(fraction)));
  }

  /// The numbers that a shape allows.
  static Dfa language(Shape shape, String where) {
    int digits = DIGITS;
    for (BigDecimal bound : new BigDecimal[] {shape.min, shape.max}) {
      if (bound != null) {
        if (bound.scale() > 400 || bound.precision() - (long) bound.scale() > 400) {
          throw new UserError(where, "a bound of more than 400 digits", "Leave it out.");
        }
        digits = Math.max(digits, bound.abs().toBigInteger().toString().length());
      }
    }
    Dfa out = Dfa.of(syntax(shape.integer, digits), false, where);
    if (shape.min != null) {
      out = out.and(Dfa.of(above(shape.min, shape.aboveMin), false, where), where);
    }
    if (shape.max != null) {
      out = out.and(Dfa.of(below(shape.max, shape.belowMax), false, where), where);
    }
    for (BigDecimal multiple : shape.multiples()) {
      out = out.and(multiples(multiple, where), where);
    }
    return out;
  }

  private static Expr above(BigDecimal bound, boolean strict) {
    if (bound.signum() > 0 || bound.signum() == 0 && strict) {
      return strict ? greater(bound) : Expr.alt(greater(bound), equal(bound));
    }
    BigDecimal size = bound.negate();
    Expr negative = strict ? less(size) : Expr.alt(less(size), equal(size));
    return Expr.alt(ANY, Expr.seq(MINUS, negative));
  }

  private static Expr below(BigDecimal bound, boolean strict) {
    if (bound.signum() < 0 || bound.signum() == 0 && strict) {
      BigDecimal size = bound.negate();
      return Expr.seq(MINUS, strict ? greater(size) : Expr.alt(greater(size), equal(size)));
    }
    Expr positive = strict ? less(bound) : Expr.alt(less(bound), equal(bound));
    return Expr.alt(Expr.seq(MINUS, ANY), positive);
  }

  private static String whole(BigDecimal n) {
    return n.toBigInteger().toString();
  }

  private static String fraction(BigDecimal n) {
    BigDecimal rest = n.subtract(new BigDecimal(n.toBigInteger())).stripTrailingZeros();
    return rest.signum() == 0 ? "" : rest.toPlainString().substring(2);
  }

  private static Expr equal(BigDecimal n) {
    String fraction = fraction(n);
    Expr point = Expr.seq(Expr.text("." + fraction), ZEROS);
    Expr end = fraction.isEmpty() ? Expr.optional(Expr.seq(Expr.text(".0"), ZEROS)) : point;
    return Expr.seq(Expr.text(whole(n)), end);
  }

  private static Expr greater(BigDecimal n) {
    String whole = whole(n);
    String fraction = fraction(n);
    var ways = new ArrayList<Expr>();
    Expr longer = new Expr.Repeat(DIGIT, whole.length(), -1);
    ways.add(Expr.seq(Expr.range('1', '9'), longer, REST));
    for (int i = 0; i < whole.length(); i++) {
      if (whole.charAt(i) < '9') {
        int left = whole.length() - 1 - i;
        ways.add(Expr.seq(
            Expr.text(whole.substring(0, i)),
            Expr.range(whole.charAt(i) + 1, '9'),
            new Expr.Repeat(DIGIT, left, left),
            REST));
      }
    }
    for (int i = 0; i < fraction.length(); i++) {
      if (fraction.charAt(i) < '9') {
        ways.add(Expr.seq(
            Expr.text(whole + "." + fraction.substring(0, i)),
            Expr.range(fraction.charAt(i) + 1, '9'),
            ANY_DIGITS));
      }
    }
    ways.add(Expr.seq(Expr.text(whole + "." + fraction), ZEROS, Expr.range('1', '9'), ANY_DIGITS));
    return new Expr.Alt(ways);
  }

  private static Expr less(BigDecimal n) {
    String whole = whole(n);
    String fraction = fraction(n);
    var ways = new ArrayList<Expr>();
    if (whole.length() > 1) {
      ways.add(Expr.seq(new Expr.Repeat(DIGIT, 1, whole.length() - 1), REST));
    }
    for (int i = 0; i < whole.length(); i++) {
      if (whole.charAt(i) > '0') {
        int left = whole.length() - 1 - i;
        ways.add(Expr.seq(
            Expr.text(whole.substring(0, i)),
            Expr.range('0', whole.charAt(i) - 1),
            new Expr.Repeat(DIGIT, left, left),
            REST));
      }
    }
    for (int i = 0; i < fraction.length(); i++) {
      String head = whole + (i == 0 ? "" : "." + fraction.substring(0, i));
      ways.add(Expr.text(head));
      if (fraction.charAt(i) > '0') {
        ways.add(Expr.seq(
            Expr.text(whole + "." + fraction.substring(0, i)),
            Expr.range('0', fraction.charAt(i) - 1),
            ANY_DIGITS));
      }
    }
    return new Expr.Alt(ways);
  }

  /// States count the remainder of what was read; after the point also its places.
  private static Dfa multiples(BigDecimal multiple, String where) {
    BigDecimal least = multiple.stripTrailingZeros();
    int places = Math.max(0, least.scale());
    BigInteger unit = least.movePointRight(places).toBigInteger();
    if (unit.bitLength() > 20 || places > 12 || unit.intValue() * (places + 2L) > REMAINDERS) {
      throw new UserError(
          where,
          "multipleOf with more than " + REMAINDERS + " remainders",
          "Take a multiple with fewer digits.");
    }
    int k = unit.intValue();
    var rows = new ArrayList<int[]>();
    var ends = new BitSet();
    rows.add(digits(0, k, 2, true));
    rows.add(digits(0, k, 2, false));
    for (int place = 0; place <= places + 1; place++) {
      // 0: before the point; 1: just after it; then after each decimal
      int decimals = Math.max(0, place - 1);
      for (int r = 0; r < k; r++) {
        int base = 2 + (place + 1) * k;
        int[] row = place == places + 1 ? new int[0] : digits(r, k, base, false);
        if (place == 0) {
          int[] point = places > 0 ? new int[] {'.', '.', 2 + k + r} : new int[0];
          row = join(point, digits(r, k, 2, false));
        }
        long factor =
            BigInteger.TEN.pow(places - Math.min(places, decimals)).mod(unit).longValue();
        ends.set(rows.size(), place != 1 && r * factor % k == 0);
        rows.add(row);
      }
    }
    return Dfa.of(rows, ends);
  }

  private static int[] digits(int r, int k, int base, boolean minus) {
    var out = new int[30];
    for (int d = 0; d < 10; d++) {
      out[3 * d] = '0' + d;
      out[3 * d + 1] = '0' + d;
      out[3 * d + 2] = base + (10 * r + d) % k;
    }
    return minus ? join(new int[] {'-', '-', 1}, out) : out;
  }

  private static int[] join(int[] a, int[] b) {
    int[] out = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, out, a.length, b.length);
    return out;
  }
}
