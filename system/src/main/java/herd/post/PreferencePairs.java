package herd.post;

import herd.run.About;
import herd.run.Default;
import herd.tool.JavaCheck;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/// How many preference pairs of which kind are made from methods and their comments. Fewer where
/// the methods, or the model's mistakes, do not suffice.
///
/// - `sibling`: the right description over that of another method of the same class. They come two
///   by two: each of the two descriptions is once chosen and once rejected, so that what is learnt
///   is which belongs to which method, not which is likelier in itself.
/// - `own-description`: the right description over the model's own, unless they say much the same
///   (Llama 3 paper, section 4.2.1: similar answers are discarded).
/// - `own-code`: the right method over the model's own attempt, where that does not parse or lacks
///   the right signature or a body. An attempt that is sound is never rejected.
/// - `broken-code`: the right method over itself without a body, cut short, or with a bracket or
///   semicolon missing.
/// - `other-code`: the right method over another one of the same class.
public record PreferencePairs(
    @About("right description over a sibling's") @Default("1000")
    int sibling,

    @About("right description over the model's own") @Default("0")
    int ownDescription,

    @About("right method over the model's own unsound attempt") @Default("300")
    int ownCode,

    @About("right method over itself, broken") @Default("200")
    int brokenCode,

    @About("right method over another of its class") @Default("100")
    int otherCode,

    @About("longest body of a method to complete, in characters") @Default("360")
    int bodyCharacters) {
  /// Attempts asked for at once, for each pair still wanted, and how often.
  private static final int ATTEMPTS = 2;

  private static final int ROUNDS = 3;

  /// Share of words in common from which two descriptions say much the same.
  private static final double SIMILAR = 0.6;

  /// The same methods, seed and sampler give the same pairs, whatever the order of the methods.
  /// @param sampler answers questions as the model to be trained does, one answer for each
  /// question; never asked where no `own-` pairs are wanted
  /// @return in an order drawn by `seed`
  public List<Pair> from(
      List<SourceMethod> methods, long seed, UnaryOperator<List<String>> sampler) {
    var described = methods.stream()
        .filter(method -> !method.description().isEmpty())
        .sorted((a, b) -> a.id().compareTo(b.id()))
        .toList();
    var code = new Dialogues(0, 0, 0, bodyCharacters);
    var completable = described.stream().filter(code::completable).toList();
    var pairs = new ArrayList<Pair>();
    pairs.addAll(siblings(described, new SplittableRandom(seed)));
    pairs.addAll(ownDescriptions(shuffled(described, seed + 1), sampler));
    pairs.addAll(ownCode(shuffled(completable, seed + 2), sampler));
    pairs.addAll(broken(shuffled(completable, seed + 3), new SplittableRandom(seed + 3)));
    pairs.addAll(others(shuffled(completable, seed + 4), seed + 4));
    Collections.shuffle(pairs, Random.from(new SplittableRandom(seed + 5)));
    return pairs;
  }

  private List<Pair> siblings(List<SourceMethod> methods, SplittableRandom random) {
    var couples = new ArrayList<List<SourceMethod>>();
    for (var family : families(methods)) {
      Collections.shuffle(family, Random.from(random));
      for (int i = 0; i + 1 < family.size(); i += 2) {
        if (differ(family.get(i), family.get(i + 1))) {
          couples.add(List.of(family.get(i), family.get(i + 1)));
        }
      }
    }
    Collections.shuffle(couples, Random.from(random));
    var out = new ArrayList<Pair>();
    for (var couple : couples.subList(0, Math.min(sibling / 2, couples.size()))) {
      var a = couple.getFirst();
      var b = couple.getLast();
      out.add(pair("sibling", a, Wording.describe(a), a.description(), b.description()));
      out.add(pair("sibling", b, Wording.describe(b), b.description(), a.description()));
    }
    return out;
  }

  private static boolean differ(SourceMethod a, SourceMethod b) {
    return !a.description().equals(b.description())
        && !a.java().name().equals(b.java().name());
  }

  private List<Pair> ownDescriptions(
      List<SourceMethod> methods, UnaryOperator<List<String>> sampler) {
    var asked = methods.subList(0, Math.min(ATTEMPTS * ownDescription, methods.size()));
    var out = new ArrayList<Pair>();
    var answers = ask(sampler, asked.stream().map(Wording::describe).toList());
    for (int i = 0; i < answers.size() && out.size() < ownDescription; i++) {
      var method = asked.get(i);
      String own = answers.get(i).strip();
      if (!own.isEmpty() && similarity(own, method.description()) < SIMILAR) {
        out.add(
            pair("own-description", method, Wording.describe(method), method.description(), own));
      }
    }
    return out;
  }

  private List<Pair> ownCode(List<SourceMethod> methods, UnaryOperator<List<String>> sampler) {
    var out = new ArrayList<Pair>();
    var check = new JavaCheck();
    int from = 0;
    for (int round = 0; round < ROUNDS && out.size() < ownCode; round++) {
      int to = Math.min(methods.size(), from + ATTEMPTS * (ownCode - out.size()));
      var asked = methods.subList(from, to);
      var answers = ask(sampler, asked.stream().map(Wording::complete).toList());
      var verdicts = check.check(questions(asked, answers));
      for (int i = 0; i < answers.size() && out.size() < ownCode; i++) {
        String own = answers.get(i).strip();
        if (!verdicts.get(i).right() && !own.isEmpty()) {
          out.add(code("own-code", asked.get(i), own));
        }
      }
      from = to;
    }
    return out;
  }

  private static List<JavaCheck.Question> questions(
      List<SourceMethod> methods, List<String> answers) {
    var questions = new ArrayList<JavaCheck.Question>();
    for (int i = 0; i < answers.size(); i++) {
      var java = methods.get(i).java();
      questions.add(new JavaCheck.Question(answers.get(i), java.name(), java.parameterTypes()));
    }
    return questions;
  }

  private static List<String> ask(UnaryOperator<List<String>> sampler, List<String> questions) {
    var answers = questions.isEmpty() ? List.<String>of() : sampler.apply(questions);
    if (answers.size() != questions.size()) {
      throw new IllegalStateException(
          answers.size() + " answers to " + questions.size() + " questions");
    }
    return answers;
  }

  private List<Pair> broken(List<SourceMethod> methods, SplittableRandom random) {
    var candidates = methods.subList(0, Math.min(2 * brokenCode, methods.size()));
    var answers = new ArrayList<String>();
    for (var method : candidates) {
      answers.add(broken(method, random));
    }
    var verdicts = new JavaCheck().check(questions(candidates, answers));
    var out = new ArrayList<Pair>();
    for (int i = 0; i < answers.size() && out.size() < brokenCode; i++) {
      if (!verdicts.get(i).right()) {
        out.add(code("broken-code", candidates.get(i), answers.get(i)));
      }
    }
    return out;
  }

  private static String broken(SourceMethod method, SplittableRandom random) {
    String head = method.java().head();
    String code = method.code();
    return switch (random.nextInt(3)) {
      case 0 -> head + " {}";
      case 1 ->
        code.substring(0, random.nextInt(head.length() + 2, code.length())).strip();
      default -> {
        var places = new ArrayList<Integer>();
        for (int i = head.length(); i < code.length(); i++) {
          if ("(){};".indexOf(code.charAt(i)) >= 0) {
            places.add(i);
          }
        }
        int place = places.get(random.nextInt(places.size()));
        yield code.substring(0, place) + code.substring(place + 1);
      }
    };
  }

  private List<Pair> others(List<SourceMethod> methods, long seed) {
    var out = new ArrayList<Pair>();
    for (var family : families(methods)) {
      for (int i = 0; i + 1 < family.size(); i += 2) {
        var method = family.get(i);
        var other = family.get(i + 1);
        if (differ(method, other)) {
          out.add(code("other-code", method, other.code()));
        }
      }
    }
    Collections.shuffle(out, Random.from(new SplittableRandom(seed)));
    return out.subList(0, Math.min(otherCode, out.size()));
  }

  /// The methods of each class, one for each description.
  private static List<List<SourceMethod>> families(List<SourceMethod> methods) {
    var families = new TreeMap<String, List<SourceMethod>>();
    var seen = new HashMap<String, HashSet<String>>();
    for (var method : methods) {
      String type = method.group() + " " + method.type();
      if (seen.computeIfAbsent(type, _ -> new HashSet<>()).add(method.description())) {
        families.computeIfAbsent(type, _ -> new ArrayList<>()).add(method);
      }
    }
    return List.copyOf(families.values());
  }

  private static List<SourceMethod> shuffled(List<SourceMethod> methods, long seed) {
    var order = new ArrayList<>(methods);
    Collections.shuffle(order, Random.from(new SplittableRandom(seed)));
    return order;
  }

  /// Words in common over all words.
  private static double similarity(String a, String b) {
    var first = words(a);
    var both = new HashSet<>(first);
    var second = words(b);
    both.retainAll(second);
    first.addAll(second);
    return (double) both.size() / first.size();
  }

  private static HashSet<String> words(String text) {
    return new HashSet<>(List.of(text.toLowerCase(Locale.ROOT).split("[^\\p{L}\\d]+")));
  }

  private static Pair code(String kind, SourceMethod method, String rejected) {
    return pair(kind, method, Wording.complete(method), method.code(), rejected);
  }

  private static Pair pair(
      String kind, SourceMethod method, String prompt, String chosen, String rejected) {
    return new Pair(kind + ":" + method.id(), kind, method.group(), prompt, chosen, rejected);
  }
}
