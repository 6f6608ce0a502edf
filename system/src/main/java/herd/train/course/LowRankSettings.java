package herd.train.course;

import herd.engine.UserError;
import herd.engine.model.Adapter;
import herd.engine.model.Adapter.LowRank;
import herd.engine.model.Llama;
import herd.engine.tensor.Tensor;
import herd.run.About;
import herd.run.Default;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;

/// Low-rank additions to train (LoRA, arXiv 2106.09685, section 4): the first factor normal, the
/// second 0, so that training begins with the model as it is. The scale is 1.
@About("low-rank additions that are trained while the model stays")
public record LowRankSettings(
    @About("width of the additions; 0 for none") @Default("0")
    int rank,

    @About("endings of the projections' names that get one")
    @Default("[q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj]")
    List<String> targets) {
  /// No additions.
  public static final LowRankSettings NONE = new LowRankSettings(
      0, List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"));

  public LowRankSettings {
    targets = List.copyOf(targets);
    if (rank < 0 || rank > 1 << 12) {
      throw new UserError("rank", "" + rank, "0 to 4096", "8 or 16 are usual.");
    }
  }

  /// New additions for `model`, in `arena`.
  /// @throws UserError if no projection ends like that
  Adapter start(Llama model, Arena arena, long seed) {
    var random = new Random(seed);
    var parts = new LinkedHashMap<String, LowRank>();
    model.parameters().forEach((name, weight) -> {
      if (targets.stream().anyMatch(target -> name.endsWith(target + ".weight"))) {
        var a = Tensor.allocate(arena, weight.type(), rank, weight.cols());
        double deviation = 1 / Math.sqrt(weight.cols());
        for (int r = 0; r < a.rows(); r++) {
          for (int c = 0; c < a.cols(); c++) {
            a.set(r, c, deviation * random.nextGaussian());
          }
        }
        parts.put(name, new LowRank(a, Tensor.allocate(arena, weight.type(), weight.rows(), rank)));
      }
    });
    if (parts.isEmpty()) {
      throw new UserError(
          "lora.targets", "" + targets, "endings such as q_proj", "Name projections of blocks.");
    }
    return new Adapter(parts);
  }

  /// The factors as parameters to train, in the order of the model's weights.
  static SequencedMap<String, Tensor> parameters(Llama model, Map<String, LowRank> parts) {
    var parameters = new LinkedHashMap<String, Tensor>();
    model.parameters().keySet().forEach(name -> {
      var part = parts.get(name);
      if (part != null) {
        var stem = name.replaceFirst("[.]weight$", "");
        parameters.put(stem + ".lora_A.weight", part.a());
        parameters.put(stem + ".lora_B.weight", part.b());
      }
    });
    return parameters;
  }
}
