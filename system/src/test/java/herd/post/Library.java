package herd.post;

import herd.data.Doc;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A made-up library as large as a test wants it: classes whose methods do things to things.
final class Library {
  private static final List<String> VERBS =
      List.of("add", "remove", "find", "count", "sort", "merge", "copy", "clear");
  private static final List<String> THINGS =
      List.of("Herd", "Cow", "Fence", "Barn", "Bell", "Meadow", "Gate", "Trough");

  private Library() {}

  static List<Doc> docs(int classes) {
    var docs = new ArrayList<Doc>();
    for (int c = 0; c < classes; c++) {
      String thing = THINGS.get(c % THINGS.size());
      String name = thing + (c / THINGS.size() == 0 ? "" : "Of" + c / THINGS.size());
      var source = new StringBuilder("package org.farm;\npublic class " + name + " {\n");
      for (int v = 0; v < VERBS.size(); v++) {
        String verb = VERBS.get(v);
        String capital = verb.substring(0, 1).toUpperCase(Locale.ROOT) + verb.substring(1);
        source.append("""
              /** %s%s %s number %d in place %d, quickly. */
              public int %s%s(int place, String why) {
                int before = place + %d;
                return why.length() * before;
              }
            """.formatted(capital, "s", thing, c, v, verb, thing, 10 * c + v));
      }
      source
          .append("  /** Returns a string of this object. */\n")
          .append("  public String toString() { return \"")
          .append(name)
          .append("\"; }\n")
          .append("  /** Does nothing at all. */\n  public void nothing() {}\n}\n");
      String path = "farm.jar!/org/farm/" + name + ".java";
      docs.add(new Doc(path, path, "farm", "code", "org.farm." + name, name, source.toString()));
    }
    return docs;
  }
}
