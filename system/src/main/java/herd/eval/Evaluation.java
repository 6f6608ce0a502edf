package herd.eval;

import herd.engine.infer.Scorer;
import herd.engine.model.Llama;
import herd.engine.tensor.Kernels;
import herd.engine.text.Tokenizer;
import herd.eval.Exam.ChoiceItem;
import herd.run.Interrupted;
import herd.run.Workspace;
import herd.tool.JavaCheck;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.IntStream;

/// Gives one exam to several models and compares each with the one before it. Every item's prompt,
/// output and score goes to `items.jsonl`; figures, intervals and differences to the facts.
/// @param window tokens of a window of held-out text
/// @param maxTokens of a written method
/// @param samples answers shown side by side
public record Evaluation(
    Tokenizer tokenizer, Kernels kernels, int window, int maxTokens, int samples) {
  /// @param models by name, each compared with the one before it
  /// @throws Interrupted if the user asked to stop
  public void run(Exam exam, SequencedMap<String, Llama> models, Workspace workspace) {
    try (var items = new ItemLog(workspace.result().resolve("items.jsonl"))) {
      var book = new Book(new Bootstrap(10_000, workspace.seed()), workspace.facts());
      baselines(exam, book);
      var shown = new LinkedHashMap<String, List<String>>();
      int done = 0;
      for (var model : models.entrySet()) {
        var name = model.getKey();
        var sitting = new Sitting(exam, name, model.getValue(), book, items, workspace);
        sitting.likelihoods(done, models.size());
        sitting.methods();
        shown.put(name, sitting.samples());
        workspace.progress().at(++done, models.size(), "models", Map.of("model", name));
      }
      book.write();
      answers(exam, shown, workspace);
    }
  }

  private static void baselines(Exam exam, Book book) {
    if (!exam.hardChoice().isEmpty()) {
      book.add("word-overlap", Measure.CHOICE_HARD, overlap(exam.hardChoice()));
    }
    if (!exam.choice().isEmpty()) {
      book.add("word-overlap", Measure.CHOICE, overlap(exam.choice()));
    }
    var texts = exam.texts().stream().map(Exam.TextItem::text).toList();
    if (!texts.isEmpty()) {
      Xz.bitsPerByte(texts)
          .ifPresentOrElse(
              value -> book.fixed("xz -9e", Measure.HOLDOUT, value, texts.size()),
              () -> book.note("xz is not on PATH, so its bits per byte are missing."));
    }
  }

  private static ItemScores overlap(List<ChoiceItem> items) {
    return ItemScores.mean(items.stream()
        .mapToDouble(item -> Questions.credit(Questions.wordOverlap(item), item.answer()))
        .toArray());
  }

  private void answers(Exam exam, SequencedMap<String, List<String>> shown, Workspace workspace) {
    var list = workspace.facts().putArray("answers");
    for (int i = 0; i < Math.min(samples, exam.answers().size()); i++) {
      var node = list.addObject();
      node.put("prompt", exam.answers().get(i).question());
      node.put("expected", exam.answers().get(i).answer());
      int at = i;
      shown.forEach((model, texts) -> node.put(model, texts.get(at)));
    }
    int first = Math.min(samples, exam.answers().size());
    for (int i = 0; i < Math.min(samples / 2, exam.methods().size()); i++) {
      var node = list.addObject();
      node.put("prompt", exam.methods().get(i).prompt());
      node.put("expected", exam.methods().get(i).reference());
      int at = first + i;
      shown.forEach((model, texts) -> node.put(model, texts.get(at)));
    }
  }

  /// One model at the exam.
  private final class Sitting {
    private final Exam exam;
    private final String name;
    private final Llama model;
    private final Book book;
    private final ItemLog items;
    private final Workspace workspace;
    private final Questions questions = new Questions(tokenizer);
    private final List<String> written = new ArrayList<>();

    Sitting(Exam exam, String name, Llama model, Book book, ItemLog items, Workspace workspace) {
      this.exam = exam;
      this.name = name;
      this.model = model;
      this.book = book;
      this.items = items;
      this.workspace = workspace;
    }

    void likelihoods(int done, int of) {
      var scorer = new Scorer(model, kernels);
      if (!exam.texts().isEmpty()) {
        say(done, of, "held-out text");
        texts(scorer);
      }
      say(done, of, "multiple choice");
      choice(scorer, Measure.CHOICE, exam.choice());
      choice(scorer, Measure.CHOICE_HARD, exam.hardChoice());
      if (!exam.answers().isEmpty()) {
        say(done, of, "held-out answers");
        var scores = questions.answers(scorer, exam.answers());
        book.add(name, Measure.ANSWERS, scores);
        for (int i = 0; i < scores.items(); i++) {
          var item = exam.answers().get(i);
          items.write(name, Measure.ANSWERS, item.id(), item.question(), item.answer(), scores, i);
        }
      }
      if (!exam.pairs().isEmpty()) {
        say(done, of, "preferences");
        pairs(scorer);
      }
    }

    private void say(int done, int of, String what) {
      if (workspace.progress().interrupted()) {
        throw new Interrupted();
      }
      workspace.progress().at(done, of, "models", Map.of("model", name, "task", what));
    }

    private void texts(Scorer scorer) {
      var texts = exam.texts().stream().map(Exam.TextItem::text).toList();
      var scores = new Texts(tokenizer, window).score(scorer, texts);
      book.add(name, Measure.HOLDOUT, scores);
      for (var kind : List.of("page", "code")) {
        var of = IntStream.range(0, texts.size())
            .filter(i -> exam.texts().get(i).kind().equals(kind))
            .toArray();
        if (of.length > 0) {
          var measure = kind.equals("page") ? Measure.HOLDOUT_PAGES : Measure.HOLDOUT_CODE;
          book.add(name, measure, scores.only(of));
        }
      }
      for (int i = 0; i < texts.size(); i++) {
        items.write(name, Measure.HOLDOUT, exam.texts().get(i).id(), "", "", scores, i);
      }
    }

    private void choice(Scorer scorer, Measure measure, List<ChoiceItem> asked) {
      if (asked.isEmpty()) {
        return;
      }
      var options = questions.choices(scorer, asked);
      var credits = new double[asked.size()];
      for (int i = 0; i < credits.length; i++) {
        credits[i] = Questions.credit(options[i], asked.get(i).answer());
      }
      var scores = ItemScores.mean(credits);
      book.add(name, measure, scores);
      for (int i = 0; i < credits.length; i++) {
        var item = asked.get(i);
        var output = item.options() + " " + Arrays.toString(options[i]);
        items.write(name, measure, item.id(), item.question(), output, scores, i);
      }
    }

    private void pairs(Scorer scorer) {
      var margins = questions.margins(scorer, exam.pairs());
      var right = Arrays.stream(margins).map(m -> m > 0 ? 1 : 0).toArray();
      var scores = ItemScores.mean(right);
      book.add(name, Measure.PAIRS, scores);
      for (int i = 0; i < right.length; i++) {
        var item = exam.pairs().get(i);
        var both = item.chosen() + "\n---\n" + item.rejected();
        items.write(name, Measure.PAIRS, item.id(), item.prompt(), both, scores, i);
      }
    }

    /// Methods and sample answers, written in one run.
    void methods() {
      int shown = Math.min(samples, exam.answers().size());
      var asked = new ArrayList<String>();
      exam.answers().stream().limit(shown).forEach(item -> asked.add(item.question()));
      exam.methods().forEach(item -> asked.add(item.prompt()));
      if (asked.isEmpty()) {
        return;
      }
      var texts = new Answers(tokenizer, kernels)
          .write(model, asked, 0, maxTokens, 0, workspace.progress());
      written.addAll(texts.subList(0, shown));
      written.addAll(texts.subList(shown, Math.min(texts.size(), shown + samples / 2)));
      if (!exam.methods().isEmpty()) {
        check(texts.subList(shown, texts.size()));
      }
    }

    private void check(List<String> texts) {
      var asked = new ArrayList<JavaCheck.Question>();
      for (int i = 0; i < texts.size(); i++) {
        var item = exam.methods().get(i);
        asked.add(new JavaCheck.Question(texts.get(i), item.methodName(), item.parameterTypes()));
      }
      var verdicts = new JavaCheck().check(asked);
      var right = verdicts.stream().mapToDouble(v -> v.right() ? 1 : 0).toArray();
      var parses = verdicts.stream().mapToDouble(v -> v.parses() ? 1 : 0).toArray();
      var scores = ItemScores.mean(right);
      book.add(name, Measure.JAVA_PARSES, ItemScores.mean(parses));
      book.add(name, Measure.JAVA_ASKED, scores);
      for (int i = 0; i < right.length; i++) {
        var item = exam.methods().get(i);
        items.write(name, Measure.JAVA_ASKED, item.id(), item.prompt(), texts.get(i), scores, i);
      }
    }

    List<String> samples() {
      return written;
    }
  }
}
