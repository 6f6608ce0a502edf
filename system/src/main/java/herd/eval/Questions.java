package herd.eval;

import herd.engine.infer.Scorer;
import herd.engine.infer.Scorer.Item;
import herd.engine.text.ChatFormat;
import herd.engine.text.Message;
import herd.engine.text.Tokenizer;
import herd.eval.Exam.AnswerItem;
import herd.eval.Exam.ChoiceItem;
import herd.eval.Exam.PairItem;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Scores of given answers to questions asked in the chat format. Only the tokens of an answer's
/// content count; header and end of turn are the same in all.
final class Questions {
  private final Tokenizer tokenizer;
  private final ChatFormat format;

  Questions(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
    this.format = new ChatFormat(tokenizer);
  }

  /// The tokens of a question up to where its answer begins.
  int[] prompt(String question) {
    return format.encode(List.of(new Message("user", question)), true).ids();
  }

  /// For each item each option's log-likelihood after the question minus that after the blind
  /// question.
  double[][] choices(Scorer scorer, List<ChoiceItem> items) {
    var asked = new ArrayList<Item>();
    for (var item : items) {
      for (var question : List.of(item.question(), item.blindQuestion())) {
        var prompt = prompt(question);
        item.options().forEach(option -> asked.add(new Item(prompt, tokenizer.encode(option))));
      }
    }
    var scores = scorer.score(asked).iterator();
    var out = new double[items.size()][];
    for (int i = 0; i < out.length; i++) {
      out[i] = new double[items.get(i).options().size()];
      for (int o = 0; o < out[i].length; o++) {
        out[i][o] = scores.next().logProb();
      }
      for (int o = 0; o < out[i].length; o++) {
        out[i][o] -= scores.next().logProb();
      }
    }
    return out;
  }

  /// Bits of each right answer and its bytes.
  ItemScores answers(Scorer scorer, List<AnswerItem> items) {
    var asked = items.stream()
        .map(item -> new Item(prompt(item.question()), tokenizer.encode(item.answer())))
        .toList();
    var scores = scorer.score(asked);
    var bits = new double[items.size()];
    var bytes = new double[items.size()];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = -scores.get(i).logProb() / Math.log(2);
      bytes[i] = items.get(i).answer().getBytes(StandardCharsets.UTF_8).length;
    }
    return new ItemScores(bits, bytes);
  }

  /// For each pair how much likelier the better answer is, both as log-likelihood per token.
  double[] margins(Scorer scorer, List<PairItem> pairs) {
    var asked = new ArrayList<Item>();
    for (var pair : pairs) {
      var prompt = prompt(pair.prompt());
      asked.add(new Item(prompt, tokenizer.encode(pair.chosen())));
      asked.add(new Item(prompt, tokenizer.encode(pair.rejected())));
    }
    var scores = scorer.score(asked);
    var margins = new double[pairs.size()];
    for (int i = 0; i < margins.length; i++) {
      var chosen = scores.get(2 * i);
      var rejected = scores.get(2 * i + 1);
      margins[i] = chosen.logProb() / chosen.tokens() - rejected.logProb() / rejected.tokens();
    }
    return margins;
  }

  /// The share of the credit that the right option gets: 1 if it scores highest, a part where
  /// several do.
  static double credit(double[] scores, int answer) {
    double best = Arrays.stream(scores).max().orElseThrow();
    if (scores[answer] < best) {
      return 0;
    }
    return 1.0 / Arrays.stream(scores).filter(score -> score == best).count();
  }

  /// What a rule without a model gets: the option that shares most words with what the blind
  /// question leaves out.
  static double[] wordOverlap(ChoiceItem item) {
    var named = words(item.question());
    named.removeAll(words(item.blindQuestion()));
    var shared = new double[item.options().size()];
    for (int o = 0; o < shared.length; o++) {
      var option = words(item.options().get(o));
      shared[o] = named.stream().filter(option::contains).count();
    }
    return shared;
  }

  /// Words in lower case, names in camel case taken apart, endings of verbs and plurals cut.
  private static Set<String> words(String text) {
    var words = new HashSet<String>();
    for (var word : text.split("(?<=[a-z])(?=[A-Z])|[^A-Za-z]+")) {
      var lower = word.toLowerCase(Locale.ROOT).replaceAll("(ing|ed|es|s)$", "");
      if (lower.length() > 1) {
        words.add(lower);
      }
    }
    return words;
  }
}
