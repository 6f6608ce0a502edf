package herd.post;

import herd.run.About;
import herd.run.Default;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// How many dialogues of which kind are made from methods and their comments (Llama 3 paper,
/// section 4.3.1: synthetic dialogues from real code). Fewer where the methods do not suffice.
public record Dialogues(
    @About("dialogues that ask what a method does") @Default("5500")
    int describe,

    @About("dialogues that ask which class offers a method") @Default("1000")
    int find,

    @About("dialogues that ask for a method by its comment") @Default("2500")
    int complete,

    @About("longest body of a method to complete, in characters") @Default("360")
    int bodyCharacters) {
  /// As often as this may one sentence be the answer.
  private static final int REPEATS = 2;

  /// The same methods and seed give the same dialogues, whatever the order of the methods.
  /// @return in an order drawn by `seed`, no two with the same question
  public List<Dialogue> from(List<SourceMethod> methods, long seed) {
    var described = methods.stream()
        .filter(method -> !method.description().isEmpty())
        .sorted((a, b) -> a.id().compareTo(b.id()))
        .toList();
    var dialogues = new ArrayList<Dialogue>();
    dialogues.addAll(describe(described, new SplittableRandom(seed)));
    dialogues.addAll(find(described, new SplittableRandom(seed + 1)));
    dialogues.addAll(complete(described, new SplittableRandom(seed + 2)));
    Collections.shuffle(dialogues, Random.from(new SplittableRandom(seed + 3)));
    var questions = new HashSet<String>();
    return dialogues.stream()
        .filter(dialogue -> questions.add(dialogue.turns().getFirst().content()))
        .toList();
  }

  /// Half of the questions in the form that evaluation uses, the rest in the other forms; by name
  /// alone where the class has one method of that name.
  private List<Dialogue> describe(List<SourceMethod> methods, SplittableRandom random) {
    var names =
        methods.stream().collect(Collectors.groupingBy(Dialogues::byName, Collectors.counting()));
    var out = new ArrayList<Dialogue>();
    for (var method : chosen(methods, describe, random, _ -> true)) {
      int form = random.nextInt(2 * Wording.DESCRIBE.size());
      String question;
      if (form >= Wording.DESCRIBE.size()) {
        question = Wording.describe(method);
      } else if (form == 0 && names.get(byName(method)) == 1) {
        question = Wording.describeByName(method);
      } else {
        question = Wording.DESCRIBE.get(form).apply(method);
      }
      out.add(dialogue("describe", method, question, method.description()));
    }
    return out;
  }

  private static String byName(SourceMethod method) {
    return method.type() + "." + method.java().name();
  }

  /// Of sentences that describe methods of one class alone.
  private List<Dialogue> find(List<SourceMethod> methods, SplittableRandom random) {
    var types = new HashMap<String, Set<String>>();
    for (var method : methods) {
      types.computeIfAbsent(method.description(), _ -> new HashSet<>()).add(byName(method));
    }
    var out = new ArrayList<Dialogue>();
    for (var method :
        chosen(methods, find, random, m -> types.get(m.description()).size() == 1)) {
      String question = Wording.find(method, random.nextInt(1 << 16));
      out.add(dialogue("find", method, question, Wording.found(method)));
    }
    return out;
  }

  private List<Dialogue> complete(List<SourceMethod> methods, SplittableRandom random) {
    var out = new ArrayList<Dialogue>();
    for (var method : chosen(methods, complete, random, this::completable)) {
      int form = Math.max(0, random.nextInt(6) - 3);
      out.add(dialogue("complete", method, Wording.complete(method, form), method.code()));
    }
    return out;
  }

  /// Whether a method has a body worth learning to write: not empty, not too long.
  boolean completable(SourceMethod method) {
    return method.java().statements() > 0 && method.java().body().length() <= bodyCharacters;
  }

  /// Overloads of one sentence count once, and no sentence may stand in for many methods.
  private static List<SourceMethod> chosen(
      List<SourceMethod> methods,
      int count,
      SplittableRandom random,
      Predicate<SourceMethod> wanted) {
    var order = new ArrayList<>(methods);
    Collections.shuffle(order, Random.from(random));
    var repeats = new HashMap<String, Integer>();
    var overloads = new HashSet<String>();
    var out = new ArrayList<SourceMethod>();
    for (var method : order) {
      if (out.size() < count
          && wanted.test(method)
          && overloads.add(byName(method) + method.description())
          && repeats.merge(method.description(), 1, Integer::sum) <= REPEATS) {
        out.add(method);
      }
    }
    return out;
  }

  private static Dialogue dialogue(
      String kind, SourceMethod method, String question, String answer) {
    return Dialogue.of(kind + ":" + method.id(), kind, method.group(), question, answer);
  }
}
