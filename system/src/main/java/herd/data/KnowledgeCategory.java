package herd.data;

import herd.data.LanguageFilter.ClassifierJudge;
import herd.data.Verdict.Keep;
import herd.data.fasttext.Classifier;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Says which category of knowledge each text is about, by a fastText classifier (Llama 3 paper,
/// section 3.1.2: knowledge classification), so that [DownSample] or [LimitShares] can thin out
/// those that there is too much of. Leaves the category in the document's metadata, and beside it
/// its probability: `category`, `categoryProbability`. Drops nothing.
/// @param model a `.bin` or `.ftz` file whose labels are the categories
/// @param name of the category in the metadata
/// @param least probability with which a category is believed
/// @param leastOf the same for texts in single languages, by code
/// @param otherwise the category of texts of which the model is not that sure
@About("say which category of knowledge each text is about, by a fastText classifier")
public record KnowledgeCategory(
    @About("fastText model whose labels are the categories") String model,

    @About("name of the category in the metadata") @Default("category")
    String name,

    @About("least probability with which a category is believed") @Default("0")
    double least,

    @About("least probability of texts in single languages, by code") @Default("{}")
    Map<String, Double> leastOf,

    @About("category of texts of which the model is not that sure") @Default("other")
    String otherwise)
    implements DocumentStep {
  public KnowledgeCategory {
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
    return new ClassifierJudge(ClassifierJudge.open(model), this::judge);
  }

  @Override
  public Verdict judge(Doc doc) {
    return ready().judge(doc);
  }

  private Verdict judge(Doc doc, Classifier classifier) {
    boolean any = classifier.classify(doc.text(), 1, 0) > 0;
    double sure = any ? Math.min(1, classifier.probability(0)) : 0;
    boolean believed = any && sure >= leastOf.getOrDefault(doc.language(), least);
    return new Keep(doc.with(name, believed ? classifier.name(0) : otherwise)
        .with(name + "Probability", String.format(Locale.ROOT, "%.4f", sure)));
  }
}
