package herd.cli;

import herd.engine.text.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.JsonNodeFactory;

@Command(
    name = "tokenize",
    description = "Print the token ids of a text.",
    footer = {
      "",
      "No token is put before the text. Example: herd tokenize --model runs/tiny 'class Joiner'"
    })
final class TokenizeCommand implements Runnable {
  @ParentCommand
  private Main herd;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "MODEL",
      description = "A run, a model directory, or a tokenizer.json.")
  private String model;

  @Parameters(arity = "0..1", paramLabel = "TEXT", description = "The text; else standard input.")
  private String text;

  @Option(
      names = "--in",
      paramLabel = "FILE",
      description =
          "Rows {\"id\", \"text\"}, one a line (- for standard input): prints {\"id\", \"ids\"}.")
  private String in;

  @Option(
      names = "--special",
      description = "Names of special tokens in the text are special tokens.")
  private boolean special;

  @Option(names = "--pieces", description = "Print each token's text on a line of its own.")
  private boolean pieces;

  @Mixin
  private KernelOptions kernels;

  @Mixin
  private Shown shown;

  @Override
  public void run() {
    kernels.check();
    var tokenizer = tokenizer(model, herd);
    if (in != null) {
      JsonLines.each(herd, in, row -> {
        var object = JsonNodeFactory.instance.objectNode();
        var list = object.putArray("ids");
        Arrays.stream(encode(tokenizer, JsonLines.text(row, "text"))).forEach(list::add);
        return object;
      });
      return;
    }
    var whole = text != null ? text : input(herd);
    var ids = encode(tokenizer, whole);
    if (shown.asJson()) {
      var object = JsonNodeFactory.instance.objectNode().put("tokens", ids.length);
      object.put("characters", whole.codePointCount(0, whole.length()));
      var list = object.putArray("ids");
      Arrays.stream(ids).forEach(list::add);
      herd.out().println(object);
    } else if (pieces) {
      for (int id : ids) {
        herd.out().println(id + "\t" + JsonNodeFactory.instance.stringNode(tokenizer.decode(id)));
      }
    } else {
      herd.out()
          .println(Arrays.stream(ids).mapToObj(Integer::toString).collect(Collectors.joining(" ")));
    }
  }

  private int[] encode(Tokenizer tokenizer, String whole) {
    return special ? tokenizer.encodeSpecial(whole) : tokenizer.encode(whole);
  }

  /// The tokenizer of a model, or the file itself.
  static Tokenizer tokenizer(String model, Main herd) {
    boolean file = model.endsWith(".json") || model.endsWith(".model");
    return Tokenizer.load(file ? Path.of(model) : ModelPlace.find(model, herd.environment()));
  }

  /// All of standard input as UTF-8.
  static String input(Main herd) {
    try {
      return new String(herd.in().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
