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
  /// Characters that are looked at: more do not make it surer.
  private static final int LOOKED_AT = 1 << 18;

  public LanguageFilter {
    keep = List.copyOf(keep);
    leastOf = Map.copyOf(leastOf);
    checkProbability("least", least);
    leastOf.forEach((code, share) -> checkProbability("leastOf." + code, share));
  }

  static void checkProbability(String where, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new UserError(where, "" + value, "0 to 1", "");
    }
  }

  @Override
  public List<String> files() {
    return files(model);
  }

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

  @Override
  public Judge ready() {
    var opened = open(model);
    for (String code : keep) {
      if (!opened.labels().contains(code)) {
        throw new UserError(
            "keep", code, String.join(", ", opened.labels()), "These are the model's languages.");
      }
    }
    return new Sorting(opened);
  }

  @Override
  public Verdict judge(Doc doc) {
    return ready().judge(doc);
  }

  /// With the model read.
  private final class Sorting implements Judge {
    private final FastText model;

    private Sorting(FastText model) {
      this.model = model;
    }

    @Override
    public Verdict judge(Doc doc) {
      return LanguageFilter.this.judge(doc, model.classifier());
    }

    @Override
    public Judge forThread() {
      var classifier = model.classifier();
      return doc -> LanguageFilter.this.judge(doc, classifier);
    }
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
