package herd.cli;

import herd.recipe.RecipeReader;
import herd.settings.Written;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.json.JsonMapper;

@Command(
    name = "recipe",
    description = "Show a recipe with every default, or the schema of recipes.",
    footer = {"", "Example: herd recipe show recipes/tiny.yaml --set preset=long"})
final class RecipeCommand implements Runnable {
  @ParentCommand
  private Main herd;

  @Mixin
  private Shown.Group group;

  @Override
  public void run() {
    group.show(herd);
  }

  @Command(
      name = "show",
      description = "Print a recipe as it would run, with every default, as YAML.",
      footer = {"", "Example: herd recipe show recipes/tiny.yaml --set preset=long"})
  void show(
      @Parameters(paramLabel = "RECIPE", description = "A recipe's YAML file.") Path file,
      @Option(names = "--set", paramLabel = "PATH=VALUE", description = "Change a setting.")
          List<String> sets,
      @Option(names = "--json", description = "Print JSON instead of YAML.") boolean json,
      @Option(
              names = {"-h", "--help"},
              usageHelp = true,
              description = "Show this help.")
          boolean show) {
    var tree = RecipeReader.read(file, sets == null ? List.of() : sets).json();
    herd.out().print(json ? tree.toPrettyString() + "\n" : Written.yaml(tree));
    herd.out().flush();
  }

  @Command(
      name = "schema",
      description = "Print a JSON Schema of recipes, for editors.",
      footer = {
        "",
        "Begin a recipe with '# yaml-language-server: $schema=herd.schema.json'.",
        "Example: herd recipe schema > herd.schema.json"
      })
  void schema(
      @Option(
              names = {"-h", "--help"},
              usageHelp = true,
              description = "Show this help.")
          boolean schema) {
    var mapper = JsonMapper.builder().build();
    herd.out()
        .println(mapper.writerWithDefaultPrettyPrinter().writeValueAsString(RecipeReader.schema()));
  }
}
