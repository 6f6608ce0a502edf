package herd.cli;

import herd.pull.Cache;
import herd.pull.Pull;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.JsonNodeFactory;

@Command(
    name = "pull",
    description = "Fetch things into the cache and print where they are.",
    footer = {
      "",
      "The cache is HERD_HOME, or the user's cache directory. HF_ENDPOINT names another hub, HF_TOKEN",
      "the secret for gated models; mvn and pip use their own settings.",
      "Example: herd pull maven:com.google.guava:guava:33.4.0-jre:javadoc"
    })
final class PullCommand implements Runnable {
  @ParentCommand
  private Main herd;

  @Parameters(
      arity = "1..*",
      paramLabel = "SPEC",
      description = "maven:group:artifact:version[:classifier], pypi:name[==version],"
          + " hf:[datasets/]owner/name[@revision], file:path")
  private List<String> specs;

  @Option(names = "--refresh", description = "Fetch again what is in the cache already.")
  private boolean refresh;

  @Mixin
  private Shown shown;

  @Override
  public void run() {
    var pull = new Pull(Cache.ofUser(herd.environment()), herd.environment());
    var entries = pull.all(specs, refresh, Says.aside(herd, Stop.listen(herd.err())));
    entries.forEach((spec, entry) -> {
      if (shown.asJson()) {
        var object = JsonNodeFactory.instance.objectNode().put("spec", spec);
        object.put("directory", entry.directory().toString()).put("bytes", entry.bytes());
        var files = object.putArray("files");
        entry.files().forEach(file -> files.add(file.toString()));
        herd.out().println(object);
      } else {
        var path = entry.files().size() == 1 ? entry.files().getFirst() : entry.directory();
        herd.out().printf(Locale.ROOT, "%s  %,d bytes%n", path, entry.bytes());
      }
    });
  }
}
