package herd.spark;

import herd.engine.UserError;
import herd.recipe.CurateRecipe;
import herd.run.Console;
import herd.run.Disk;
import herd.run.Machine;
import herd.run.Raise;
import herd.run.ResultJson;
import herd.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `herd curate` as a Spark application: the same options, the same recipe, the same result.
@Command(
    name = "curate-on-spark",
    mixinStandardHelpOptions = true,
    description = "Make clean documents on a Spark cluster, as herd curate does on one machine.",
    footer = {
      "",
      "Documents go to DIR/curate/documents, the funnel to DIR/curate/stage.json.",
      "Example: spark-submit --class herd.spark.CurateOnSpark herd-spark.jar",
      "  --in hdfs:///crawl --recipe web.yaml --out hdfs:///clean"
    })
public final class CurateOnSpark implements Runnable {
  /// Characters of a console's line.
  private static final int WIDTH = 80;

  @Option(
      names = "--in",
      required = true,
      arity = "1..*",
      paramLabel = "FILE",
      description = "Files, folders or patterns, on any file system of the cluster.")
  private List<String> in;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where it goes.")
  private String out;

  @Option(
      names = "--recipe",
      paramLabel = "FILE",
      description = "The steps, as YAML; a file of the machine that this is started on.")
  private Path recipe;

  @Option(
      names = "--set",
      paramLabel = "PATH=VALUE",
      description = "Change a setting of the recipe: steps.0.minWords=5.")
  private List<String> sets = List.of();

  @Option(
      names = "--keep-rejected",
      description = "Also write what is dropped, with step and reason.")
  private boolean keepRejected;

  @Option(
      names = "--part-bytes",
      paramLabel = "N",
      defaultValue = "134217728",
      description = "Files that one task reads have so many bytes, or are one file."
          + " Default: ${DEFAULT-VALUE}")
  private long partBytes;

  @Option(
      names = "--shuffles",
      paramLabel = "N",
      description = "Partitions of a shuffle. Default: spark.sql.shuffle.partitions")
  private Integer shuffles;

  /// For picocli.
  public CurateOnSpark() {}

  /// Exits with 0 if all is done, 2 after a user's mistake, 1 after anything else.
  public static void main(String[] arguments) {
    int code = new CommandLine(new CurateOnSpark())
        .setExecutionExceptionHandler((e, line, _) -> {
          if (!(e instanceof UserError)) {
            throw e;
          }
          line.getErr().println(e.getMessage());
          return CommandLine.ExitCode.USAGE;
        })
        .execute(arguments);
    if (code != 0) {
      System.exit(code);
    }
  }

  @Override
  public void run() {
    var spark = SparkSession.builder().appName("herd curate").getOrCreate();
    try {
      run(spark);
    } finally {
      spark.stop();
    }
  }

  void run(SparkSession spark) {
    var read = CurateRecipe.read(recipe, sets);
    // Shuffles must keep the partitions they are asked for: documents lie in them.
    spark.conf().set("spark.sql.adaptive.enabled", false);
    var context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    var settings = new SerializableConfiguration(context.hadoopConfiguration());
    var cluster = new Cluster(context.broadcast(settings));
    var target = out + "/curate";
    if (cluster.exists(target)) {
      throw new UserError(
          target, "a result that is there already", "a new folder", "Name another.");
    }
    int partitions = shuffles == null
        ? Integer.parseInt(spark.conf().get("spark.sql.shuffle.partitions"))
        : shuffles;
    if (partitions < 1 || partBytes < 1) {
      throw new UserError("--shuffles, --part-bytes", "none", "1 or more", "Leave them out.");
    }
    var files = cluster.files(in, read);
    var prints = new TreeMap<String, String>();
    files.forEach(file -> prints.put(file.name(), "" + file.bytes()));
    var aside = out + "/.curate.part";
    cluster.delete(aside);
    var here = new RunDirectory(scratch());
    try {
      var task = read.task(prints, keepRejected, (workspace, _) -> {
        var job = new Job(Job.text(read), keepRejected, workspace.seed(), aside, cluster);
        new SparkCuration(spark, job, partBytes, partitions)
            .run(files, workspace.facts(), workspace.progress());
      });
      raise(here, new Raise(here, read.seed(), List.of(task)));
      cluster.put(aside + "/stage.json", copy(here.stage("curate").resolve("stage.json")));
      cluster.put(out + "/result.json", copy(here.root().resolve("result.json")));
      cluster.rename(aside, target);
    } finally {
      Disk.delete(here.root());
    }
  }

  private void raise(RunDirectory here, Raise raise) {
    var console = new Console(System.out, Console.Form.PLAIN, WIDTH, () -> false, System::nanoTime);
    var machine = Machine.here("none");
    var name = recipe == null ? "no recipe" : recipe.getFileName().toString();
    raise.run(
        raise.plan(null, null),
        console,
        machine,
        kept -> ResultJson.write(here, "curate", name, List.of("curate"), kept, machine));
  }

  private static Consumer<Path> copy(Path file) {
    return to -> {
      try {
        Files.copy(file, to);
      } catch (IOException e) {
        throw Disk.trouble(e, to);
      }
    };
  }

  private static Path scratch() {
    try {
      return Files.createTempDirectory("herd");
    } catch (IOException e) {
      throw Disk.trouble(e, Path.of(System.getProperty("java.io.tmpdir")));
    }
  }
}
