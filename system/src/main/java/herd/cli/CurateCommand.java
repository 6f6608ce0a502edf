package herd.cli;

import herd.engine.UserError;
import herd.recipe.CurateRecipe;
import herd.run.Machine;
import herd.run.Raise;
import herd.run.ResultJson;
import herd.run.RunDirectory;
import herd.run.RunLock;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "curate",
    description = "Make clean documents of web archives, pages, rows, code and office files.",
    footer = {
      "",
      "Reads .warc and .wet, .jsonl, .parquet, .zip, .jar, .tar, pages, texts, code, .pdf, .docx,",
      ".pptx, .xlsx, most of them also as .gz and .zst. Documents go to DIR/curate/documents, the",
      "funnel to DIR/curate/stage.json; herd report DIR draws it. Ctrl-C or a kill loses nothing:",
      "the same command goes on.",
      "Example: herd curate --in crawl/ --recipe recipes/web.yaml --out clean"
    })
final class CurateCommand implements Runnable {
  @ParentCommand
  private Main herd;

  @Option(
      names = "--in",
      required = true,
      arity = "1..*",
      paramLabel = "FILE",
      description = "Files, folders or patterns.")
  private List<String> in;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where it goes.")
  private Path out;

  @Option(
      names = "--recipe",
      paramLabel = "FILE",
      description = "The steps, as YAML; without it documents are read and written alone.")
  private Path recipe;

  @Option(
      names = "--set",
      paramLabel = "PATH=VALUE",
      description = "Change a setting of the recipe: steps.0.minWords=5.")
  private List<String> sets = List.of();

  @Option(names = "--format", paramLabel = "FORM", description = "parquet (default) or jsonl.")
  private String format;

  @Option(
      names = "--keep-rejected",
      description = "Also write what is dropped, with step and reason.")
  private boolean keepRejected;

  @Option(names = "--threads", paramLabel = "N", description = "Default: all processors.")
  private Integer threads;

  @Mixin
  private Shown shown;

  @Override
  public void run() {
    int workers = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
    if (workers < 1) {
      throw new UserError("--threads", "" + workers, "1 or more", "Leave it out for all.");
    }
    var changes = new ArrayList<>(sets);
    if (format != null) {
      changes.add("form=" + format);
    }
    var read = CurateRecipe.read(recipe, changes);
    var task = read.task(read.sources(in), keepRejected, workers);
    var run = new RunDirectory(out);
    var stop = Stop.listen(herd.err());
    try (var _ = RunLock.take(out)) {
      var raise = new Raise(run, read.seed(), List.of(task));
      var machine = Machine.here("none");
      var console = Says.console(herd, shown.asJson(), stop);
      var name = recipe == null ? "no recipe" : recipe.getFileName().toString();
      raise.run(
          raise.plan(null, null),
          console,
          machine,
          kept -> ResultJson.write(
              run,
              out.toAbsolutePath().getFileName().toString(),
              name,
              List.of("curate"),
              kept,
              machine));
    }
    if (!shown.asJson()) {
      table(run);
      if (recipe == null) {
        herd.out()
            .println("no recipe, so documents are as they came; recipes/web.yaml cleans pages");
      }
      herd.out().println("documents in " + run.stage("curate").resolve("documents"));
    }
  }

  /// The funnel: what each step kept and dropped for which reason. Bytes and tokens of what was
  /// kept are those after the step.
  private void table(RunDirectory run) {
    var facts = run.json("curate").path("facts");
    var rows = facts.path("funnel");
    boolean counted = facts.path("counts").has("tokens");
    var form = "%-24s %-28s %12s %15s %15s %14s %9s%n";
    herd.out()
        .printf(
            form,
            "step",
            "dropped for",
            "documents",
            "bytes in",
            "bytes",
            counted ? "tokens" : "est. tokens",
            "CPU s");
    double seconds = 0;
    for (var row : rows) {
      boolean kept = row.path("kept").asBoolean();
      var tokens = row.path(counted ? "tokens" : "estimatedTokens");
      seconds += row.path("seconds").asDouble();
      herd.out()
          .printf(
              form,
              row.path("step").asString(),
              kept ? "(kept)" : row.path("reason").asString(),
              "%,d".formatted(row.path("documents").asLong()),
              kept ? "%,d".formatted(row.path("bytesIn").asLong()) : "",
              "%,d".formatted(row.path("bytes").asLong()),
              tokens.isNumber() ? "%,d".formatted(tokens.asLong()) : "",
              "%.2f".formatted(row.path("seconds").asDouble()));
    }
    for (var part : facts.path("parts")) {
      herd.out()
          .printf(
              form,
              part.path("step").asString(),
              "of it: " + part.path("part").asString(),
              "%,d".formatted(part.path("documents").asLong()),
              "",
              "",
              "",
              "%.2f".formatted(part.path("seconds").asDouble()));
    }
    herd.out()
        .printf(
            "%.2f s of processor time; tokens by %s%n",
            seconds, facts.path("tokensBy").asString());
  }
}
