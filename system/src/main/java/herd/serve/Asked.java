package herd.serve;

import herd.engine.infer.Constraint;
import herd.engine.infer.Request;
import herd.engine.infer.Token;
import herd.engine.sample.Sampling;
import herd.serve.protocol.ApiError;
import herd.serve.protocol.Drawing;
import herd.serve.protocol.LogProb;
import herd.serve.protocol.Prompt;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;

/// From the protocol's terms to the engine's, and back.
final class Asked {
  private Asked() {}

  /// The engine's requests for `n` answers to one prompt; they differ in their seeds.
  /// @param param what the prompt is called in errors
  /// @param logProbs likely tokens beside each, -1 for none
  /// @param client whose they are: places go to clients in turn
  static List<Request> requests(
      ServedModel model,
      int[] prompt,
      String param,
      Drawing drawing,
      Constraint constraint,
      int logProbs,
      boolean ofPrompt,
      String client) {
    int room = model.context() - prompt.length;
    int most = drawing.maxTokens() < 0 ? room : drawing.maxTokens();
    if (prompt.length == 0) {
      throw ApiError.invalid(param, "empty_string", "Invalid '" + param + "': no tokens in it.");
    }
    if (room < Math.max(most, drawing.maxTokens() == 0 ? 0 : 1)) {
      throw ApiError.tooLong(param, prompt.length, Math.max(1, most), model.context());
    }
    var stopIds = new HashSet<>(drawing.stopIds());
    if (!drawing.ignoreEnd()) {
      stopIds.addAll(model.stopIds());
    }
    drawing.logitBias().keySet().forEach(id -> checkId(id, model, "logit_bias"));
    var requests = new ArrayList<Request>();
    for (int i = 0; i < drawing.n(); i++) {
      requests.add(Request.of(prompt, sampling(drawing, drawing.seed() + i), most)
          .withStopIds(stopIds)
          .withStops(drawing.stops())
          .withConstraint(constraint == null ? null : constraint.fork())
          .withLogProbs(logProbs, ofPrompt)
          .withCacheSalt(drawing.cacheSalt())
          .withClient(client)
          .withAdapter(model.adapter()));
    }
    return requests;
  }

  private static Sampling sampling(Drawing d, long seed) {
    var steps = new ArrayList<Sampling.Step>();
    if (!d.logitBias().isEmpty()) {
      steps.add(new Sampling.Bias(d.logitBias()));
    }
    for (var step : d.samplers().order()) {
      switch (step) {
        case "penalties" -> penalties(d, steps);
        case "temperature" -> steps.add(new Sampling.Temperature(d.temperature()));
        case "top_k" -> steps.add(new Sampling.TopK(Math.max(0, d.topK())));
        case "top_p" -> steps.add(new Sampling.TopP(d.topP()));
        case "min_p" -> steps.add(new Sampling.MinP(d.minP()));
        case "typical_p" -> steps.add(new Sampling.Typical(d.samplers().typicalP()));
        default -> throw new IllegalStateException(step);
      }
    }
    return new Sampling(steps, seed);
  }

  private static void penalties(Drawing d, List<Sampling.Step> steps) {
    var s = d.samplers();
    steps.add(new Sampling.Repetition(d.repetition()));
    steps.add(new Sampling.Presence(d.presence()));
    steps.add(new Sampling.Frequency(d.frequency()));
    if (s.dry() != 0) {
      steps.add(new Sampling.Dry(s.dry(), s.dryBase(), s.dryLength(), s.dryLast(), List.of()));
    }
  }

  /// The tokens of a prompt; a text is preceded by what stands before every text of the model,
  /// unless it begins with that.
  /// @param specials whether special tokens may stand in a text, as in templates filled in by
  /// hand
  /// @throws ApiError if it cannot fit into the context, or an id is none of the model's
  static int[] ids(
      ServedModel model, Prompt prompt, String param, boolean begin, boolean specials) {
    return switch (prompt) {
      case Prompt.Ids(int[] ids) -> {
        if (ids.length > model.context()) {
          throw ApiError.tooLong(param, ids.length, 1, model.context());
        }
        for (int id : ids) {
          checkId(id, model, param);
        }
        yield ids;
      }
      case Prompt.Text(String text) -> {
        checkLength(model, text.length(), param);
        var tokenizer = model.tokenizer();
        var ids = specials ? tokenizer.encodeSpecial(text) : tokenizer.encode(text);
        int[] first = begin ? model.begin() : new int[0];
        if (first.length == 0 || ids.length > 0 && ids[0] == first[0]) {
          yield ids;
        }
        var all = Arrays.copyOf(first, first.length + ids.length);
        System.arraycopy(ids, 0, all, first.length, ids.length);
        yield all;
      }
    };
  }

  /// Refuses what is certain to be too long before it costs the time to tokenize it.
  static void checkLength(ServedModel model, long characters, String param) {
    long fewest = characters / model.longestToken();
    if (fewest > model.context()) {
      throw ApiError.tooLong(param, fewest, 1, model.context());
    }
  }

  private static void checkId(int id, ServedModel model, String param) {
    if (!model.isToken(id)) {
      throw ApiError.invalid(
          param,
          "invalid_token",
          "Invalid '%s': %d is no token of the model, whose ids are 0 to %d."
              .formatted(param, id, model.tokenizer().vocab() - 1));
    }
  }

  /// A token's log-probabilities, with at most `top` of the likeliest.
  static LogProb logProb(ServedModel model, Token token, int top) {
    var likely = new ArrayList<LogProb>();
    for (int i = 0; i < Math.min(top, token.top().size()); i++) {
      var one = token.top().get(i);
      likely.add(new LogProb(bytes(model, one.id()), one.logProb(), List.of()));
    }
    return new LogProb(bytes(model, token.id()), token.logProb(), likely);
  }

  private static byte[] bytes(ServedModel model, int id) {
    return model.isToken(id) ? model.tokenizer().bytes(id) : new byte[0];
  }
}
