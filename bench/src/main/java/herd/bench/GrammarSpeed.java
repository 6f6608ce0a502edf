package herd.bench;

import herd.engine.automaton.Vocabulary;
import herd.engine.grammar.Grammar;
import herd.engine.grammar.JsonStyle;
import herd.engine.infer.Constraint;
import herd.engine.text.Tokenizer;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/// What constrained output costs at a real vocabulary: milliseconds to compile a form, and
/// microseconds a token to find the mask and move on, for a document the first time (states new),
/// and again; in processor time of the thread. Takes a tokenizer file; `bench/grammar.sh` builds
/// and runs it.
public final class GrammarSpeed {
  private static final String ORDER = """
      {"type": "object", "additionalProperties": false,
       "required": ["id", "customer", "items", "total", "paid"],
       "properties": {
         "id": {"type": "string", "format": "uuid"},
         "customer": {"type": "object", "additionalProperties": false,
           "required": ["name", "email"],
           "properties": {"name": {"type": "string", "maxLength": 80},
             "email": {"type": "string", "format": "email"},
             "since": {"type": "string", "format": "date"},
             "tier": {"enum": ["basic", "plus", "partner"]}}},
         "items": {"type": "array", "minItems": 1, "maxItems": 50,
           "items": {"type": "object", "additionalProperties": false,
             "required": ["sku", "count", "price"],
             "properties": {"sku": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}$"},
               "count": {"type": "integer", "minimum": 1, "maximum": 999},
               "price": {"type": "number", "minimum": 0, "multipleOf": 0.01},
               "note": {"type": ["string", "null"]}}}},
         "total": {"type": "number", "minimum": 0},
         "paid": {"type": "boolean"}}}""";

  private static final String ORDER_TEXT = """
      {"id": "0b6c1c3e-7a62-4f0d-9a54-0d2f7c1f9a10", "customer": {"name": "Ada Lovelace", \
      "email": "ada@example.org", "since": "1843-07-10", "tier": "partner"}, "items": [\
      {"sku": "ABC-1234", "count": 3, "price": 19.99, "note": "Handle with care, it is fragile."}, \
      {"sku": "XYZ-0001", "count": 120, "price": 0.5, "note": null}], "total": 119.97, "paid": true}""";

  private static final String NODE = """
      {"$ref": "#/$defs/node", "$defs": {"node": {"type": "object", "additionalProperties": false,
       "required": ["text"], "properties": {"text": {"type": "string"},
       "children": {"type": "array", "items": {"$ref": "#/$defs/node"}}}}}}""";

  private static final String NODE_TEXT = """
      {"text": "The quick brown fox jumps over the lazy dog and goes on.", "children": [\
      {"text": "One morning, when Gregor Samsa woke from troubled dreams", "children": []}, \
      {"text": "he found himself transformed in his bed into a horrible vermin."}]}""";

  private static final String ARITHMETIC = """
      root ::= expr "\\n"
      expr ::= term (" " [-+] " " term)*
      term ::= factor (" " [*/] " " factor)*
      factor ::= [0-9]+ | [a-z]+ | "(" expr ")"
      """;

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private GrammarSpeed() {}

  /// Prints a table.
  public static void main(String[] args) {
    var tokenizer = Tokenizer.load(Path.of(args[0]));
    long start = now();
    var vocabulary = Vocabulary.of(tokenizer);
    System.out.printf(
        Locale.ROOT, "%d tokens, prepared in %.0f ms%n", vocabulary.size(), (now() - start) / 1e6);
    System.out.println("form | compile first / best ms | mask first / again µs a token | most µs");
    var forms = new LinkedHashMap<String, Map.Entry<Supplier<Grammar>, String>>();
    String any = "{\"type\": \"object\"}";
    forms.put(
        "order", Map.entry(() -> Grammar.ofJsonSchema(ORDER, JsonStyle.FLEXIBLE), ORDER_TEXT));
    forms.put("tree", Map.entry(() -> Grammar.ofJsonSchema(NODE, JsonStyle.FLEXIBLE), NODE_TEXT));
    forms.put(
        "any object", Map.entry(() -> Grammar.ofJsonSchema(any, JsonStyle.FLEXIBLE), ORDER_TEXT));
    forms.put(
        "10,000 names",
        Map.entry(() -> Grammar.ofJsonSchema(names(), JsonStyle.FLEXIBLE), "\"name 77\""));
    forms.put(
        "regex",
        Map.entry(
            () -> Grammar.ofRegex("[A-Z][a-z ]{3,200}\\."),
            "The quick brown fox jumps over the lazy dog."));
    forms.put(
        "grammar",
        Map.entry(() -> Grammar.ofText(ARITHMETIC), "(a + 12) * bc / 7 - (x * (y + 1))\n"));
    forms.forEach(
        (name, form) -> measure(name, form.getKey(), tokenizer, vocabulary, form.getValue()));
  }

  /// Processor time of this thread, so that other work on the machine does not count.
  private static long now() {
    return THREADS.getCurrentThreadCpuTime();
  }

  private static String names() {
    var out = new StringBuilder("{\"enum\": [\"name 0\"");
    for (int i = 1; i < 10_000; i++) {
      out.append(",\"name ").append(i).append('"');
    }
    return out.append("]}").toString();
  }

  private static void measure(
      String name,
      Supplier<Grammar> form,
      Tokenizer tokenizer,
      Vocabulary vocabulary,
      String text) {
    double[] compile = new double[20];
    Grammar grammar = null;
    for (int i = 0; i < compile.length; i++) {
      long start = now();
      grammar = form.get();
      compile[i] = (now() - start) / 1e6;
    }
    int[] ids = tokenizer.encode(text);
    double[] first = walk(grammar, vocabulary, ids);
    double[] again = null;
    for (int i = 0; i < 50; i++) {
      double[] one = walk(form.get(), vocabulary, ids);
      again = again == null || one[0] < again[0] ? one : again;
    }
    double[] same = null;
    for (int i = 0; i < 50; i++) {
      double[] one = walk(grammar, vocabulary, ids);
      same = same == null || one[0] < same[0] ? one : same;
    }
    System.out.printf(
        Locale.ROOT,
        "%s | %.1f / %.2f | first %.0f, compiled again %.1f, same form %.2f | %.0f, %.0f, %.1f%n",
        name,
        compile[0],
        Arrays.stream(compile).min().getAsDouble(),
        first[0],
        again[0],
        same[0],
        first[1],
        again[1],
        same[1]);
  }

  /// Mean and greatest microseconds a token.
  private static double[] walk(Grammar grammar, Vocabulary vocabulary, int[] ids) {
    long[] mask = new long[vocabulary.size() + 63 >> 6];
    double sum = 0;
    double most = 0;
    Constraint constraint = grammar.constraint(vocabulary);
    for (int id : ids) {
      long start = now();
      constraint.allowed(mask);
      constraint.accept(id);
      double time = (now() - start) / 1e3;
      sum += time;
      most = Math.max(most, time);
    }
    if (!constraint.mayEnd()) {
      throw new IllegalStateException("the text is not complete");
    }
    return new double[] {sum / ids.length, most};
  }
}
