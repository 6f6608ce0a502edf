package herd.eval;

import herd.engine.UserError;
import herd.engine.infer.Scorer;
import herd.engine.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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

  private final Tokenizer tokenizer;
  private final int[] hay;
  private final int begin;

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

  /// What is found of `each` facts hidden at each of `depths` places from the text's beginning to
  /// its end.
  /// @param context tokens of the haystack, question and answer included
  /// @return the share at each place
  public double[] found(Scorer scorer, int context, int depths, int each, long seed) {
    var random = new SplittableRandom(seed);
    var items = new ArrayList<Scorer.Item>();
    for (int d = 0; d < depths; d++) {
      for (int i = 0; i < each; i++) {
        items.add(item(context, depths == 1 ? 0.5 : (double) d / (depths - 1), random));
      }
    }
    var scores = scorer.score(items);
    var found = new double[depths];
    for (int i = 0; i < scores.size(); i++) {
      found[i / each] += scores.get(i).greedy() ? 1.0 / each : 0;
    }
    return found;
  }

  /// A text with a fact in it, up to the answer.
  /// @param depth of the fact, 0 at the beginning, 1 at the end
  private Scorer.Item item(int context, double depth, RandomGenerator random) {
    var question = "\nMagic word of " + NAMES.get(random.nextInt(NAMES.size()));
    var answer = " " + WORDS.get(random.nextInt(WORDS.size()));
    int[] fact = tokenizer.encode(question + answer + ".\n");
    int[] end = tokenizer.encode(question);
    int[] wanted = tokenizer.encode(answer);
    int filler = context - 1 - fact.length - end.length - wanted.length;
    if (filler < 1) {
      throw new UserError(
          "needle", "a context of " + context + " tokens", "more", "Take a longer context.");
    }
    int from = random.nextInt(hay.length);
    int before = (int) Math.round(depth * filler);
    var tokens = new int[context - wanted.length];
    tokens[0] = begin;
    for (int i = 0; i < filler; i++) {
      int at = i < before ? 1 + i : 1 + i + fact.length;
      tokens[at] = hay[(from + i) % hay.length];
    }
    System.arraycopy(fact, 0, tokens, 1 + before, fact.length);
    System.arraycopy(end, 0, tokens, tokens.length - end.length, end.length);
    return new Scorer.Item(tokens, wanted);
  }
}
