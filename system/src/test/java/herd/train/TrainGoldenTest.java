package herd.train;

import herd.Golden;
import herd.engine.io.Json;
import herd.engine.kernel.KernelChoice;
import herd.engine.model.Eager;
import herd.engine.model.Gradients;
import herd.engine.model.Llama;
import herd.engine.model.Recorded;
import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.ReferenceKernels;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Workers;
import herd.train.save.CheckpointAverage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/// Losses, gradients and optimizer runs of an independent implementation in float64, for every case
/// found in the folder, with every kind of kernels.
@Tag("golden")
class TrainGoldenTest {
  /// Kernels, the type of all tensors, and the gates of that arithmetic.
  private record Setting(Kernels kernels, DType type, double loss, double tensor, double steps) {
    static List<Setting> all() {
      var reference = new ReferenceKernels();
      return List.of(
          new Setting(reference, DType.F64, 1e-10, 1e-10, 1e-10),
          new Setting(reference, DType.F32, 2e-6, 1e-4, 1e-5),
          new Setting(KernelChoice.best(new Workers(2)), DType.F32, 2e-6, 1e-4, 1e-5));
    }

    @Override
    public String toString() {
      return kernels.name() + " " + type;
    }
  }

  @TestFactory
  Stream<DynamicTest> everyCase() throws IOException {
    var folder = Golden.folder("train");
    var tests = new ArrayList<DynamicTest>();
    var settings = Setting.all();
    try (var files = Files.list(folder)) {
      for (var file : files.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
        if (Json.read(file).isObject() && Json.read(file).has("case")) {
          var golden = GoldenCase.read(file);
          for (var setting : golden.name().equals("weights") ? List.<Setting>of() : settings) {
            tests.add(DynamicTest.dynamicTest(
                golden.name() + ", " + setting, () -> new Run(golden, setting).check()));
          }
        }
      }
    }
    assertThat(tests).as("cases in " + folder).isNotEmpty();
    return tests.stream();
  }

  /// One case in one setting.
  private record Run(GoldenCase golden, Setting setting, Arena arena) {
    Run(GoldenCase golden, Setting setting) {
      this(golden, setting, Arena.ofAuto());
    }

    void check() {
      switch (golden.name()) {
        case "lm_causal", "lm_lossmask", "sft" ->
          languageModel(GoldenCase.batch(golden.rows("inputs"), golden.rows("targets"), null));
        case "lm_docmask_restart", "lm_docmask_norestart" ->
          languageModel(GoldenCase.batch(
              golden.rows("inputs"),
              golden.rows("targets"),
              null,
              golden.rows("doc"),
              golden.rows("positions")));
        case "lm_accum" -> accumulation();
        case "dpo", "dpo_only" -> dpo();
        case "reward_model" -> reward();
        case "distill_kl" -> distillation();
        case "adamw20", "adamw20_clip_mixed" -> optimizer();
        case "ckpt_average" -> average();
        default -> Assumptions.abort("unknown case " + golden.name() + " in " + golden.file());
      }
    }

    private Llama model(String prefix) {
      return golden.beside("weights").model(prefix, arena, setting.type());
    }

    private void languageModel(Batch batch) {
      if (golden.hasScalar("kept")) {
        assertThat(batch.kept()).isEqualTo((int) golden.scalar("kept"));
      }
      var model = model("model");
      gradients(model, model.parameters(), new Objective.LanguageModel(), List.of(batch));
      var logits = golden.tensors("logits", arena, DType.F64).get("logits");
      if (logits != null) {
        try (var eager = new Eager(setting.kernels())) {
          var hidden = model.forward(eager, batch.tokens(), batch.segments());
          close("logits", eager.linear(hidden, model.head()), logits, setting.tensor());
        }
      }
    }

    private void accumulation() {
      var batches = new ArrayList<Batch>();
      for (int i = 0; golden.hasInts("inputs" + i); i++) {
        batches.add(GoldenCase.batch(golden.rows("inputs" + i), golden.rows("targets" + i), null));
      }
      var model = model("model");
      gradients(model, model.parameters(), new Objective.LanguageModel(), batches);
    }

