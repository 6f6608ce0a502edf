package herd.serve.protocol;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import tools.jackson.databind.JsonNode;

/// How answers are chosen and when they end: what `/v1/chat/completions` and `/v1/completions`
/// share. OpenAI's names and defaults, and the extensions that vLLM made common.
/// @param maxTokens longest answer, -1 if the request does not say
/// @param minP tokens less likely than this share of the likeliest are left out, 0 for none
/// @param repetition divides the logits of tokens that came before, 1 for none
/// @param logitBias added to the logits, by token id
/// @param samplers the order in which all these are done, and more of them
/// @param ignoreEnd whether the model's own stop tokens are written on instead of ending
/// @param cacheSalt only requests of one salt share cached prefixes, null for no salt
public record Drawing(
    double temperature,
    double topP,
    int topK,
    double minP,
    double presence,
    double frequency,
    double repetition,
    Map<Integer, Double> logitBias,
    Samplers samplers,
    long seed,
    int maxTokens,
    int n,
    List<String> stops,
    Set<Integer> stopIds,
    boolean ignoreEnd,
    boolean stream,
    boolean usage,
    String cacheSalt) {
  private static final int MOST_STOPS = 64;
  private static final int LONGEST_STOP = 1000;
  private static final int MOST_BIASES = 1024;
  private static final int MOST_ANSWERS = 128;
  private static final String LENGTH = "string_above_max_length";

  /// @param maxTokens longest answer as read by the endpoint, whose names for it differ
  static Drawing of(Fields f, int maxTokens) {
    boolean stream = f.flag("stream", false);
    // Clients send these to every server; they change nothing in an answer.
    f.ignore("user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key");
    f.ignore("prompt_cache_retention");
    var seed = f.any("seed");
    var drawing = new Drawing(
        f.number("temperature", 0, 2, 1),
        topP(f),
        f.whole("top_k", -1, Integer.MAX_VALUE, 0),
        f.number("min_p", 0, 1, 0),
        f.number("presence_penalty", -2, 2, 0),
        f.number("frequency_penalty", -2, 2, 0),
        f.number("repetition_penalty", 0.01, 10, 1),
        biases(f),
        Samplers.of(f),
        seed == null
            ? ThreadLocalRandom.current().nextLong()
            : Fields.whole(seed, f.name("seed"), Long.MIN_VALUE, Long.MAX_VALUE),
        maxTokens,
        f.whole("n", 1, MOST_ANSWERS, 1),
        stops(f),
        stopIds(f),
        f.flag("ignore_eos", false),
        stream,
        usage(f, stream),
        f.text("cache_salt", null));
    drawing.check();
    return drawing;
  }

  /// Whether the order of samplers has all that are set.
  private void check() {
    samplers.needs(temperature != 1, "temperature");
    samplers.needs(topK > 0, "top_k");
    samplers.needs(topP != 1, "top_p");
    samplers.needs(minP != 0, "min_p");
    samplers.needs(samplers.typicalP() != 1, "typical_p");
    boolean penalties = repetition != 1 || presence != 0 || frequency != 0;
    samplers.needs(penalties || samplers.dry() != 0, "penalties");
  }

  private static double topP(Fields f) {
    double topP = f.number("top_p", 0, 1, 1);
    return topP == 0 ? Double.MIN_VALUE : topP; // OpenAI takes 0: the likeliest token alone
  }

  private static boolean usage(Fields f, boolean stream) {
    var options = f.object("stream_options");
    if (options == null) {
      return false;
    }
    if (!stream) {
      throw ApiError.invalid(
          "stream_options",
          "invalid_value",
          "The 'stream_options' parameter is only allowed when 'stream' is enabled.");
    }
    boolean usage = options.flag("include_usage", false);
    options.ignore("include_obfuscation");
    options.end();
    return usage;
  }

  private static Map<Integer, Double> biases(Fields f) {
    var node = f.any("logit_bias");
    if (node == null) {
      return Map.of();
    }
    var fields = Fields.of(node, f.name("logit_bias"));
    if (node.size() > MOST_BIASES) {
      throw ApiError.invalid(
          "logit_bias",
          "object_above_max_properties",
          "Invalid 'logit_bias': %d entries; at most %d.".formatted(node.size(), MOST_BIASES));
    }
    var out = new LinkedHashMap<Integer, Double>();
    for (var name : node.propertyNames()) {
      if (!name.matches("\\d{1,9}")) {
        throw ApiError.invalid(
            "logit_bias",
            "invalid_value",
            "Invalid key in 'logit_bias': '" + ApiError.shown(name) + "' is not a token id.");
      }
      out.put(Integer.valueOf(name), fields.number(name, -100, 100, 0));
    }
    return out;
  }

  private static List<String> stops(Fields f) {
    var node = f.any("stop");
    if (node == null) {
      return List.of();
    }
    var stops = new ArrayList<String>();
    if (node.isString()) {
      stops.add(node.stringValue());
    } else {
      var all = Fields.list(node, "stop", MOST_STOPS);
      for (int i = 0; i < all.size(); i++) {
        stops.add(Fields.text(all.get(i), "stop[" + i + "]"));
      }
    }
    for (var stop : stops) {
      if (stop.isEmpty() || stop.length() > LONGEST_STOP) {
        throw ApiError.invalid(
            "stop",
            stop.isEmpty() ? "empty_string" : LENGTH,
            "Invalid 'stop': a stop string has 1 to %d characters, but got %d."
                .formatted(LONGEST_STOP, stop.length()));
      }
    }
    return List.copyOf(stops);
  }

  private static Set<Integer> stopIds(Fields f) {
    var ids = new LinkedHashSet<Integer>();
    for (JsonNode node : f.list("stop_token_ids", MOST_STOPS)) {
      ids.add((int) Fields.whole(node, f.name("stop_token_ids"), 0, Integer.MAX_VALUE));
    }
    return ids;
  }

  /// The steps by which a token is drawn, in the order of a request, and those of their values that
  /// OpenAI does not know: fields as llama.cpp's server names them, the chain that the commands
  /// have.
  /// @param order what of [#ALL] is done, first to last
  /// @param typicalP locally typical sampling, 1 for none
  /// @param dry weighs repeated phrases down, 0 for none; a part of the penalties
  /// @param dryBase by what it grows with each token of the phrase
  /// @param dryLength tokens that may be repeated
  /// @param dryLast tokens back that are looked at, 0 for all
  public record Samplers(
      List<String> order, double typicalP, double dry, double dryBase, int dryLength, int dryLast) {
    /// All steps in the usual order.
    public static final List<String> ALL =
        List.of("penalties", "temperature", "top_k", "top_p", "min_p", "typical_p");

    private static final String FIELD = "samplers";

    public Samplers {
      order = List.copyOf(order);
    }

    static Samplers of(Fields f) {
      int last = f.whole("dry_penalty_last_n", -1, Integer.MAX_VALUE, -1);
      double dry = f.number("dry_multiplier", 0, 100, 0);
      return new Samplers(
          order(f),
          Math.max(Double.MIN_VALUE, f.number("typical_p", 0, 1, 1)), // 0: the one token nearest
          last == 0 ? 0 : dry, // as there: it looks at nothing
          f.number("dry_base", 1, 100, 1.75),
          f.whole("dry_allowed_length", 1, Integer.MAX_VALUE, 2),
          Math.max(0, last));
    }

    private static List<String> order(Fields f) {
      if (!f.has(FIELD)) {
        return ALL;
      }
      var order = new ArrayList<String>();
      for (var node : f.list(FIELD, ALL.size())) {
        var given = Fields.text(node, f.name(FIELD) + "[" + order.size() + "]");
        var name = given.equals("typ_p") ? "typical_p" : given;
        if (!ALL.contains(name) || order.contains(name)) {
          throw invalid("'%s' is %s. Supported values are, each once: %s."
              .formatted(
                  ApiError.shown(given),
                  ALL.contains(name) ? "there twice" : "no sampler",
                  String.join(", ", ALL)));
        }
        order.add(name);
      }
      return order;
    }

    /// Refuses an order that leaves out what the request sets: nothing is ignored.
    void needs(boolean asked, String step) {
      if (asked && !order.contains(step)) {
        throw invalid("'" + step + "' is not among them, but its value is set. Add it.");
      }
    }

    private static ApiError invalid(String why) {
      return ApiError.invalid(FIELD, "invalid_value", "Invalid 'samplers': " + why);
    }
  }
}
