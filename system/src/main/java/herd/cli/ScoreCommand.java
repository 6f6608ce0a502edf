package herd.cli;

import herd.engine.UserError;
import herd.engine.infer.Engine;
import herd.engine.infer.Scorer;
import herd.engine.infer.Scorer.Item;
import herd.engine.text.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

@Command(
    name = "score",
    description = {
      "Print how likely given continuations of texts are.",
      "In: {\"id\",\"context\",\"continuation\"} a line. Out:"
          + " {\"id\",\"logLikelihood\",\"greedy\",\"tokens\",\"bytes\"}. No chat format and no"
          + " begin-of-text token; trailing spaces of the context count to the continuation."
    },
    footer = {"", "Example: herd score --model runs/tiny --in rows.jsonl"})
final class ScoreCommand implements Runnable {
  private static final int BATCH = 64;

  /// What stands before a text without context, the first that the tokenizer has.
  private static final List<String> BEGIN = List.of(
      "<|begin_of_text|>", "<s>", "<|endoftext|>", "<|im_start|>", "<|end_of_text|>", "</s>");

  @ParentCommand
  private Main herd;

  @Mixin
  private AskedModel asked;

  @Mixin
  private RowsIn in;

  /// What is asked and how long it is in bytes.
  private record Question(Item item, int bytes) {}

  @Override
  public void run() {
    try (var loaded = asked.load(herd);
        var engine = engine(loaded)) {
      var scorer = new Scorer(engine);
      JsonLines.batches(
          herd,
          in.file,
          BATCH,
          row -> {
            var context = JsonLines.text(row, "context");
            var continuation = JsonLines.text(row, "continuation");
            int bytes = continuation.getBytes(StandardCharsets.UTF_8).length;
            return new Question(
                item(loaded.tokenizer(), context, continuation, loaded.context()), bytes);
          },
          questions -> answers(scorer, questions));
    }
  }

  private static Engine engine(LoadedModel loaded) {
    var settings = Scorer.settings(loaded.llama(), loaded.context());
    return new Engine(loaded.llama(), null, loaded.kernels(), settings);
  }

  private static List<ObjectNode> answers(Scorer scorer, List<Question> questions) {
    var scores = scorer.score(questions.stream().map(Question::item).toList());
    var out = new ArrayList<ObjectNode>();
    for (int i = 0; i < questions.size(); i++) {
      out.add(JsonNodeFactory.instance
          .objectNode()
          .put("logLikelihood", scores.get(i).logProb())
          .put("greedy", scores.get(i).greedy())
          .put("tokens", scores.get(i).tokens())
          .put("bytes", questions.get(i).bytes()));
    }
    return out;
  }

  /// The tokens of both together, without those of the context alone.
  static Item item(Tokenizer tokenizer, String context, String continuation, int most) {
    int end = context.length();
    while (end > 0 && Character.isWhitespace(context.charAt(end - 1))) {
      end--;
    }
    var before = context.substring(0, end);
    int[] first = tokenizer.encode(before);
    int[] whole = tokenizer.encode(context + continuation);
    if (whole.length <= first.length) {
      throw new UserError("continuation", "no tokens", "a text", "Leave such rows out.");
    }
    int[] rest = Arrays.copyOfRange(whole, first.length, whole.length);
    first = first.length > 0 ? first : new int[] {begin(tokenizer)};
    if (first.length + rest.length - 1 > most) {
      throw new UserError(
          "row",
          first.length + rest.length + " tokens",
          "at most " + most + " (the model's context)",
          "Shorten the context.");
    }
    return new Item(first, rest);
  }

  /// The token that stands before a text.
  static int begin(Tokenizer tokenizer) {
    return BEGIN.stream()
        .filter(tokenizer.specials()::containsKey)
        .map(tokenizer::special)
        .findFirst()
        .orElseThrow(() -> new UserError(
            "context", "empty", "a text, for this tokenizer has no begin-of-text token", ""));
  }
}
