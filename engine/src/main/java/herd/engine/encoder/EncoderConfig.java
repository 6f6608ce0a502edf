package herd.engine.encoder;

import herd.engine.io.Json;
import herd.engine.io.JsonValue;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The shape of an encoder, from `config.json`.
/// @param positions rows of the table of positions
/// @param padding id of the padding token: the first position of a text is the one after it
/// @param eps added to variances
/// @param begin id of the token that stands first, whose last state is classified
/// @param end id of the token that stands last
/// @param labels their names, in order
public record EncoderConfig(
    int vocab,
    int dim,
    int layers,
    int heads,
    int ffnDim,
    int positions,
    int types,
    int padding,
    int begin,
    int end,
    double eps,
    List<String> labels) {
  private static final int MOST = 1 << 24;

  public EncoderConfig {
    labels = List.copyOf(labels);
  }

  /// @throws herd.engine.UserError naming the key that is missing, wrong or not supported
  public static EncoderConfig read(Path directory) {
    var json = Json.read(directory.resolve("config.json"));
    if (!json.get("model_type").string().equals("roberta")) {
      throw json.get("model_type").wrong("roberta");
    }
    if (!json.find("hidden_act").string("gelu").equals("gelu")) {
      throw json.get("hidden_act").wrong("gelu");
    }
    int dim = json.get("hidden_size").integer(1, 1 << 16);
    int heads = json.get("num_attention_heads").integer(1, dim);
    if (dim % heads != 0) {
      throw json.get("num_attention_heads").wrong("a divisor of hidden_size, " + dim);
    }
    int padding = json.find("pad_token_id").integer(0, MOST, 1);
    return new EncoderConfig(
        json.get("vocab_size").integer(1, MOST),
        dim,
        json.get("num_hidden_layers").integer(1, 1000),
        heads,
        json.get("intermediate_size").integer(1, 1 << 18),
        json.get("max_position_embeddings").integer(padding + 2, MOST),
        json.find("type_vocab_size").integer(1, 1 << 16, 1),
        padding,
        json.find("bos_token_id").integer(0, MOST, 0),
        json.find("eos_token_id").integer(0, MOST, 2),
        json.find("layer_norm_eps").number(1e-5),
        labels(json));
  }

  private static List<String> labels(JsonValue json) {
    var names = new ArrayList<String>();
    if (json.has("id2label")) {
      var byId = json.get("id2label");
      for (int id = 0; id < byId.object().size(); id++) {
        names.add(byId.get("" + id).string());
      }
    } else {
      int count = json.find("num_labels").integer(1, 1 << 16, 2);
      for (int id = 0; id < count; id++) {
        names.add("LABEL_" + id);
      }
    }
    return names;
  }

  /// The same encoder for other labels.
  EncoderConfig withLabels(List<String> names) {
    return new EncoderConfig(
        vocab, dim, layers, heads, ffnDim, positions, types, padding, begin, end, eps, names);
  }

  /// Tokens of the longest text, the first and last token included.
  public int longest() {
    return positions - padding - 1;
  }
}
