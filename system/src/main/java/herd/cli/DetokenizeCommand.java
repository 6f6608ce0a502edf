package herd.cli;

import herd.engine.UserError;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.JsonNodeFactory;

@Command(
    name = "detokenize",
    description = "Print the text of token ids.",
    footer = {"", "Example: herd detokenize --model runs/tiny 17 42 256"})
final class DetokenizeCommand implements Runnable {
  @ParentCommand
  private Main herd;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "MODEL",
      description = "A run, a model directory, or a tokenizer.json.")
  private String model;

  @Parameters(arity = "0..*", paramLabel = "ID", description = "The ids; else standard input.")
  private List<String> ids;

  @Option(
      names = "--in",
      paramLabel = "FILE",
      description =
          "Rows {\"id\", \"ids\"}, one a line (- for standard input): prints {\"id\", \"text\"}.")
  private String in;

  @Mixin
  private KernelOptions kernels;

  @Mixin
  private Shown shown;

  @Override
  public void run() {
    kernels.check();
    if (in != null) {
      var tokenizer = TokenizeCommand.tokenizer(model, herd);
      JsonLines.each(herd, in, row -> JsonNodeFactory.instance
          .objectNode()
          .put("text", tokenizer.decode(JsonLines.ids(row, "ids"))));
      return;
    }
    var words = ids != null
        ? ids
        : Arrays.stream(TokenizeCommand.input(herd).split("[\\s,]+"))
            .filter(word -> !word.isEmpty())
            .toList();
    var numbers = words.stream().mapToInt(DetokenizeCommand::number).toArray();
    var whole = TokenizeCommand.tokenizer(model, herd).decode(numbers);
    herd.out()
        .println(
            shown.asJson()
                ? JsonNodeFactory.instance.objectNode().put("text", whole).toString()
                : whole);
  }

  private static int number(String word) {
    try {
      return Integer.parseInt(word);
    } catch (NumberFormatException _) {
      throw new UserError("'" + word + "'", "no token id", "whole numbers", "Give ids only.");
    }
  }
}
