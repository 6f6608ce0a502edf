package herd.data.exercise;

import herd.engine.UserError;
import herd.engine.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/// Texts in which what comes next stands earlier. A small model learns to look back from them:
/// pages and code offer so few occasions that, after 8 million tokens of them, a model of 2.4
/// million weights does not look back at all.
///
/// A text is a list that is said again and again ([#list]), or facts in sentences, hidden in other
/// text and asked for at its end ([#facts]). Names and values are drawn from the words of the texts
/// that it was made with, and from made-up words. The same random numbers give the same text.
public final class Exercises {
  private static final List<String> SENTENCES = List.of(
      "\nThe value of %s is%s.\n",
      "\nThe code for %s was%s.\n",
      "\nKey %s:%s\n",
      "\n%s lives in%s.\n",
      "\nWhat %s likes is%s.\n",
      "\nparameter %s =%s;\n",
      "\nRemember that %s means%s.\n");
  private static final String CONSONANTS = "bcdfghjklmnprstvwxz";
  private static final String VOWELS = "aeiou";
  private static final int LEAST_WORDS = 10;
  private static final int LEAST_HAY = 64;
  private static final int SHORTEST = 4; // tokens of a list
  private static final int LONGEST = 12;
  private static final int ROUNDS = 4; // of a list
  private static final int FACT = 36; // tokens for each fact, its question and text around it
  private static final int MOST_FACTS = 12;

  /// Tokens of the shortest text that facts have room in.
  public static final int SHORTEST_FACTS = 64;

  private final Tokenizer tokenizer;
  private final List<String> words;
  private final int[] hay;

  /// @param texts that words are drawn from, and that facts are hidden in
  /// @throws UserError if they are too short
  public Exercises(Tokenizer tokenizer, List<String> texts) {
    this.tokenizer = tokenizer;
    words = texts.stream()
        .flatMap(text -> Arrays.stream(text.split("[^\\p{L}]+")))
        .filter(((Predicate<String>) word -> word.length() > 2).and(word -> word.length() < 10))
        .distinct()
        .sorted()
        .toList();
    hay = texts.stream()
        .flatMapToInt(text -> Arrays.stream(tokenizer.encode(text)))
        .toArray();
    if (words.size() < LEAST_WORDS || hay.length < LEAST_HAY) {
      throw new UserError(
          "exercises",
          words.size() + " words",
          "texts with at least " + LEAST_WORDS,
          "Give more text.");
    }
  }

  /// Lists of tokens in no order that any text has, each said four times: nothing but looking back
  /// tells what comes next. Where words are among them, whose order can be guessed, or where one
  /// list fills the text, whose tokens can be guessed, looking back is learnt far later.
  /// @param length tokens of the text
  public int[] list(int length, RandomGenerator random) {
    int plain = tokenizer.vocab() - tokenizer.specials().size();
    var text = new int[length];
    for (int at = 0; at < length; ) {
      int[] list = random.ints(random.nextInt(SHORTEST, LONGEST + 1), 0, plain).toArray();
      for (int i = 0; i < ROUNDS * list.length && at < length; i++) {
        text[at++] = list[i % list.length];
      }
    }
    return text;
  }

  /// A word of the texts, or as often one that nobody has seen: what it is made of cannot be
  /// guessed from how words of the texts go on.
  private String word(RandomGenerator random) {
    if (random.nextBoolean()) {
      return words.get(random.nextInt(words.size()));
    }
    var word = new StringBuilder();
    for (int syllables = 1 + random.nextInt(3); syllables > 0; syllables--) {
      word.append(letter(CONSONANTS, random)).append(letter(VOWELS, random));
      if (random.nextBoolean()) {
        word.append(letter(CONSONANTS, random));
      }
    }
    if (random.nextBoolean()) {
      word.setCharAt(0, Character.toUpperCase(word.charAt(0)));
    }
    return word.toString();
  }

  private static char letter(String letters, RandomGenerator random) {
    return letters.charAt(random.nextInt(letters.length()));
  }

  private String name(RandomGenerator random) {
    var name = new StringBuilder(word(random));
    for (int more = random.nextInt(3); more > 0; more--) {
      name.append(' ').append(word(random));
    }
    return name.toString();
  }

  /// Facts here and there in another text, each said again at the end, in another order: what a
  /// sentence ends with can be known from its first saying alone.
  /// @param length tokens of the text, [#SHORTEST_FACTS] at least
  public int[] facts(int length, RandomGenerator random) {
    int most = Math.clamp(length / FACT, 1, MOST_FACTS);
    for (int count = 1 + random.nextInt(most); count > 0; count--) {
      var facts = new ArrayList<int[]>();
      for (int f = 0; f < count; f++) {
        var sentence = SENTENCES.get(random.nextInt(SENTENCES.size()));
        facts.add(tokenizer.encode(sentence.formatted(name(random), " " + name(random))));
      }
      int said = facts.stream().mapToInt(fact -> fact.length).sum();
      if (2 * said < length) {
        return hidden(facts, length, length - 2 * said, random);
      }
    }
    return list(length, random); // one sentence was too long for a short text
  }

  /// @param filler tokens of other text
  private int[] hidden(List<int[]> facts, int length, int filler, RandomGenerator random) {
    var depths = random.doubles(facts.size()).sorted().toArray();
    int from = random.nextInt(hay.length);
    var text = new int[length];
    int at = 0;
    int done = 0;
    for (int f = 0; f <= facts.size(); f++) {
      int until = f == facts.size() ? filler : (int) (depths[f] * filler);
      for (; done < until; done++) {
        text[at++] = hay[(from + done) % hay.length];
      }
      if (f < facts.size()) {
        at = put(facts.get(f), text, at);
      }
    }
    var again = new ArrayList<>(facts);
    Collections.shuffle(again, Random.from(random));
    for (var fact : again) {
      at = put(fact, text, at);
    }
    return text;
  }

  private static int put(int[] fact, int[] text, int at) {
    System.arraycopy(fact, 0, text, at, fact.length);
    return at + fact.length;
  }

  /// A length between two, as often between 32 and 64 as between 256 and 512: what is near is
  /// learnt first, and leads on to what is far.
  public static int length(int shortest, int longest, RandomGenerator random) {
    return (int) (shortest * Math.pow((double) longest / shortest, random.nextDouble()));
  }
}
