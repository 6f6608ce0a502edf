package herd.serve;

import herd.engine.UserError;
import herd.engine.automaton.Vocabulary;
import herd.engine.grammar.Grammar;
import herd.engine.grammar.JsonStyle;
import herd.engine.infer.Constraint;
import herd.engine.text.Tokenizer;
import herd.serve.protocol.ApiError;
import herd.serve.protocol.ChatRequest;
import herd.serve.protocol.ResponseFormat;
import herd.serve.protocol.ToolChoice;
import herd.serve.protocol.ToolSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What answers must look like: schemas and grammars of requests, compiled for one model's tokens
/// and kept for later requests of the same form. Thread-safe.
final class Constraints {
  private static final int KEPT = 64;

  private final Tokenizer tokenizer;
  private final Map<ResponseFormat, Grammar> grammars = new LinkedHashMap<>(16, 0.75f, true) {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<ResponseFormat, Grammar> eldest) {
      return size() > KEPT;
    }
  };
  private Vocabulary vocabulary;

  Constraints(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /// What the answer to a chat must look like; tools that must be called come before its format.
  /// @return null if any text will do
  /// @throws ApiError if a schema is wrong or asks for what is not supported
  Constraint of(ChatRequest request) {
    return switch (request.toolChoice()) {
      case ToolChoice.Required _ -> call(request.tools());
      case ToolChoice.Named(var name) ->
        call(request.tools().stream().filter(tool -> tool.name().equals(name)).toList());
      case ToolChoice.Auto _, ToolChoice.None _ -> of(request.format());
    };
  }

  private Constraint call(List<ToolSpec> tools) {
    var schema = new ResponseFormat.JsonSchema("tools", ToolSpec.callSchema(tools));
    return compiled(schema, "tools");
  }

  /// @return null if any text will do
  Constraint of(ResponseFormat format) {
    return format instanceof ResponseFormat.Text ? null : compiled(format, "response_format");
  }

  private Constraint compiled(ResponseFormat format, String param) {
    try {
      Grammar grammar;
      synchronized (grammars) {
        if (vocabulary == null) {
          vocabulary = Vocabulary.of(tokenizer);
        }
        grammar = grammars.get(format);
      }
      if (grammar == null) {
        grammar = grammar(format);
        synchronized (grammars) {
          grammars.put(format, grammar);
        }
      }
      return grammar.constraint(vocabulary);
    } catch (UserError e) {
      throw ApiError.invalid(
          param, "invalid_json_schema", "Invalid '" + param + "': " + e.getMessage());
    }
  }

  private static Grammar grammar(ResponseFormat format) {
    return switch (format) {
      case ResponseFormat.JsonSchema json ->
        Grammar.ofJsonSchema(json.schema().toString(), JsonStyle.FLEXIBLE);
      case ResponseFormat.JsonObject _ ->
        Grammar.ofJsonSchema("{\"type\": \"object\"}", JsonStyle.FLEXIBLE);
      case ResponseFormat.Regex(var pattern) -> Grammar.ofRegex(pattern);
      case ResponseFormat.Grammar(var text) -> Grammar.ofText(text);
      case ResponseFormat.Text _ -> throw new IllegalArgumentException("any text");
    };
  }
}
