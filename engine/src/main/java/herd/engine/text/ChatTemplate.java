package herd.engine.text;

import herd.engine.UserError;
import herd.engine.io.Gguf;
import herd.engine.io.Json;
import herd.engine.io.JsonValue;
import herd.engine.io.WholeFile;
import herd.engine.template.Template;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// The chat format that a model brings along: its own Jinja template and its special tokens.
/// Special tokens that the template writes are control; the same characters inside a message or
/// a tool are text. Training masks come from [ChatFormat], which knows what each token is for.
/// Immutable; safe for any number of threads.
public final class ChatTemplate {
  private static final List<String> NAMES =
      List.of("bos_token", "eos_token", "unk_token", "pad_token");

  private final String source;
  private final Template template;
  private final Map<String, String> own;

  private ChatTemplate(String source, String where, Map<String, String> own) {
    this.source = source;
    this.template = Template.parse(source, where);
    this.own = Map.copyOf(own);
  }

  /// A template without a model.
  /// @param own the model's special tokens under the names by which templates know them, such as
  /// `bos_token`
  /// @throws UserError naming file and line
  public static ChatTemplate read(Path jinja, Map<String, String> own) {
    return new ChatTemplate(text(jinja), jinja.toString(), own);
  }

  /// The template of a model: in a directory `chat_template.jinja` or the key `chat_template` of
  /// `tokenizer_config.json`, in a GGUF file `tokenizer.chat_template`.
  /// @throws UserError if there is none, or naming the line of what is wrong in it
  public static ChatTemplate load(Path model) {
    if (!model.toString().endsWith(".gguf")) {
      return ofDirectory(model);
    }
    try (var arena = Arena.ofShared()) {
      return of(Gguf.read(model, arena));
    }
  }

  /// The template in a GGUF file.
  /// @throws UserError as [#load(Path)]
  public static ChatTemplate of(Gguf gguf) {
    return later(gguf).get();
  }

  /// The template in a GGUF file, parsed only when it is asked for, without the file.
  public static Supplier<ChatTemplate> later(Gguf gguf) {
    var text = gguf.find("tokenizer.chat_template");
    String file = gguf.file().toString();
    if (text.isNull()) {
      return () -> {
        throw none(file);
      };
    }
    var tokens = gguf.find("tokenizer.ggml.tokens");
    var own = new LinkedHashMap<String, String>();
    for (String name : NAMES) {
      String whole = name.equals("unk_token") ? "unknown_token" : name;
      whole = name.equals("pad_token") ? "padding_token" : whole;
      var id = gguf.find("tokenizer.ggml." + whole + "_id");
      if (!id.isNull() && tokens.isList()) {
        own.put(name, tokens.stringAt(id.integer(0, tokens.items().size() - 1)));
      }
    }
    return () -> new ChatTemplate(text.string(), text.where(), own);
  }

  private static ChatTemplate ofDirectory(Path directory) {
    Path file = directory.resolve("tokenizer_config.json");
    Path alone = directory.resolve("chat_template.jinja");
    var own = new LinkedHashMap<String, String>();
    var config = Files.exists(file) ? Json.read(file) : null;
    if (config != null) {
      for (String name : NAMES) {
        var token = config.find(name);
        if (!token.isNull()) {
          own.put(name, token.isObject() ? token.get("content").string() : token.string());
        }
      }
    }
    if (Files.exists(alone)) {
      return read(alone, own);
    }
    if (config == null || config.find("chat_template").isNull()) {
      throw none(directory.toString());
    }
    var template = named(config.find("chat_template"));
    return new ChatTemplate(template.string(), template.where(), own);
  }

  /// Models with several templates name them; the one for chats is `default`.
  private static JsonValue named(JsonValue templates) {
    if (!templates.isList()) {
      return templates;
    }
    for (var one : templates.list()) {
      if (one.get("name").string().equals("default")) {
        return one.get("template");
      }
    }
    throw templates.wrong("a list with a template named 'default'");
  }

  private static UserError none(String where) {
    return new UserError(
        where,
        "no chat template",
        "It is a base model: let it go on with a text instead, or take its instruct version.");
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (java.nio.charset.CharacterCodingException e) {
      throw new UserError(file.toString(), "not UTF-8", "Save it as UTF-8.");
    } catch (IOException e) {
      throw WholeFile.unreadable(file, e);
    }
  }

  /// The text of a conversation as the template writes it.
  /// @throws UserError naming template and line, also for what the template itself refuses
  public Template.Rendered render(Conversation conversation) {
    var variables = new LinkedHashMap<String, Object>();
    variables.put("messages", conversation.messages());
    variables.put("tools", conversation.tools());
    variables.put("documents", null);
    variables.put("add_generation_prompt", conversation.addGenerationPrompt());
    variables.putAll(conversation.variables());
    return template.render(variables, own, conversation.clock());
  }

  /// The tokens of a conversation; no other token is put before or after them.
  /// @throws UserError as [#render(Conversation)]
  public int[] encode(Conversation conversation, Tokenizer tokenizer) {
    var rendered = render(conversation);
    return tokenizer.encode(rendered.text(), rendered::byTemplate);
  }

  /// The template itself.
  public String source() {
    return source;
  }

  /// The special tokens by the names that templates use: `bos_token`, `eos_token` and so on.
  public Map<String, String> own() {
    return own;
  }
}
