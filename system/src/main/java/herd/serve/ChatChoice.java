package herd.serve;

import herd.engine.infer.Finish;
import herd.engine.infer.Result;
import herd.engine.infer.Token;
import herd.serve.http.EventStream;
import herd.serve.protocol.ChatReply;
import herd.serve.protocol.ChatRequest;
import herd.serve.protocol.LogProb;
import herd.serve.protocol.ToolCallParser;
import herd.serve.protocol.ToolChoice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/// One answer of a chat as it grows: text, tool calls, log-probabilities. With a stream each piece
/// goes out as it comes; in any case the whole is kept.
final class ChatChoice implements ToolCallParser.Sink {
  private final int index;
  private final ServedModel model;
  private final ChatRequest request;
  private final ChatReply reply;
  private final EventStream events; // null for a whole reply
  private final ToolCallParser parser; // null where no tools are on offer
  private final StringBuilder text = new StringBuilder();
  private final List<StringBuilder> arguments = new ArrayList<>();
  private final List<String> names = new ArrayList<>();
  private final List<String> ids = new ArrayList<>();
  private final List<LogProb> logProbs = new ArrayList<>();
  private int told; // log-probabilities that went out

  ChatChoice(
      int index, ServedModel model, ChatRequest request, ChatReply reply, EventStream events) {
    this.index = index;
    this.model = model;
    this.request = request;
    this.reply = reply;
    this.events = events;
    this.parser = request.tools().isEmpty() || request.toolChoice() instanceof ToolChoice.None
        ? null
        : parser();
    if (events != null) {
      events.add(reply.role(index));
    }
  }

  private ToolCallParser parser() {
    var tools = new HashMap<String, List<String>>();
    for (var tool : request.tools()) {
      tools.put(tool.name(), tool.parameters());
    }
    return new ToolCallParser(tools, request.parallelCalls(), this);
  }

  void token(Token token) {
    if (request.logProbs() >= 0) {
      logProbs.add(Asked.logProb(model, token, request.logProbs()));
    }
    if (parser == null) {
      text(token.delta());
      return;
    }
    if (token.id() == model.pythonTag()) {
      parser.pythonTag();
    }
    parser.accept(token.delta());
  }

  /// Whether nothing more is wanted of this answer.
  boolean full() {
    return parser != null && parser.full();
  }

  void end(Result result) {
    if (parser == null) {
      text(result.rest());
    } else {
      parser.accept(result.rest());
      parser.end();
    }
    if (events != null) {
      events.add(reply.finish(index, reason(result), untold()));
    }
  }

  private String reason(Result result) {
    if (!names.isEmpty() && (full() || result.finish() != Finish.LENGTH)) {
      return "tool_calls";
    }
    return result.finish() == Finish.LENGTH ? "length" : "stop";
  }

  ChatReply.Choice whole(Result result) {
    var calls = new ArrayList<ChatReply.Called>();
    for (int i = 0; i < names.size(); i++) {
      calls.add(new ChatReply.Called(ids.get(i), names.get(i), arguments.get(i).toString()));
    }
    var content = text.isEmpty() && !calls.isEmpty() ? null : text.toString();
    return new ChatReply.Choice(
        content, calls, request.logProbs() < 0 ? null : logProbs, reason(result));
  }

  /// Log-probabilities that did not go out yet, null if none were asked for.
  private List<LogProb> untold() {
    if (request.logProbs() < 0) {
      return null;
    }
    var out = List.copyOf(logProbs.subList(told, logProbs.size()));
    told = logProbs.size();
    return out;
  }

  @Override
  public void text(String delta) {
    if (delta.isEmpty()) {
      return;
    }
    text.append(delta);
    if (events != null) {
      events.add(reply.text(index, delta, untold()));
    }
  }

  @Override
  public void call(int call, String name) {
    var bytes = new byte[12];
    ThreadLocalRandom.current().nextBytes(bytes);
    ids.add("call_" + HexFormat.of().formatHex(bytes));
    names.add(name);
    arguments.add(new StringBuilder());
    if (events != null) {
      events.add(reply.call(index, call, ids.getLast(), name));
    }
  }

  @Override
  public void arguments(int call, String delta) {
    arguments.get(call).append(delta);
    if (events != null) {
      events.add(reply.arguments(index, call, delta));
    }
  }
}
