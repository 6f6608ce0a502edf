package herd.serve;

import herd.engine.infer.Request;
import herd.serve.http.Call;
import herd.serve.protocol.ApiError;
import herd.serve.protocol.EmbeddingRequest;
import herd.serve.protocol.Fields;
import herd.serve.protocol.Prompt;
import herd.serve.protocol.TokenizeRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import tools.jackson.databind.node.JsonNodeFactory;

/// `POST /v1/embeddings`, `/tokenize` and `/detokenize`.
final class TextEndpoints {
  private final Models models;
  private final Metrics metrics;

  TextEndpoints(Models models, Metrics metrics) {
    this.models = models;
    this.metrics = metrics;
  }

  void embeddings(Call call) throws IOException {
    var request = EmbeddingRequest.of(Fields.parse(call.body()));
    var model = models.get(request.model());
    call.note("model", model.id());
    try (var _ = model.hold()) {
      var texts = new ArrayList<int[]>();
      long tokens = 0;
      for (int i = 0; i < request.input().size(); i++) {
        var param = "input[" + i + "]";
        var ids = Asked.ids(model, request.input().get(i), param, true, false);
        if (ids.length == 0) {
          throw ApiError.invalid(param, "empty_string", "Invalid '" + param + "': it is empty.");
        }
        if (ids.length > model.context()) {
          throw ApiError.tooLong(param, ids.length, 0, model.context());
        }
        texts.add(ids);
        tokens += ids.length;
      }
      call.key().countPrompt(tokens);
      call.note("promptTokens", tokens);
      call.reply(200, embeddings(model, request, vectors(call, model, texts), tokens));
    }
  }

  /// One vector for each text; they wait for their turn as all requests do.
  private List<float[]> vectors(Call call, ServedModel model, List<int[]> texts) {
    var requests = texts.stream()
        .map(ids -> Request.embedding(ids, Request.Pooling.MEAN).withAdapter(model.adapter()))
        .toList();
    var tally = new Tally();
    try (var answers = new Answers(model, requests, false, metrics)) {
      call.whenGone(answers::abandon);
      var out = new float[texts.size()][];
      Streaming.await(answers, event -> {
        tally.add(event.result(), false);
        out[event.answer()] = event.result().embedding();
      });
      return List.of(out);
    }
  }

  private static String embeddings(
      ServedModel model, EmbeddingRequest request, List<float[]> vectors, long tokens) {
    var out = JsonNodeFactory.instance.objectNode().put("object", "list");
    var data = out.putArray("data");
    for (var vector : vectors) {
      if (request.dimensions() > vector.length) {
        throw ApiError.invalid(
            "dimensions",
            "integer_above_max_value",
            "Invalid 'dimensions': the model's vectors have " + vector.length + " numbers.");
      }
      var cut = request.dimensions() == 0 ? vector : shortened(vector, request.dimensions());
      var one = data.addObject().put("object", "embedding").put("index", data.size() - 1);
      if (request.base64()) {
        var bytes = ByteBuffer.allocate(4 * cut.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(cut);
        one.put("embedding", Base64.getEncoder().encodeToString(bytes.array()));
      } else {
        var numbers = one.putArray("embedding");
        for (float x : cut) {
          numbers.add(x);
        }
      }
    }
    out.put("model", model.id());
    out.putObject("usage").put("prompt_tokens", tokens).put("total_tokens", tokens);
    return out.toString();
  }

  /// The first numbers of a vector, of length 1 again.
  private static float[] shortened(float[] vector, int dimensions) {
    double square = 0;
    for (int i = 0; i < dimensions; i++) {
      square += (double) vector[i] * vector[i];
    }
    var out = new float[dimensions];
    for (int i = 0; i < dimensions; i++) {
      out[i] = square == 0 ? 0 : (float) (vector[i] / Math.sqrt(square));
    }
    return out;
  }

  void tokenize(Call call) throws IOException {
    var request = TokenizeRequest.of(Fields.parse(call.body()));
    var model = models.get(request.model());
    call.note("model", model.id());
    try (var _ = model.hold()) {
      var ids = request.messages() == null
          ? Asked.ids(
              model,
              new Prompt.Text(request.prompt()),
              "prompt",
              request.addSpecials(),
              request.specials())
          : model
              .chat()
              .ids(
                  request.messages(),
                  request.tools(),
                  request.addGenerationPrompt(),
                  request.templateVariables());
      var out = JsonNodeFactory.instance.objectNode();
      out.put("count", ids.length).put("max_model_len", model.context());
      var tokens = out.putArray("tokens");
      for (int id : ids) {
        tokens.add(id);
      }
      if (request.tokenTexts()) {
        var texts = out.putArray("token_strs");
        for (int id : ids) {
          texts.add(model.tokenizer().decode(id));
        }
      } else {
        out.putNull("token_strs");
      }
      call.reply(200, out.toString());
    }
  }

  /// What stands before and after texts, as vLLM tells it: evaluation programs then need no
  /// tokenizer of their own.
  void tokenizer(Call call) throws IOException {
    var model = models.get(call.query("model"));
    var out = JsonNodeFactory.instance.objectNode();
    out.put("tokenizer_class", "herd");
    out.put("bos_token", model.begin().length == 0 ? null : text(model, model.begin()[0]));
    var end = model.stopIds().stream().max(Integer::compare);
    out.put("eos_token", end.map(id -> text(model, id)).orElse(null));
    out.put("chat_template", model.chat().template());
    out.put("vocab_size", model.tokenizer().vocab());
    out.put("model_max_length", model.context());
    call.reply(200, out.toString());
  }

  private static String text(ServedModel model, int id) {
    return model.tokenizer().decode(id);
  }

  void detokenize(Call call) throws IOException {
    var request = TokenizeRequest.Back.of(Fields.parse(call.body()));
    var model = models.get(request.model());
    call.note("model", model.id());
    try (var _ = model.hold()) {
      for (int id : request.ids()) {
        if (!model.isToken(id)) {
          throw ApiError.invalid("tokens", "invalid_token", id + " is no token of the model.");
        }
      }
      var text = model.tokenizer().decode(request.ids());
      call.reply(200, JsonNodeFactory.instance.objectNode().put("prompt", text).toString());
    }
  }
}
