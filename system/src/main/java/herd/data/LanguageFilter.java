package herd.data;

import herd.data.Verdict.Drop;
import herd.data.Verdict.Keep;
import herd.data.fasttext.Classifier;
import herd.data.fasttext.FastText;
import herd.engine.UserError;
import herd.pull.Cache;
import herd.pull.ClassifierFile;
import herd.pull.Pull;
import herd.run.About;
import herd.run.Default;
import herd.run.Progress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;

/// Finds the language of each text by a fastText model (Llama 3 paper, section 3.1.1), and drops
/// those in other languages and those of which it is not sure. Leaves in the document its language
/// and, as `languageProbability`, how sure it is. Leaves source code alone.
/// @param model a `.bin` or `.ftz` file, or [ClassifierFile#LANGUAGES], fetched on first use
/// @param keep codes of languages, all if empty
/// @param least probability of the language
/// @param leastOf the same for single languages, by code
@About("find each text's language, drop other languages and unsure texts")
public record LanguageFilter(
    @About("fastText model; the default is fetched on first use") @Default("lid.176.ftz")
    String model,

    @About("codes of the languages to keep, all if empty") @Default("[]")
    List<String> keep,

    @About("least probability of the language") @Default("0.65")
    double least,

    @About("least probability of single languages, by code") @Default("{}")
    Map<String, Double> leastOf)
    implements DocumentStep {
  /// Judges by what a fastText model says; each thread has a classifier of its own.
  /// @param model that has been read
  /// @param verdict on a document by a classifier that no other thread uses
  record ClassifierJudge(FastText model, BiFunction<Doc, Classifier, Verdict> verdict)
      implements Judge {
    /// The file that `model` names; none if it is a thing of the cache, which never changes.
    static List<String> files(String model) {
      var file = ClassifierFile.local(model);
      return file == null ? List.of() : List.of(file.toString());
    }

    /// The model that `name` means.
    static FastText open(String name) {
      var environment = System.getenv();
      var pull = new Pull(Cache.ofUser(environment), environment);
      return FastText.read(ClassifierFile.find(name, pull, Progress.NONE));
    }

    /// @throws UserError if `least`, or that of a language, is no probability
    static void check(double least, Map<String, Double> leastOf) {
      checkProbability("least", least);
      leastOf.forEach((code, share) -> checkProbability("leastOf." + code, share));
    }

    @Override
    public Verdict judge(Doc doc) {
      return verdict.apply(doc, model.classifier());
    }

    @Override
    public Judge forThread() {
      var classifier = model.classifier();
      return doc -> verdict.apply(doc, classifier);
    }
  }

  /// Characters that are looked at: more do not make it surer.
  private static final int LOOKED_AT = 1 << 18;

  public LanguageFilter {
    keep = List.copyOf(keep);
    leastOf = Map.copyOf(leastOf);
    ClassifierJudge.check(least, leastOf);
  }

  static void checkProbability(String where, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new UserError(where, "" + value, "0 to 1", "");
    }
  }

  @Override
  public List<String> files() {
    return ClassifierJudge.files(model);
  }

  @Override
  public Judge ready() {
    var opened = ClassifierJudge.open(model);
    for (String code : keep) {
      if (!opened.labels().contains(code)) {
        throw new UserError(
            "keep", code, String.join(", ", opened.labels()), "These are the model's languages.");
      }
    }
    return new ClassifierJudge(opened, this::judge);
  }

  @Override
  public Verdict judge(Doc doc) {
    return ready().judge(doc);
  }

  private Verdict judge(Doc doc, Classifier classifier) {
    if (doc.kind().equals("code")) {
      return new Keep(doc);
    }
    var text = doc.text();
    int found =
        classifier.classify(text.length() > LOOKED_AT ? text.substring(0, LOOKED_AT) : text, 1, 0);
    if (found == 0) {
      return new Drop("unsure-language");
    }
    var code = classifier.name(0);
    double probability = Math.min(1, classifier.probability(0));
    if (!keep.isEmpty() && !keep.contains(code)) {
      return new Drop("other-language");
    }
    if (probability < leastOf.getOrDefault(code, least)) {
      return new Drop("unsure-language");
    }
    var shown = String.format(Locale.ROOT, "%.4f", probability);
    return new Keep(doc.withLanguage(code).with("languageProbability", shown));
  }
}
