package herd.recipe;

import herd.data.CorpusFiles;
import herd.data.DocForm;
import herd.data.Step;
import herd.data.source.Folder;
import herd.data.source.Reading;
import herd.data.text.TextFiles;
import herd.data.words.TokenCount;
import herd.engine.UserError;
import herd.engine.text.Tokenizer;
import herd.run.About;
import herd.run.Default;
import herd.run.Fingerprint;
import herd.run.Task;
import herd.settings.Binder;
import herd.settings.Overrides;
import herd.settings.Written;
import herd.settings.Yaml;
import herd.settings.YamlReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// What `herd curate` does with documents: the steps in order. A step with `on: false` is passed
/// over.
@About("steps from raw documents to clean ones")
public record CurateRecipe(
    @About("steps, in order") @Default("[]") List<Step> steps,

    @About("a document larger than this is dropped unread") @Default("16M")
    long maxBytes,

    @About("key or column of the text in rows") @Default("text")
    String textKey,

    @About("endings of the files in folders and archives that are read; empty for all known")
    @Default("[]")
    List<String> endings,

    @About("form of the files that come out") @Default("parquet")
    DocForm form,

    @About("bytes of text in a file that comes out, about") @Default("64M")
    long shardBytes,

    @About("processor time for a document; one that takes more is dropped") @Default("30")
    double secondsPerDocument,

    @About("tokenizer by which tokens are counted; estimated if empty") @Default("")
    String tokenizer,

    @About("of the choice of samples") @Default("1") long seed,

    @About("whether archives, and folders with source code in them, are repositories")
    @Default("false")
    boolean repositories) {
  /// Raised whenever the same steps would give another result.
  private static final int VERSION = 3;

  public CurateRecipe {
    new CorpusFiles(
        new Reading(maxBytes, textKey, endings, repositories),
        steps,
        form,
        shardBytes,
        false,
        1,
        secondsPerDocument,
        TokenCount.ESTIMATE);
  }

  /// The sources that a user means by files, folders and patterns: a folder with source code is
  /// one, if it is read as a repository, else each file in it.
  /// @throws UserError if one names nothing
  public List<Path> sources(List<String> named) {
    var all = new LinkedHashSet<Path>();
    for (var name : named) {
      var path = Path.of(name);
      if (repositories && Files.isDirectory(path) && Folder.hasCode(path)) {
        all.add(path);
      } else {
        all.addAll(TextFiles.of(List.of(name)));
      }
    }
    return List.copyOf(all);
  }

  /// Reads a recipe.
  /// @param file null for one without steps
  /// @param sets changes `path=value`: `steps.0.minWords=5`, `form=jsonl`
  /// @throws UserError with file, line and column, or the change, of the first mistake
  public static CurateRecipe read(Path file, List<String> sets) {
    Yaml tree = file == null ? Yaml.Fields.empty("recipe") : YamlReader.read(file);
    tree = withoutWhatIsOff(tree);
    for (var set : sets) {
      int equals = set.indexOf('=');
      if (equals < 1) {
        throw new UserError("--set " + set, "no path and value", "path=value", "Write form=jsonl.");
      }
      var path = Arrays.asList(set.substring(0, equals).strip().split("\\.", -1));
      tree = Overrides.apply(
          tree, CurateRecipe.class, path, set.substring(equals + 1), "--set " + set);
    }
    return Binder.bind(tree, CurateRecipe.class, "the recipe");
  }

  private static Yaml withoutWhatIsOff(Yaml tree) {
    if (!(tree instanceof Yaml.Fields recipe)
        || !(recipe.fields().get("steps") instanceof Yaml.Items steps)) {
      return tree;
    }
    var left = new ArrayList<Yaml>();
    for (var step : steps.items()) {
      if (!(step instanceof Yaml.Fields fields) || !fields.fields().containsKey("on")) {
        left.add(step);
        continue;
      }
      var on = fields.fields().get("on");
      switch (on instanceof Yaml.Text text ? text.text() : "") {
        case "true" -> left.add(fields.without("on"));
        case "false" -> {}
        default ->
          throw new UserError(on.place(), on.describe(), "true, false", "Switch the step.");
      }
    }
    return recipe.with("steps", new Yaml.Items(steps.place(), left));
  }

  /// The work on these files.
  /// @param files by name, size and time of change, all of which make up their fingerprint, as
  ///     with the files that steps read
  public Task task(List<Path> files, boolean keepRejected, int threads) {
    var prints = new TreeMap<String, String>();
    for (int i = 0; i < files.size(); i++) {
      prints.put("%09d %s".formatted(i, files.get(i)), print(files.get(i)));
    }
    for (var step : steps) {
      if (!step.files().isEmpty()) {
        TextFiles.of(step.files()).forEach(file -> prints.put("step " + file, print(file)));
      }
    }
    if (!tokenizer.isEmpty()) {
      prints.put("tokenizer " + tokenizer, print(tokenizerFile()));
    }
    var work = new CorpusFiles(
        reading(), steps, form, shardBytes, keepRejected, threads, secondsPerDocument, tokens());
    return task(prints, keepRejected, (workspace, _) -> work.run(workspace, files));
  }

  /// The work as a task, whoever does it.
  /// @param read name to fingerprint of what is read
  public Task task(SortedMap<String, String> read, boolean keepRejected, Task.Work work) {
    var settings = Written.json(this, CurateRecipe.class);
    settings.put("keepRejected", keepRejected);
    return new Task("curate", "curate", VERSION, settings, List.of(), read, work);
  }

  /// How sources are read.
  public Reading reading() {
    return new Reading(maxBytes, textKey, endings, repositories);
  }

  /// How tokens are counted.
  /// @throws UserError if there is no such tokenizer
  public TokenCount tokens() {
    return tokenizer.isEmpty()
        ? TokenCount.ESTIMATE
        : TokenCount.of(Tokenizer.load(tokenizerFile()), tokenizer);
  }

  /// The file that `tokenizer` means; of a folder, the one in it.
  private Path tokenizerFile() {
    var path = Path.of(tokenizer);
    return Files.isDirectory(path) ? path.resolve("tokenizer.json") : path;
  }

  private static String print(Path file) {
    if (Files.isDirectory(file)) {
      var prints = new StringBuilder();
      Folder.files(file).forEach(path -> prints.append(path + " " + print(path) + "\n"));
      return Fingerprint.of(prints.toString());
    }
    try {
      return Files.size(file) + " " + Files.getLastModifiedTime(file).toMillis();
    } catch (IOException e) {
      throw new UserError(file.toString(), "cannot be read (" + e + ")", "Check the path.");
    }
  }
}
