package herd.data.code;

import java.util.LinkedHashSet;
import java.util.regex.Pattern;

/// Expressions as SPDX writes them.
final class Spdx {
  private static final Pattern TAG =
      Pattern.compile("SPDX-License-Identifier:[ \\t]*([(A-Za-z0-9][^\\n\\r*#<>\"]{0,200})");

  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9][\\w.+:-]*");

  private Spdx() {}

  /// What the tags in a text say, joined by AND; null without.
  static String tag(String text) {
    var matcher = TAG.matcher(text);
    var all = new LinkedHashSet<String>();
    while (all.size() < 8 && matcher.find()) {
      all.add(spelled(
          matcher.group(1).replaceAll("\\s*(?:\\*/|-->|/|\\*\\)).*$", "").strip()));
    }
    if (all.size() > 1) {
      return "(" + String.join(") AND (", all) + ")";
    }
    return all.isEmpty() ? null : all.getFirst();
  }

  /// Whether all words but operators are identifiers that are known.
  static boolean isExpression(String text) {
    var words = WORD.matcher(text);
    boolean any = false;
    boolean excepted = false;
    int joints = 0;
    int licences = 0;
    while (words.find()) {
      var word = words.group();
      if (word.equalsIgnoreCase("and")
          || word.equalsIgnoreCase("or")
          || word.equalsIgnoreCase("with")) {
        joints++;
        excepted = word.equalsIgnoreCase("with");
        continue;
      }
      if (!excepted && Licences.spelled(word) == null) {
        return false;
      }
      any = true;
      excepted = false;
      licences++;
    }
    boolean slashes = text.contains("/");
    return any && (licences == joints + 1 || slashes && text.matches("[\\w.+/ -]+"));
  }

  /// Identifiers as SPDX spells them, operators in capitals.
  static String spelled(String expression) {
    return WORD.matcher(expression.replace("/", " OR "))
        .replaceAll(word -> {
          var text = word.group();
          if (text.equalsIgnoreCase("and")
              || text.equalsIgnoreCase("or")
              || text.equalsIgnoreCase("with")) {
            return text.toUpperCase(java.util.Locale.ROOT);
          }
          var spelled = Licences.spelled(text);
          return spelled == null ? text : spelled;
        })
        .replaceAll(" +", " ");
  }
}