    private void dpo() {
      var ints = golden.hasInts("chosen_inputs") ? golden : golden.beside("dpo");
      var chosen = ints.rows("chosen_inputs");
      var inputs = joined(chosen, ints.rows("rejected_inputs"));
      var targets = joined(ints.rows("chosen_targets"), ints.rows("rejected_targets"));
      var mask = joined(ints.rows("mask_chosen"), ints.rows("mask_rejected"));
      var batch = GoldenCase.batch(inputs, targets, mask);
      double[] sums;
      try (var eager = new Eager(setting.kernels())) {
        sums = SegmentLogProbs.of(model("ref"), eager, batch);
      }
      int n = chosen.length;
      assertThat(Arrays.copyOf(sums, n))
          .containsExactly(ints.scalars("ref_chosen"), within(30 * setting.loss()));
      assertThat(Arrays.copyOfRange(sums, n, 2 * n))
          .containsExactly(ints.scalars("ref_rejected"), within(30 * setting.loss()));
      var pairs = new ArrayList<Batch.Pair>();
      for (int i = 0; i < n; i++) {
        pairs.add(new Batch.Pair(i, i + n, sums[i], sums[i + n]));
      }
      double nll = golden.name().equals("dpo_only") ? 0 : ints.scalar("nll_coef");
      var model = model("model");
      gradients(
          model,
          model.parameters(),
          new Objective.Dpo(ints.scalar("beta"), nll),
          List.of(new Batch(batch.tokens(), batch.segments(), batch.targets(), pairs, List.of())));
    }

    private static int[][] joined(int[][]... parts) {
      return Stream.of(parts).flatMap(Arrays::stream).toArray(int[][]::new);
    }

    /// Each answer ends at its last real token: what is padded is left out.
    private void reward() {
      var answers = new ArrayList<int[]>();
      for (var kind : List.of("edited", "chosen", "rejected")) {
        var rows = golden.rows(kind + "_inputs");
        var last = golden.row(kind + "_last");
        for (int i = 0; i < rows.length; i++) {
          answers.add(Arrays.copyOf(rows[i], last[i] + 1));
        }
      }
      var hasEdited = golden.row("has_edited");
      int n = hasEdited.length;
      var rankings = new ArrayList<Batch.Ranking>();
      for (int i = 0; i < n; i++) {
        rankings.add(new Batch.Ranking(hasEdited[i] == 0 ? -1 : i, i + n, i + 2 * n));
      }
      var tokens = answers.stream().flatMapToInt(Arrays::stream).toArray();
      var targets = new int[tokens.length];
      Arrays.fill(targets, -1);
      var segments = herd.engine.tensor.Segments.packed(
          answers.stream().mapToInt(a -> a.length).toArray());
      var model = model("model");
      var head =
          golden.beside("weights").tensors("reward_head", arena, setting.type()).get("reward_head");
      var parameters = new LinkedHashMap<>(model.parameters());
      parameters.put(Objective.RewardRanking.HEAD, head);
      gradients(
          model,
          parameters,
          new Objective.RewardRanking(head),
          List.of(new Batch(tokens, segments, targets, List.of(), rankings)));
    }

    private void distillation() {
      var inputs = golden.rows("inputs");
      var batch = GoldenCase.batch(inputs, inputs, golden.rows("mask"));
      var model = model("model");
      var objective = new Objective.Distillation(model("teacher"), golden.scalar("temperature"));
      gradients(model, model.parameters(), objective, List.of(batch));
    }

    /// Loss and gradients of one step over `batches`.
    private void gradients(
        Llama model,
        java.util.SequencedMap<String, Tensor> parameters,
        Objective objective,
        List<Batch> batches) {
      var gradients = new Gradients(arena, parameters);
      double weight = 1.0 / batches.stream().mapToLong(objective::parts).sum();
      double loss = 0;
      try (var ops = new Recorded(setting.kernels(), gradients)) {
        for (var batch : batches) {
          loss += objective.forwardBackward(model, ops, batch, weight);
        }
      }
      closeLoss("loss", loss, golden.scalar("loss"), setting.loss());
      closeLoss(
          "norm", gradients.norm(setting.kernels()), golden.scalar("grad_norm"), setting.tensor());
      close(gradients.byName(), "grad");
    }

    private static void closeLoss(String name, double found, double wanted, double gate) {
      assertThat(found).as(name).isCloseTo(wanted, within(gate * Math.max(1, Math.abs(wanted))));
    }

