package herd.cli;

import herd.engine.UserError;
import herd.engine.infer.Model;
import herd.engine.model.Adapter;
import herd.engine.text.Conversation;
import herd.engine.text.Message;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.JsonNodeFactory;

@Command(
    name = "generate",
    description = "Let a model go on with a text, or answer a question once.",
    footer = {"", "Example: herd generate --model runs/tiny --chat --prompt 'What does Joiner do?'"
    })
final class GenerateCommand implements Runnable {
  @ParentCommand
  private Main herd;

  @Option(
      names = "--model",
      defaultValue = ModelPlace.DEFAULT,
      paramLabel = "MODEL",
      description = "A run, a model directory, a GGUF file or hf:owner/name (${DEFAULT-VALUE}).")
  private String model;

  @Option(names = "--prompt", paramLabel = "TEXT", description = "The text; else standard input.")
  private String prompt;

  @Option(names = "--chat", description = "Put the text as a user's question in the chat format.")
  private boolean chat;

  @Option(names = "--system", paramLabel = "TEXT", description = "System message, with --chat.")
  private String system;

  @Mixin
  private SamplingOptions options;

  @Mixin
  private KernelOptions kernels;

  @Mixin
  private EngineOptions engine;

  @Mixin
  private Shown shown;

  @Override
  public void run() {
    var text = prompt != null ? prompt : standardInput();
    if (text.isEmpty()) {
      throw new UserError("--prompt", "no text", "Give --prompt TEXT or write to standard input.");
    }
    var stop = Stop.listen(herd.err());
    var place = ModelPlace.find(model, herd.environment());
    try (var loaded = new LoadedModel(place, kernels, engine);
        var writer = new AnswerWriter(loaded, engine, herd.environment())) {
      var adapter = adapter(writer);
      long start = System.nanoTime();
      var ids = prompt(loaded.model(), text);
      var written = new StringBuilder();
      var answer = writer.write(ids, options, options.seed, adapter, piece -> {
        written.append(piece);
        if (!shown.asJson()) {
          herd.out().print(piece);
          herd.out().flush();
        }
        return !stop.asked();
      });
      double seconds = (System.nanoTime() - start) / 1e9;
      if (shown.asJson()) {
        herd.out()
            .println(JsonNodeFactory.instance
                .objectNode()
                .put("text", written.toString())
                .put("promptTokens", ids.length)
                .put("tokens", answer.ids().length)
                .put("drafted", answer.draftedTokens())
                .put("accepted", answer.acceptedTokens())
                .put("finish", answer.finish().name().toLowerCase(Locale.ROOT))
                .put("seconds", Math.round(seconds * 1000) / 1000.0));
      } else {
        herd.out().println();
      }
    }
    if (stop.asked()) {
      throw new herd.run.Interrupted();
    }
  }

  /// The adapter that answers, null for none.
  private static Adapter adapter(AnswerWriter writer) {
    var all = writer.adapters().values();
    if (all.size() > 1) {
      throw new UserError("--adapter", all.size() + " adapters", "one", "Ask each in turn.");
    }
    return all.isEmpty() ? null : all.iterator().next();
  }

  private int[] prompt(Model opened, String text) {
    if (chat) {
      var question = new Message("user", text);
      var messages =
          system == null ? List.of(question) : List.of(new Message("system", system), question);
      return opened.template().encode(Conversation.of(messages), opened.tokenizer());
    }
    return opened.prompt(text);
  }

  private String standardInput() {
    try {
      return new String(herd.in().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
