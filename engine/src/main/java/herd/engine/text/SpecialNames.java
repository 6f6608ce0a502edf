package herd.engine.text;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Finds the names of special tokens in text: the leftmost, and of several there the longest.
final class SpecialNames {
  /// Which occurrences count.
  interface Meant {
    /// Whether the name in the characters from `from` to `to` (not included) is meant as a token.
    boolean token(int from, int to);
  }

  private final Map<Character, List<String>> byFirst = new LinkedHashMap<>();
  private final BitSet firsts = new BitSet();

  SpecialNames(Collection<String> names) {
    for (String name : names) {
      if (!name.isEmpty()) {
        byFirst.computeIfAbsent(name.charAt(0), _ -> new ArrayList<>()).add(name);
        firsts.set(name.charAt(0));
      }
    }
    byFirst
        .values()
        .forEach(list -> list.sort(Comparator.comparing(String::length).reversed()));
  }

  /// The first place from `from` on where a name could start, -1 if there is none.
  int next(String text, int from) {
    for (int i = from; i < text.length(); i++) {
      if (firsts.get(text.charAt(i))) {
        return i;
      }
    }
    return -1;
  }

  /// The longest name that starts at `at` and is meant, null if there is none.
  String at(String text, int at, Meant meant) {
    for (String name : byFirst.getOrDefault(text.charAt(at), List.of())) {
      if (text.startsWith(name, at) && meant.token(at, at + name.length())) {
        return name;
      }
    }
    return null;
  }
}
