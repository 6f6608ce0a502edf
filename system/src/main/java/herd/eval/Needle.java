package herd.eval;

import herd.engine.UserError;
import herd.engine.infer.Scorer;
import herd.engine.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/// A needle in a haystack (Llama 3 paper, section 3.4.2): a fact stands somewhere in a long text,
/// and its end asks for it. A question is solved if the answer is what the model holds most likely,
/// token by token.
public final class Needle {
  private static final List<String> NAMES = List.of(
      "Anna", "Ben", "Clara", "David", "Emma", "Felix", "Greta", "Hugo", "Ida", "Jonas", "Karin",
      "Leon", "Mira", "Noah", "Olga", "Paul", "Rosa", "Simon", "Tara", "Victor");
  private static final List<String> WORDS = List.of(
      "apple", "bridge", "candle", "desert", "engine", "forest", "garden", "hammer", "island",
      "jacket", "kettle", "ladder", "mirror", "needle", "orange", "pencil", "rocket", "saddle",
      "tunnel", "window");
  private static final int LEAST = 96; // tokens in which facts and questions have room
  private static final int APART = 26; // tokens of a lesson for each of its facts

  private final Tokenizer tokenizer;
  private final int[] hay;
  private final int begin;

  /// A text with facts and questions in it.
  /// @param tokens before the answer
  /// @param answer to the last question
  private record Haystack(int[] tokens, int[] answer) {}

  /// @param texts that haystacks are made of
  /// @throws UserError if they are too short
  public Needle(Tokenizer tokenizer, List<String> texts) {
    this.tokenizer = tokenizer;
    this.begin = tokenizer.special("<|begin_of_text|>");
    hay = texts.stream()
        .flatMapToInt(text -> Arrays.stream(tokenizer.encode(text)))
        .toArray();
    if (hay.length < LEAST) {
      throw new UserError("needle", hay.length + " tokens of text", "more", "Give longer texts.");
    }
  }

  /// The share of questions that are solved, of `depths * each` with the fact at as many places
  /// from the text's beginning to its end.
  /// @param context tokens of the haystack, question and answer included
  public double solved(Scorer scorer, int context, int depths, int each, long seed) {
    var random = new SplittableRandom(seed);
    var items = new ArrayList<Scorer.Item>();
    for (int d = 0; d < depths; d++) {
      for (int i = 0; i < each; i++) {
        double depth = depths == 1 ? 0.5 : (double) d / (depths - 1);
        var stack = stack(context, new double[] {depth}, random);
        items.add(new Scorer.Item(stack.tokens, stack.answer));
      }
    }
    var scores = scorer.score(items);
    return scores.stream().filter(Scorer.Score::greedy).count() / (double) scores.size();
  }

  /// A text to learn the task from: facts here and there, each asked for at the end, with the
  /// answers.
  /// @param context one more than its tokens: the last is that of the text after it
  public int[] lesson(int context, long seed) {
    var random = new SplittableRandom(seed);
    var depths = random.doubles(Math.clamp(context / APART, 3, 12)).sorted().toArray();
    var stack = stack(context, depths, random);
    var lesson = Arrays.copyOfRange(stack.tokens, 1, stack.tokens.length + stack.answer.length);
    System.arraycopy(
        stack.answer, 0, lesson, lesson.length - stack.answer.length, stack.answer.length);
    return lesson;
  }

  /// Facts at the given depths; questions in another order, the last one without its answer.
  private Haystack stack(int context, double[] depths, RandomGenerator random) {
    var names = new ArrayList<>(NAMES);
    Collections.shuffle(names, Random.from(random));
    var facts = new ArrayList<int[]>();
    var asked = new ArrayList<List<String>>();
    for (int f = 0; f < depths.length; f++) {
      var answer = " " + WORDS.get(random.nextInt(WORDS.size()));
      facts.add(tokenizer.encode("\n" + sentence(names.get(f)) + answer + ".\n"));
      asked.add(List.of(sentence(names.get(f)), answer));
    }
    Collections.shuffle(asked, Random.from(random));
    var question = new StringBuilder("\n");
    asked
        .subList(0, asked.size() - 1)
        .forEach(each -> question.append(each.getFirst()).append(each.getLast()).append(".\n"));
    int[] end = tokenizer.encode(question.append(asked.getLast().getFirst()).toString());
    int[] wanted = tokenizer.encode(asked.getLast().getLast());
    int length = facts.stream().mapToInt(fact -> fact.length).sum();
    int filler = context - 1 - end.length - wanted.length - length;
    if (filler < 1) {
      throw new UserError(
          "needle", "a context of " + context + " tokens", "more", "Take a longer context.");
    }
    int from = random.nextInt(hay.length);
    var tokens = new int[context - wanted.length];
    tokens[0] = begin;
    int at = 1;
    int done = 0;
    for (int f = 0; f <= facts.size(); f++) {
      int until = f == facts.size() ? filler : (int) Math.round(depths[f] * filler);
      for (; done < until; done++) {
        tokens[at++] = hay[(from + done) % hay.length];
      }
      if (f < facts.size()) {
        System.arraycopy(facts.get(f), 0, tokens, at, facts.get(f).length);
        at += facts.get(f).length;
      }
    }
    System.arraycopy(end, 0, tokens, at, end.length);
    return new Haystack(tokens, wanted);
  }

  private static String sentence(String name) {
    return "Magic word of " + name;
  }
}
