package herd.engine.text;

import herd.engine.UserError;
import herd.engine.io.JsonWriter;
import herd.engine.io.WholeFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The chat format of Llama 3 (Llama 3 paper, section 4.1.1): `<|begin_of_text|>` once, then for
/// each message
/// `<|start_header_id|>role<|end_header_id|>`, an empty line, the content as it is, and
/// `<|eot_id|>`.
public final class ChatFormat {
  static final String BEGIN = "<|begin_of_text|>";
  private static final String END_OF_TEXT = "<|end_of_text|>";
  private static final String START_HEADER = "<|start_header_id|>";
  private static final String END_HEADER = "<|end_header_id|>";
  private static final String END_OF_TURN = "<|eot_id|>";

  /// The special tokens without which there is no such format.
  static final List<String> NEEDS = List.of(BEGIN, START_HEADER, END_HEADER, END_OF_TURN);

  /// The same format as a Jinja template, for other programs.
  static final String TEMPLATE = """
      {{- bos_token }}
      {%- for message in messages %}
          {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' }}
          {{- message['content'] + '<|eot_id|>' }}
      {%- endfor %}
      {%- if add_generation_prompt %}
          {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
      {%- endif %}
      """.stripTrailing();

  private final Tokenizer tokenizer;
  private final int begin;
  private final int startHeader;
  private final int endHeader;
  private final int endOfTurn;

  /// @throws UserError if the tokenizer lacks one of the special tokens of the format
  public ChatFormat(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
    begin = tokenizer.special(BEGIN);
    startHeader = tokenizer.special(START_HEADER);
    endHeader = tokenizer.special(END_HEADER);
    endOfTurn = tokenizer.special(END_OF_TURN);
  }

  /// The tokens of a dialogue.
  /// @param addGenerationPrompt whether the header of the assistant's next answer follows
  public Dialog encode(List<Message> messages, boolean addGenerationPrompt) {
    var ids = new Ints();
    var parts = new ArrayList<Dialog.Part>();
    var turns = new Ints();
    append(ids, parts, turns, Dialog.Part.HEADER, -1, begin);
    for (int turn = 0; turn < messages.size(); turn++) {
      var message = messages.get(turn);
      append(ids, parts, turns, Dialog.Part.HEADER, turn, header(message.role()));
      append(ids, parts, turns, Dialog.Part.CONTENT, turn, tokenizer.encode(message.content()));
      append(ids, parts, turns, Dialog.Part.END, turn, endOfTurn);
    }
    if (addGenerationPrompt) {
      append(ids, parts, turns, Dialog.Part.HEADER, -1, header("assistant"));
    }
    return new Dialog(
        List.copyOf(messages), ids.toArray(), parts.toArray(Dialog.Part[]::new), turns.toArray());
  }

  private static void append(
      Ints ids, List<Dialog.Part> parts, Ints turns, Dialog.Part part, int turn, int... tokens) {
    for (int token : tokens) {
      ids.add(token);
      parts.add(part);
      turns.add(turn);
    }
  }

  private int[] header(String role) {
    var out = new Ints();
    out.add(startHeader);
    for (int id : tokenizer.encode(role)) {
      out.add(id);
    }
    out.add(endHeader);
    for (int id : tokenizer.encode("\n\n")) {
      out.add(id);
    }
    return out.toArray();
  }

  /// The tokens after which an answer is over: end of turn, of message, of text, as far as the
  /// tokenizer has them.
  public int[] stops() {
    return List.of(END_OF_TURN, END_OF_TEXT, "<|eom_id|>").stream()
        .filter(tokenizer.specials()::containsKey)
        .mapToInt(tokenizer::special)
        .toArray();
  }

  /// The format as a Jinja template.
  public String template() {
    return TEMPLATE;
  }

  /// Writes what other programs need beside `tokenizer.json` to chat with a model:
  /// `tokenizer_config.json` with the
  /// chat template, and `generation_config.json` with the stop tokens.
  /// @param context positions that the model can see
  public void save(Path directory, int context) {
    var config = TokenizerJson.map(
        "tokenizer_class", "PreTrainedTokenizerFast",
        "bos_token", BEGIN,
        "eos_token", END_OF_TURN,
        "clean_up_tokenization_spaces", false,
        "model_input_names", List.of("input_ids", "attention_mask"),
        "model_max_length", context,
        "chat_template", TEMPLATE);
    WholeFile.write(directory.resolve("tokenizer_config.json"), JsonWriter.pretty(config));
    var generation = TokenizerJson.map(
        "bos_token_id",
        begin,
        "eos_token_id",
        java.util.Arrays.stream(stops()).boxed().toList(),
        "do_sample",
        true,
        "temperature",
        0.6,
        "top_p",
        0.9);
    WholeFile.write(directory.resolve("generation_config.json"), JsonWriter.pretty(generation));
  }
}
