package herd.serve.protocol;

import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A token with its log-probability, and the likeliest tokens at its place.
/// @param bytes UTF-8 of the token, perhaps a part of a character
/// @param logProb natural logarithm, NaN for none
public record LogProb(byte[] bytes, double logProb, List<LogProb> top) {
  /// What stands for minus infinity, as OpenAI has it.
  private static final double LEAST = -9999;

  String text() {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  double finite() {
    return Math.max(LEAST, logProb);
  }

  /// `logprobs` of a chat choice.
  static ObjectNode chat(List<LogProb> tokens) {
    var out = JsonNodeFactory.instance.objectNode();
    var content = out.putArray("content");
    for (var token : tokens) {
      var one = token.node(content.addObject());
      var top = one.putArray("top_logprobs");
      for (var likely : token.top) {
        likely.node(top.addObject());
      }
    }
    out.putNull("refusal");
    return out;
  }

  private ObjectNode node(ObjectNode out) {
    out.put("token", text()).put("logprob", finite());
    ArrayNode values = out.putArray("bytes");
    for (byte b : bytes) {
      values.add(b & 0xff);
    }
    return out;
  }

  /// `logprobs` of a text completion's choice.
  /// @param offset characters before the first token
  static ObjectNode completion(List<LogProb> tokens, int offset) {
    var out = JsonNodeFactory.instance.objectNode();
    var texts = out.putArray("tokens");
    var values = out.putArray("token_logprobs");
    var tops = out.putArray("top_logprobs");
    var offsets = out.putArray("text_offset");
    int at = offset;
    for (var token : tokens) {
      var text = token.text();
      texts.add(text);
      offsets.add(at);
      at += text.length();
      if (Double.isNaN(token.logProb)) {
        values.addNull();
        tops.addNull();
      } else {
        values.add(token.finite());
        var top = tops.addObject();
        for (var likely : token.top) {
          if (!top.has(likely.text())) { // the likeliest of those that look the same
            top.put(likely.text(), likely.finite());
          }
        }
        if (!top.has(text)) {
          top.put(text, token.finite());
        }
      }
    }
    return out;
  }
}
