package herd.data;

import herd.data.LanguageFilter.ClassifierJudge;
import herd.data.Verdict.Drop;
import herd.data.Verdict.Keep;
import herd.data.fasttext.Classifier;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import java.util.List;
import java.util.Map;

/// Scores each text by a fastText classifier, and drops those with low scores (Llama 3 paper,
/// section 3.1.1: "would Wikipedia cite it?"). The same step finds pages of code, of mathematics or
/// of any other kind that a classifier knows. Leaves the score in the document.
/// @param model a `.bin` or `.ftz` file
/// @param label whose probability is the score
/// @param name of the score in the document's metadata, and in the reason for dropping
/// @param least score that is kept; 0 keeps all and only scores
/// @param leastOf the same for texts in single languages, by code
@About("score texts by a fastText classifier, drop those with low scores")
public record QualityModel(
    @About("fastText model") String model,

    @About("label whose probability is the score") @Default("good")
    String label,

    @About("name of the score") @Default("quality") String name,
    @About("least score; 0 only scores") double least,

    @About("least score of texts in single languages, by code") @Default("{}")
    Map<String, Double> leastOf)
    implements DocumentStep {
  public QualityModel {
    leastOf = Map.copyOf(leastOf);
    ClassifierJudge.check(least, leastOf);
    if (!name.matches("[a-z][a-zA-Z0-9]*")) {
      throw new UserError("name", name, "letters and digits, first a small letter", "");
    }
  }

  @Override
  public List<String> files() {
    return ClassifierJudge.files(model);
  }

  @Override
  public Judge ready() {
    var opened = ClassifierJudge.open(model);
    int number = opened.labels().indexOf(label);
    if (number < 0) {
      throw new UserError(
          "label",
          label,
          String.join(", ", opened.labels()),
          "These are the labels that the model knows.");
    }
    return new ClassifierJudge(opened, (doc, classifier) -> judge(doc, classifier, number));
  }

  @Override
  public Verdict judge(Doc doc) {
    return ready().judge(doc);
  }

  private Verdict judge(Doc doc, Classifier classifier, int number) {
    double score = Math.min(1, classifier.probabilityOf(doc.text(), number));
    if (score < leastOf.getOrDefault(doc.language(), least)) {
      return new Drop("low-" + name);
    }
    return new Keep(doc.with(name, Double.toString(Math.round(score * 1e6) / 1e6)));
  }
}