    /// Compares with all tensors `prefix/…` of the file; there must be no others.
    private void close(Map<String, Tensor> found, String prefix) {
      var wanted = golden.tensors(prefix, arena, DType.F64);
      assertThat(found.keySet()).as(prefix).containsExactlyInAnyOrderElementsOf(wanted.keySet());
      wanted.forEach((name, tensor) -> close(name, found.get(name), tensor, setting.tensor()));
    }

    private static void close(String name, Tensor found, Tensor wanted, double gate) {
      assertThat(found.size()).as(name).isEqualTo(wanted.size());
      var tensor = found.reshape(wanted.rows(), wanted.cols());
      double largest = 0;
      double difference = 0;
      for (int r = 0; r < wanted.rows(); r++) {
        for (int c = 0; c < wanted.cols(); c++) {
          largest = Math.max(largest, Math.abs(wanted.get(r, c)));
          difference = Math.max(difference, Math.abs(wanted.get(r, c) - tensor.get(r, c)));
        }
      }
      assertThat(difference).as(name).isLessThanOrEqualTo(gate * largest);
    }

    /// The whole loop; the schedule is found from the rates that the file lists.
    private void optimizer() {
      var rates = golden.scalars("lrs");
      double peak = Arrays.stream(rates).max().orElseThrow();
      long warmup = Math.round(peak / rates[0]);
      int last = rates.length - 1;
      double cosine = (1 + Math.cos(Math.PI * (last - warmup) / (last + 1 - warmup))) / 2;
      double floor = (rates[last] / peak - cosine) / (1 - cosine);
      var schedule = new Schedule.WarmupCosine(peak, warmup, rates.length, floor);
      for (int i = 0; i < rates.length; i++) {
        assertThat(schedule.at(i)).isCloseTo(rates[i], within(1e-15));
      }
      var decayed = golden.ints("decayed").list().stream().map(v -> v.string()).toList();
      var model = model("model");
      for (var name : model.parameters().keySet()) {
        assertThat(AdamW.decays(name)).as(name).isEqualTo(decayed.contains(name));
      }
      double clip = golden.hasScalar("clip") ? golden.scalar("clip") : 1;
      var losses = new ArrayList<Double>();
      var norms = new ArrayList<Double>();
      Training.Listener listener = (step, state) -> {
        losses.add(step.loss());
        norms.add(step.norm());
        var after = golden.tensors("after" + step.number(), arena, DType.F64);
        if (!after.isEmpty()) {
          close(state.parameters(), "after" + step.number());
        }
      };
      var tokens = golden.ints("tokens").list();
      var end = new Training(
              setting.kernels(),
              model,
              new Objective.LanguageModel(),
              new AdamW(0.9, 0.95, 1e-8, 0.1, clip),
              schedule,
              step -> List.of(GoldenCase.next(GoldenCase.rows(tokens.get((int) step)))),
              rates.length,
              List.of(listener))
          .run(TrainState.start(arena, model.parameters()));
      var wanted = golden.scalars("losses");
      var wantedNorms = golden.scalars("grad_norms");
      for (int i = 0; i < wanted.length; i++) {
        closeLoss("loss " + (i + 1), losses.get(i), wanted[i], setting.steps());
        closeLoss("norm " + (i + 1), norms.get(i), wantedNorms[i], 10 * setting.steps());
      }
      assertThat(norms.stream().filter(norm -> norm > clip).count())
          .isEqualTo((long) golden.scalar("clipped_steps"));
      if (!golden.tensors("m", arena, DType.F64).isEmpty()) {
        close(end.m(), "m");
        close(end.v(), "v");
      }
    }

    private void average() {
      var run = golden.beside("adamw20");
      var average = new CheckpointAverage();
      average.add(golden.tensors("after10", arena, setting.type()));
      average.add(golden.tensors("after15", arena, setting.type()));
      average.add(run.tensors("after20", arena, setting.type()));
      var mean = golden.tensors("after10", arena, setting.type());
      average.into(mean);
      close(mean, "mean");
      var batch = GoldenCase.next(GoldenCase.rows(run.ints("tokens").list().getLast()));
      try (var eager = new Eager(setting.kernels())) {
        var sums = SegmentLogProbs.of(new Llama(golden.config(), mean), eager, batch);
        closeLoss(
            "loss of the mean",
            -Arrays.stream(sums).sum() / batch.kept(),
            golden.scalar("loss_of_mean_on_last_batch"),
            setting.loss());
      }
    }
  }
}
