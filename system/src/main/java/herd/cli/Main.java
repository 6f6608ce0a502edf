package herd.cli;

import herd.engine.UserError;
import herd.run.Interrupted;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The program `herd`: exit codes 0 done, 1 failed, 2 the user's mistake, 130 interrupted.
@Command(
    name = "herd",
    description = "The Llama 3 recipe as one program: from raw pages to a model that answers.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "herd COMMAND --help explains a command.", "Example: herd raise recipes/tiny.yaml"
    })
public final class Main implements Runnable {
  /// All commands by name, in the order of the help.
  private static final Map<String, Class<?>> COMMANDS = commands();

  /// The version of Herd.
  static final String VERSION = "0.1.0";

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Print the version.")
  private boolean version;

  @Spec
  private CommandSpec spec;

  private final PrintStream out;
  private final PrintStream err;
  private final InputStream in;
  private final Map<String, String> environment;

  Main(PrintStream out, PrintStream err, InputStream in, Map<String, String> environment) {
    this.out = out;
    this.err = err;
    this.in = in;
    this.environment = environment;
  }

  /// Runs one command and exits with its code.
  public static void main(String[] arguments) {
    if (arguments.length == 1 && arguments[0].matches("--version|-V|version")) {
      System.out.println("herd " + VERSION); // nothing else is loaded on this way
      return;
    }
    Locale.setDefault(Locale.ROOT); // numbers are written alike in every country
    // Text is UTF-8 whatever the locale, so that answers survive a pipe.
    var bytes = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 13);
    var out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    int code = new Main(out, System.err, System.in, System.getenv()).run(arguments);
    out.flush();
    System.exit(code);
  }

  private static Map<String, Class<?>> commands() {
    var out = new LinkedHashMap<String, Class<?>>();
    out.put("raise", RaiseCommand.class);
    out.put("pretrain", PretrainCommand.class);
    out.put("anneal-judge", AnnealJudgeCommand.class);
    out.put("recipe", RecipeCommand.class);
    out.put("pull", PullCommand.class);
    out.put("models", ModelsCommand.class);
    out.put("curate", CurateCommand.class);
    out.put("extract", ExtractCommand.class);
    out.put("language", LanguageCommand.class);
    out.put("dedup", DedupCommand.class);
    out.put("reference", ReferenceCommand.class);
    out.put("fasttext", FasttextCommand.class);
    out.put("rate", RateCommand.class);
    out.put("encoder", EncoderCommand.class);
    out.put("data", DataCommand.class);
    out.put("tokenizer", TokenizerCommand.class);
    out.put("tokenize", TokenizeCommand.class);
    out.put("detokenize", DetokenizeCommand.class);
    out.put("render", RenderCommand.class);
    out.put("chat", ChatCommand.class);
    out.put("generate", GenerateCommand.class);
    out.put("inspect", InspectCommand.class);
    out.put("logits", LogitsCommand.class);
    out.put("score", ScoreCommand.class);
    out.put("perplexity", PerplexityCommand.class);
    out.put("serve", ServeCommand.class);
    out.put("quantize", QuantizeCommand.class);
    out.put("scale", ScaleCommand.class);
    out.put("plan", PlanCommand.class);
    out.put("report", ReportCommand.class);
    out.put("bench", BenchCommand.class);
    out.put("doctor", DoctorCommand.class);
    out.put("help", CommandLine.HelpCommand.class);
    return Collections.unmodifiableMap(out);
  }

  /// The command line with the command that is called, or with all where none is: picocli reads the
  /// options of each by reflection, which takes longer than most commands.
  CommandLine commandLine(String... arguments) {
    var called = arguments.length == 0 ? null : COMMANDS.get(arguments[0]);
    var commands = new CommandLine(this, Main::create);
    if (called != null && called != CommandLine.HelpCommand.class) {
      commands.addSubcommand(called);
    } else {
      COMMANDS.values().forEach(commands::addSubcommand);
    }
    return commands.setCaseInsensitiveEnumValuesAllowed(true);
  }

  /// Makes commands and their mixins. picocli's own way first looks for Groovy, through all jars.
  private static <T> T create(Class<T> type) throws Exception {
    if (type.isInterface()) {
      return CommandLine.defaultFactory().create(type); // collections
    }
    var constructor = type.getDeclaredConstructor();
    constructor.setAccessible(true);
    return constructor.newInstance();
  }

  /// Runs one command.
  /// @return the exit code
  int run(String... arguments) {
    var commands = commandLine(arguments)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .setUsageHelpWidth(100)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(this::misused)
        .setExecutionExceptionHandler((failure, _, _) -> failed(failure));
    return commands.execute(arguments);
  }

  private int misused(ParameterException mistake, String[] arguments) {
    var command = mistake.getCommandLine();
    err.println("herd: " + mistake.getMessage());
    CommandLine.UnmatchedArgumentException.printSuggestions(mistake, command.getErr());
    err.println("'" + command.getCommandSpec().qualifiedName() + " --help' lists what is allowed.");
    return 2;
  }

  private int failed(Throwable failure) {
    out.flush();
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof UserError mistake) {
        err.println("herd: " + mistake.getMessage());
        return 2;
      }
      if (cause instanceof Interrupted) {
        err.println("herd: " + cause.getMessage() + "; run the same command to go on");
        return 130;
      }
    }
    err.println("herd: a fault in the program:");
    failure.printStackTrace(err);
    return 1;
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  PrintStream out() {
    return out;
  }

  PrintStream err() {
    return err;
  }

  InputStream in() {
    return in;
  }

  Map<String, String> environment() {
    return environment;
  }
}
