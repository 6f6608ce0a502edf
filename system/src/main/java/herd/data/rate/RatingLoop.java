package herd.data.rate;

import com.dynatrace.hash4j.hashing.Hashing;
import herd.data.fasttext.FastText;
import herd.data.fasttext.LabelledLines;
import herd.data.fasttext.TrainSettings;
import herd.data.fasttext.Trainer;
import herd.engine.UserError;
import herd.run.Disk;
import herd.run.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// From a rubric to scores of all documents. Leaves in its directory `labels.jsonl` (what the chat
/// model said; a run that was stopped goes on behind its last line), `model.bin`, `scores.jsonl`
/// (a row for each document, in order) and `report.json`.
/// @param rubric what is asked
/// @param documents that the chat model labels
/// @param heldOut share of them that the classifier does not learn from
/// @param training of the classifier
/// @param keepShare share of all documents that is kept, NaN where `least` decides
/// @param least score that is kept, NaN where `keepShare` decides
/// @param seed of the choice of documents
public record RatingLoop(
    Rubric rubric,
    int documents,
    double heldOut,
    TrainSettings training,
    double keepShare,
    double least,
    long seed) {
  private static final int BATCH = 16;
  private static final int FEWEST = 20;

  /// Characters of a document that the classifier learns from.
  private static final int SHOWN = 1 << 17;

  public RatingLoop {
    if (documents < FEWEST) {
      throw new UserError("--documents", "" + documents, FEWEST + " or more", "");
    }
    if (!(heldOut > 0 && heldOut < 1)) {
      throw new UserError("--held-out", "" + heldOut, "between 0 and 1", "The usual is 0.2.");
    }
    if (Double.isNaN(keepShare) == Double.isNaN(least)) {
      throw new UserError(
          "--keep-share, --least",
          Double.isNaN(least) ? "none" : "both",
          "one of them",
          "Say what share of the documents to keep, or from which score on.");
    }
    if (!Double.isNaN(keepShare) && !(keepShare > 0 && keepShare <= 1)) {
      throw new UserError("--keep-share", "" + keepShare, "above 0, up to 1", "");
    }
    if (!Double.isNaN(least) && !(least >= 0 && least <= 1)) {
      throw new UserError("--least", "" + least, "0 to 1", "");
    }
  }

  /// A document that was chosen to be labelled.
  private record Chosen(long order, long number, String id, String text) {}

  /// Runs the whole loop.
  /// @param in JSON rows with `id` and `text`, `.gz` and `.zst` too
  /// @param out directory of the results
  /// @return what `report.json` says
  /// @throws UserError if there are too few documents or labels, or the model cannot be asked
  public ObjectNode run(Path in, Path out, Rater rater, Progress progress) {
    Disk.directory(out);
    var chosen = choose(new TextRows(in));
    if (chosen.size() < FEWEST) {
      throw new UserError(
          in.toString(), chosen.size() + " texts", FEWEST + " or more", "Give more documents.");
    }
    var labels = label(chosen, out.resolve("labels.jsonl"), rater, progress);
    var report = JsonNodeFactory.instance.objectNode();
    report.put("rubric", rubric.name()).put("asked", chosen.size()).put("labelled", labels.size());
    var counts = report.putObject("labels");
    rubric
        .names()
        .forEach(name ->
            counts.put(name, labels.values().stream().filter(name::equals).count()));
    var model = learn(chosen, labels, out, report, progress);
    score(new TextRows(in), model, out, report, progress);
    Disk.write(out.resolve("report.json"), report.toPrettyString() + "\n");
    return report;
  }

  /// The documents whose hashes are smallest: the same ones whatever the order of the rows.
  private List<Chosen> choose(TextRows rows) {
    var best = new PriorityQueue<Chosen>((a, b) -> Long.compare(b.order(), a.order()));
    rows.forEach((row, text, number) -> {
      var id = TextRows.id(row, number);
      long order = Hashing.xxh3_64(seed).hashCharsToLong(id);
      if (!text.isBlank() && (best.size() < documents || order < best.peek().order())) {
        best.add(new Chosen(order, number, id, text.substring(0, Math.min(SHOWN, text.length()))));
        if (best.size() > documents) {
          best.poll();
        }
      }
    });
    return best.stream().sorted((a, b) -> Long.compare(a.order(), b.order())).toList();
  }

  private Map<String, String> label(
      List<Chosen> chosen, Path file, Rater rater, Progress progress) {
    var labels = earlier(file);
    var asked = chosen.stream().filter(doc -> !labels.containsKey(doc.id())).toList();
    for (int from = 0; from < asked.size(); from += BATCH) {
      progress.check();
      var batch = asked.subList(from, Math.min(asked.size(), from + BATCH));
      var answers = rater.rate(rubric, batch.stream().map(Chosen::text).toList());
      var lines = new StringBuilder();
      for (int i = 0; i < batch.size(); i++) {
        labels.put(batch.get(i).id(), answers.get(i));
        lines
            .append(JsonNodeFactory.instance
                .objectNode()
                .put("id", batch.get(i).id())
                .put("label", answers.get(i)))
            .append('\n');
      }
      append(file, lines.toString());
      progress.at(from + batch.size(), asked.size(), "documents", Map.of());
    }
    var known = new HashMap<String, String>();
    for (var doc : chosen) {
      var label = labels.get(doc.id());
      if (label != null) {
        known.put(doc.id(), label);
      }
    }
    return known;
  }

  private static void append(Path file, String lines) {
    try {
      Files.writeString(
          file,
          lines,
          StandardCharsets.UTF_8,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw Disk.trouble(e, file);
    }
  }

  /// Labels of an earlier run; a last line that was cut is asked for again.
  private Map<String, String> earlier(Path file) {
    var labels = new HashMap<String, String>();
    if (!Files.exists(file)) {
      return labels;
    }
    try {
      var whole = new StringBuilder();
      for (var line : Files.readAllLines(file)) {
        try {
          var row = new JsonMapper().readTree(line);
          var label = row.path("label").asString("");
          if (!rubric.names().contains(label) && !row.path("label").isNull()) {
            throw new UserError(
                file.toString(),
                "the label '" + label + "'",
                String.join(", ", rubric.names()),
                "Choose another --out: these labels are of another rubric.");
          }
          labels.put(row.path("id").asString(""), label.isEmpty() ? null : label);
          whole.append(line).append('\n');
        } catch (JacksonException _) {
          break;
        }
      }
      Files.writeString(file, whole.toString());
    } catch (IOException e) {
      throw Disk.trouble(e, file);
    }
    return labels;
  }

  private FastText learn(
      List<Chosen> chosen,
      Map<String, String> labels,
      Path out,
      ObjectNode report,
      Progress progress) {
    var known = chosen.stream().filter(doc -> labels.containsKey(doc.id())).toList();
    int held = (int) Math.round(heldOut * known.size());
    if (held < 2 || labels.values().stream().distinct().count() < 2) {
      throw new UserError(
          "labels",
          known.size() + " with " + labels.values().stream().distinct().count() + " names",
          FEWEST + " or more, of two names at least",
          "Label more documents, or make the rubric clearer; see " + out.resolve("labels.jsonl"));
    }
    var lines = new StringBuilder();
    for (var doc : known.subList(held, known.size())) {
      lines.append(LabelledLines.line(List.of(labels.get(doc.id())), doc.text()));
    }
    var file = out.resolve("train.txt");
    Disk.write(file, lines.toString());
    var model = Trainer.train(file, training, progress);
    model.write(out.resolve("model.bin"));
    judge(model, known.subList(0, held), labels, report);
    return model;
  }

  private void judge(
      FastText model, List<Chosen> held, Map<String, String> labels, ObjectNode report) {
    var names = rubric.names();
    var classifier = model.classifier();
    var said = new int[held.size()];
    var found = new int[held.size()];
    for (int i = 0; i < said.length; i++) {
      said[i] = names.indexOf(labels.get(held.get(i).id()));
      boolean any = classifier.classify(held.get(i).text(), 1, 0) > 0;
      found[i] = any ? names.indexOf(classifier.name(0)) : 0;
    }
    var agreement = Agreement.of(said, found, names.size(), seed);
    report
        .putObject("heldOut")
        .put("documents", agreement.documents())
        .put("equal", agreement.equal())
        .put("commonest", agreement.commonest())
        .put("kappa", agreement.kappa())
        .put("low", agreement.low())
        .put("high", agreement.high());
    var table = report.putArray("table");
    for (int[] row : Agreement.table(said, found, names)) {
      var counts = table.addArray();
      Arrays.stream(row).forEach(counts::add);
    }
  }

  /// Scores all documents, twice: the threshold of a share is known only after the first time.
  private void score(
      TextRows rows, FastText model, Path out, ObjectNode report, Progress progress) {
    var scorer = new RubricScore(rubric, model);
    var scores = new ArrayList<Double>();
    if (!Double.isNaN(keepShare)) {
      rows.forEach((_, text, _) -> scores.add(scorer.of(text)));
    }
    double from = Double.isNaN(keepShare) ? least : threshold(scores);
    var file = out.resolve("scores.jsonl");
    long[] counts = new long[2];
    try (var to = Files.newBufferedWriter(file)) {
      long without = rows.forEach((row, text, number) -> {
        double score = scorer.of(text);
        boolean keep = score >= from;
        counts[0]++;
        counts[1] += keep ? 1 : 0;
        to.write(JsonNodeFactory.instance
            .objectNode()
            .put("id", TextRows.id(row, number))
            .put("label", scorer.label())
            .put("score", score)
            .put("keep", keep)
            .toString());
        to.write('\n');
        if (counts[0] % 10_000 == 0) {
          progress.at(counts[0], 0, "documents", Map.of("kept", counts[1]));
        }
      });
      report.put("withoutText", without);
    } catch (IOException | UncheckedIOException e) {
      throw Disk.trouble(
          e instanceof IOException io ? io : ((UncheckedIOException) e).getCause(), file);
    }
    report.put("documents", counts[0]).put("kept", counts[1]).put("threshold", from);
  }

  /// The score that [#keepShare] of the documents reach.
  private double threshold(List<Double> scores) {
    var sorted = scores.stream().mapToDouble(score -> score).sorted().toArray();
    int keep = (int) Math.ceil(keepShare * sorted.length);
    return sorted[sorted.length - keep];
  }
}
