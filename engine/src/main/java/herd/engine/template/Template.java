package herd.engine.template;

import herd.engine.UserError;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;

/// A chat template in the Jinja language. Immutable; any number of threads may render it.
///
/// It is set up as `transformers` does it: `trim_blocks`, `lstrip_blocks`, loop controls,
/// `generation` blocks, `tojson` as Python's `json.dumps` without escapes for other letters and
/// with keys in the order in which they came, `raise_exception`, `strftime_now`, and a sandbox in
/// which nothing can be changed but variables and namespaces. What is not known is an error, never
/// ignored.
public final class Template {
  /// Longer sources are refused; the longest of known models have 30,000 characters.
  private static final int LONGEST = 1 << 20;

  private final String name;
  private final List<Node> nodes;

  private Template(String name, List<Node> nodes) {
    this.name = name;
    this.nodes = nodes;
  }

  /// What a template wrote.
  /// @param text all of it
  /// @param data of each character of `text`, whether it came with the data: `d`, or else `t`
  /// @param generated stretches `[from, to)` of `text` that stood in `generation` blocks
  public record Rendered(String text, String data, List<int[]> generated) {
    /// Whether the template itself wrote all characters from `from` to `to` (not included).
    public boolean byTemplate(int from, int to) {
      int at = data.indexOf(Str.DATA, from, to);
      return at < 0;
    }
  }

  /// @param name what errors call it: a file, or a file and key
  /// @throws UserError naming the line of what is wrong or not known
  public static Template parse(String source, String name) {
    var place = new Budget();
    try {
      if (source.length() > LONGEST) {
        throw new Failure("a template of more than " + LONGEST + " characters");
      }
      return new Template(name, Parser.parse(source, place));
    } catch (Failure e) {
      throw error(name, place, e);
    }
  }

  /// Renders with variables as [herd.engine.io.Json] reads them: their strings are data.
  /// @param own strings that count as written by the template: `bos_token` and the like
  /// @param clock the time that `strftime_now` tells; null leaves the function undefined
  /// @throws UserError naming template and line: what the template itself refuses, what it cannot
  /// do, and what needs too many steps, too much depth or too long strings
  public Rendered render(Map<String, ?> variables, Map<String, String> own, LocalDateTime clock) {
    var budget = new Budget();
    var scope = new Evaluator.Scope(null);
    var statements = new Statements(budget);
    try {
      Globals.of(budget, clock).forEach(scope::put);
      own.forEach((key, value) -> scope.put(key, Str.template(value)));
      variables.forEach((key, value) -> scope.put(key, Value.of((Object) value)));
      Str out = statements.run(nodes, new Evaluator.Scope(scope));
      return new Rendered(out.text(), out.origin(), List.copyOf(statements.generated()));
    } catch (Failure e) {
      throw error(name, budget, e);
    }
  }

  private static UserError error(String name, Budget place, Failure e) {
    return new UserError(name + ":" + place.line(), e.getMessage(), e.remedy());
  }
}
