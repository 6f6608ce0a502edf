package herd.recipe;

import herd.data.Doc;
import herd.data.DocFile;
import herd.engine.UserError;
import herd.engine.model.Llama;
import herd.eval.Evaluation;
import herd.eval.Exam;
import herd.post.Choice;
import herd.post.ExamItems;
import herd.post.JavaMethods;
import herd.post.PreferencePairs;
import herd.post.SourceMethod;
import herd.post.Wording;
import herd.run.About;
import herd.run.Default;
import herd.run.Workspace;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;

/// Examines models side by side on what no stage has learnt from ([Evaluation] says how).
///
/// Leaves `items.jsonl`: every item's prompt, output and score.
@About("examines models side by side on held-out documents")
record Evaluate(
    @About("name in the report to stage with the model, each compared with the one before it")
    @Default("{base: anneal, sft: sft, dpo: dpo}")
    Map<String, String> models,

    @About("stage with the documents") @Default("curate") String data,

    @About("multiple-choice items of each kind, at most") @Default("800")
    int choices,

    @About("questions whose right answer's likelihood is measured, at most") @Default("600")
    int answers,

    @About("methods to write, at most") @Default("400") int methods,

    @About("longest body of a method to write, in characters") @Default("360")
    int bodyCharacters,

    @About("preference pairs, at most") @Default("400") int pairs,

    @About("bytes of held-out documents, at most") @Default("1M")
    long textBytes,

    @About("tokens of a window of held-out text; longer ones than training saw score worse")
    @Default("512")
    int window,

    @About("tokens of a written method, at most") @Default("160")
    int maxTokens,

    @About("answers shown side by side") @Default("8") int samples)
    implements Stage {
  Evaluate {
    if (models.isEmpty()) {
      throw new UserError("models", "none", "at least one", "Name a stage with a model.");
    }
    Limits.positive("window", window, 512);
  }

  @Override
  public List<String> inputs() {
    var inputs = new ArrayList<String>();
    inputs.add(data);
    models.values().stream().distinct().forEach(inputs::add);
    return inputs;
  }

  @Override
  public int version() {
    return 2;
  }

  @Override
  public void run(Workspace workspace, Inputs inputs) throws IOException {
    var train = DocFile.read(inputs.in(data, "train.parquet"));
    var holdout = DocFile.read(inputs.in(data, "holdout.parquet"));
    var first = inputs.results().get(models.values().iterator().next());
    var tokenizer = ModelFolder.tokenizer(first);
    try (var arena = Arena.ofShared()) {
      var loaded = new LinkedHashMap<String, Llama>();
      models.forEach(
          (name, stage) -> loaded.put(name, ModelFolder.load(inputs.results().get(stage), arena)));
      new Evaluation(tokenizer, inputs.kernels(), window, maxTokens, samples)
          .run(exam(train, holdout, workspace), loaded, workspace);
    }
  }

  private Exam exam(List<Doc> train, List<Doc> holdout, Workspace workspace) {
    var held = JavaMethods.of(holdout);
    var items = new ExamItems(held, train, workspace.seed());
    var exam = new Exam(
        texts(holdout, workspace.seed()),
        items.easy(choices).stream().map(Evaluate::item).toList(),
        items.hard(choices).stream().map(Evaluate::item).toList(),
        items.methods(answers).stream()
            .map(m -> new Exam.AnswerItem(m.id(), Wording.describe(m), m.description()))
            .toList(),
        items.completable(methods, bodyCharacters).stream().map(Evaluate::java).toList(),
        pairs(items.methods(Integer.MAX_VALUE), workspace.seed()));
    workspace
        .facts()
        .withObject("/counts")
        .put("heldOutDescriptions", items.described())
        .put("seenWordForWord", items.seen())
        .put("choices", exam.choice().size())
        .put("hardChoices", exam.hardChoice().size())
        .put("methods", exam.methods().size());
    return exam;
  }

  /// Documents drawn from the hold-out, each as likely as any other, up to the limit of bytes.
  private List<Exam.TextItem> texts(List<Doc> holdout, long seed) {
    var drawn = new ArrayList<>(holdout);
    Collections.shuffle(drawn, Random.from(new SplittableRandom(seed)));
    var out = new ArrayList<Exam.TextItem>();
    long taken = 0;
    for (int i = 0; i < drawn.size() && taken < textBytes; i++) {
      var doc = drawn.get(i);
      out.add(new Exam.TextItem(doc.id(), doc.kind(), doc.text()));
      taken += doc.text().length();
    }
    return out;
  }

  private List<Exam.PairItem> pairs(List<SourceMethod> held, long seed) {
    var kinds = new PreferencePairs(pairs / 2, 0, 0, pairs / 4, pairs / 4, bodyCharacters);
    return kinds.from(held, seed, questions -> questions).stream()
        .map(pair -> new Exam.PairItem(pair.id(), pair.prompt(), pair.chosen(), pair.rejected()))
        .toList();
  }

  /// The multiple choice of this stage, wrong options from other classes, without a recipe: what is
  /// asked about held-out methods that training does not say word for word.
  /// @param folder result of a stage with documents
  /// @param most questions
  /// @throws UserError if there is no such result, or nothing to ask in it
  static List<Exam.ChoiceItem> questions(Path folder, int most, long seed) {
    var train = DocFile.read(folder.resolve("train.parquet"));
    var holdout = DocFile.read(folder.resolve("holdout.parquet"));
    var items = new ExamItems(JavaMethods.of(holdout), train, seed)
        .easy(most).stream().map(Evaluate::item).toList();
    if (items.isEmpty()) {
      throw new UserError(
          folder.toString(), "no held-out method with a description", "Name another run.");
    }
    return items;
  }

  private static Exam.ChoiceItem item(Choice choice) {
    return new Exam.ChoiceItem(
        choice.id(), choice.question(), choice.blindQuestion(), choice.options(), choice.answer());
  }

  private static Exam.JavaItem java(SourceMethod method) {
    return new Exam.JavaItem(
        method.id(),
        Wording.complete(method),
        method.java().name(),
        method.java().parameterTypes(),
        method.code());
  }
}
