package herd.engine.grammar;

import herd.engine.UserError;
import herd.engine.automaton.Codes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/// Unicode's general categories as sets, by the names that patterns use: `L`, `Lu`, `Letter`, …
final class Categories {
  private static final Map<String, String> LONG = Map.of(
      "Letter",
      "L",
      "Uppercase_Letter",
      "Lu",
      "Lowercase_Letter",
      "Ll",
      "Mark",
      "M",
      "Number",
      "N",
      "Decimal_Number",
      "Nd",
      "Punctuation",
      "P",
      "Symbol",
      "S",
      "Separator",
      "Z");

  /// In the order of [Character#getType(int)]; 17 is not used.
  private static final List<String> NAMES = List.of(
      "Cn", "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Me", "Mc", "Nd", "Nl", "No", "Zs", "Zl", "Zp",
      "Cc", "Cf", "", "Co", "Cs", "Pd", "Ps", "Pe", "Pc", "Po", "Sm", "Sc", "Sk", "So", "Pi", "Pf");

  private Categories() {}

  static Codes named(String name, BiFunction<String, String, UserError> error) {
    String wanted = LONG.getOrDefault(name, name);
    if (wanted.isEmpty() || NAMES.stream().noneMatch(n -> n.startsWith(wanted))) {
      throw error.apply(
          "the property \\p{" + name + "}", "Use a general category: L, Lu, Nd, P, …");
    }
    var out = new ArrayList<Integer>();
    int from = -1;
    for (int code = 0; code <= Character.MAX_CODE_POINT + 1; code++) {
      boolean in =
          code <= Character.MAX_CODE_POINT && NAMES.get(Character.getType(code)).startsWith(wanted);
      if (in && from < 0) {
        from = code;
      } else if (!in && from >= 0) {
        out.add(from);
        out.add(code - 1);
        from = -1;
      }
    }
    return Codes.of(out.stream().mapToInt(i -> i).toArray());
  }
}
