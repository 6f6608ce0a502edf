package herd.cli;

import herd.engine.UserError;
import herd.engine.io.Json;
import herd.engine.io.JsonValue;
import herd.engine.text.ChatTemplate;
import herd.engine.text.Conversation;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

@Command(
    name = "render",
    description = "Write conversations as the model's own chat template writes them.",
    footer = {
      "",
      "Each line of FILE is {\"id\", \"messages\", \"tools\"?, \"add_generation_prompt\"?,",
      "\"vars\"?, \"strftime_now_date\"?}; each line printed is {\"id\", \"text\"}, or {\"id\",",
      "\"error\"}. strftime_now is defined for rows with strftime_now_date (2024-12-03) only.",
      "With --template the special tokens are Llama 3's unless vars names others.",
      "Example: herd render --model smollm2 --in conversations.jsonl"
    })
final class RenderCommand implements Runnable {
  /// What templates call the special tokens, where no model says what they are.
  private static final Map<String, String> LLAMA3 =
      Map.of("bos_token", "<|begin_of_text|>", "eos_token", "<|eot_id|>");

  /// Whose template it is.
  static final class Source {
    @Option(
        names = "--model",
        paramLabel = "MODEL",
        description = "A run, a model directory, a GGUF file or hf:owner/name.")
    private String model;

    @Option(names = "--template", paramLabel = "FILE", description = "A Jinja file.")
    private Path template;
  }

  @ParentCommand
  private Main herd;

  @ArgGroup(multiplicity = "1")
  private Source source;

  @Mixin
  private RowsIn in;

  @Mixin
  private KernelOptions kernels;

  @Mixin
  private Shown shown;

  @Override
  public void run() {
    kernels.check();
    var template = source.template != null
        ? ChatTemplate.read(source.template, LLAMA3)
        : ChatTemplate.load(ModelPlace.find(source.model, herd.environment()));
    JsonLines.each(herd, in.file, row -> JsonNodeFactory.instance
        .objectNode()
        .put("text", template.render(conversation(row)).text()));
  }

  private static Conversation conversation(ObjectNode node) {
    var row = new JsonValue(Json.read(node.toString(), "row"), "row");
    var messages = row.get("messages");
    var tools = row.find("tools");
    var variables = row.find("vars");
    return new Conversation(
        list(messages),
        tools.isNull() ? null : list(tools),
        row.find("add_generation_prompt").bool(false),
        variables.isNull() ? Map.of() : variables.object(),
        clock(row.find("strftime_now_date")));
  }

  private static List<?> list(JsonValue value) {
    if (value.value() instanceof List<?> list) {
      return list;
    }
    throw value.wrong("a list");
  }

  private static LocalDateTime clock(JsonValue date) {
    if (date.isNull()) {
      return null;
    }
    try {
      return LocalDate.parse(date.string()).atStartOfDay();
    } catch (DateTimeException e) {
      throw new UserError(date.where(), date.string(), "a date such as 2024-12-03", "Write one.");
    }
  }
}
