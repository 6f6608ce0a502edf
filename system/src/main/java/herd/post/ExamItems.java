package herd.post;

import herd.data.Doc;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/// What models can be asked about the methods of held-out documents. No answer occurs word for word
/// in a training document: neither in its text nor, where it is a source, in its comments.
/// Everything drawn follows from the seed.
public final class ExamItems {
  private static final int OPTIONS = 4;

  private final List<SourceMethod> described;
  private final List<SourceMethod> askable;
  private final Set<String> seen;
  private final long seed;

  /// @param heldOut methods of documents that no training sees, in any order
  /// @param training the documents that training sees
  public ExamItems(List<SourceMethod> heldOut, Iterable<Doc> training, long seed) {
    this.seed = seed;
    described = heldOut.stream()
        .filter(method -> !method.description().isEmpty())
        .sorted((a, b) -> a.id().compareTo(b.id()))
        .toList();
    var texts = described.stream().map(SourceMethod::description).toList();
    var search = new WordForWord(texts);
    training.forEach(doc -> search.read(doc.text()));
    seen = texts.stream().filter(search::seen).collect(Collectors.toSet());
    var once = new HashSet<String>();
    askable = described.stream()
        .filter(method -> !seen.contains(method.description()))
        .filter(method -> once.add(method.group() + method.type() + "\n" + method.description()))
        .toList();
  }

  /// Held-out methods with a description.
  public int described() {
    return described.size();
  }

  /// How many of their descriptions occur word for word in the training documents.
  public int seen() {
    return (int)
        described.stream().filter(method -> seen.contains(method.description())).count();
  }

  /// Methods whose descriptions do not, one of each class and description, in a drawn order.
  /// @param count at most
  public List<SourceMethod> methods(int count) {
    var order = shuffled(askable, new SplittableRandom(seed));
    return order.subList(0, Math.min(count, order.size()));
  }

  /// Those of them whose bodies are worth writing.
  /// @param count at most
  /// @param bodyCharacters longest body
  public List<SourceMethod> completable(int count, int bodyCharacters) {
    var settings = new Dialogues(0, 0, 0, bodyCharacters);
    return methods(askable.size()).stream()
        .filter(settings::completable)
        .limit(count)
        .toList();
  }

  /// Choices of four whose wrong options describe methods of other top-level classes.
  /// @param count at most
  public List<Choice> easy(int count) {
    var out = new ArrayList<Choice>();
    var random = new SplittableRandom(seed + 1);
    for (var method : methods(count)) {
      var others = shuffled(described, random);
      others.removeIf(other -> other.group().equals(method.group()));
      others.sort(unseenFirst());
      add(out, "easy:", method, others, random);
    }
    return out;
  }

  /// Choices of four whose wrong options describe methods of the same class under other names;
  /// where a class has too few, of the same top-level class.
  /// @param count at most
  public List<Choice> hard(int count) {
    var groups = described.stream().collect(Collectors.groupingBy(SourceMethod::group));
    var out = new ArrayList<Choice>();
    var random = new SplittableRandom(seed + 2);
    for (var method : methods(askable.size())) {
      var others = shuffled(groups.get(method.group()), random);
      others.removeIf(other -> other.java().name().equals(method.java().name()));
      others.sort(nearest(method));
      if (out.size() < count) {
        add(out, "hard:", method, others, random);
      }
    }
    return out;
  }

  /// Wrong options are as unknown as the right one where there are enough such: what a model has
  /// read often is likely whatever is asked.
  private Comparator<SourceMethod> unseenFirst() {
    return Comparator.comparing(other -> seen.contains(other.description()));
  }

  private Comparator<SourceMethod> nearest(SourceMethod method) {
    Comparator<SourceMethod> near =
        Comparator.comparing(other -> !other.type().equals(method.type()));
    return near.thenComparing(unseenFirst());
  }

  private static void add(
      List<Choice> out,
      String kind,
      SourceMethod method,
      List<SourceMethod> others,
      SplittableRandom random) {
    var options = new ArrayList<>(List.of(method.description()));
    for (int i = 0; i < others.size() && options.size() < OPTIONS; i++) {
      var other = others.get(i).description();
      if (options.stream().noneMatch(option -> WordForWord.same(option, other))) {
        options.add(other);
      }
    }
    if (options.size() == OPTIONS) {
      int answer = random.nextInt(OPTIONS);
      Collections.swap(options, 0, answer);
      out.add(new Choice(
          kind + method.id(),
          Wording.describe(method),
          Wording.NAMELESS,
          List.copyOf(options),
          answer));
    }
  }

  private static List<SourceMethod> shuffled(List<SourceMethod> methods, SplittableRandom random) {
    var order = new ArrayList<>(methods);
    Collections.shuffle(order, Random.from(random));
    return order;
  }
}
