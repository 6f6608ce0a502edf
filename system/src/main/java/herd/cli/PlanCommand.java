package herd.cli;

import herd.engine.UserError;
import herd.report.Report;
import herd.run.Disk;
import herd.scaling.LossLaw;
import herd.scaling.Plan;
import herd.scaling.PowerLaw;
import herd.scaling.Shape;
import herd.study.OverTraining;
import herd.study.Plot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

@Command(
    name = "plan",
    description = "Plan a run: the best size and number of tokens for a budget.",
    footer = {
      "",
      "By default the law is the Llama 3 paper's; --law takes one that 'herd scale fit --json'",
      "found. With --served it also says what a smaller model, trained for longer to the same",
      "loss, costs in training and saves in serving.",
      "Example: herd plan --flops 3.8e25",
      "Example: herd plan --memory recipes/tiny.yaml",
      "Example: herd plan --gpu-hours 50000 --served 2e12 --report plans/mine"
    })
final class PlanCommand implements Runnable {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @ParentCommand
  private Main herd;

  @ArgGroup(multiplicity = "1")
  private Budget budget;

  /// One of three ways to say how much; or a recipe whose memory is asked.
  private static final class Budget {
    @Option(names = "--flops", paramLabel = "X", description = "The budget in FLOPs.")
    private Double flops;

    @Option(names = "--gpu-hours", paramLabel = "H", description = "The budget in GPU-hours.")
    private Double gpuHours;

    @Option(names = "--money", paramLabel = "M", description = "The budget, with --price.")
    private Double money;

    @Option(
        names = "--memory",
        paramLabel = "RECIPE",
        description = "Not a budget: the memory that the trainings of this recipe need.")
    private Path memory;
  }

  @Option(
      names = "--set",
      paramLabel = "PATH=VALUE",
      description = "With --memory, change a setting of the recipe.")
  private List<String> sets = List.of();

  @Option(names = "--price", paramLabel = "P", description = "Price of a GPU-hour, for --money.")
  private Double price;

  @Option(
      names = "--peak",
      paramLabel = "FLOPS",
      defaultValue = "989e12",
      description = "FLOPs per second of a GPU at most (${DEFAULT-VALUE}: an H100 in bf16).")
  private double peak;

  @Option(
      names = "--mfu",
      paramLabel = "SHARE",
      defaultValue = "0.4",
      description = "Share of it that training reaches (${DEFAULT-VALUE}: the paper's 38 to 43%%).")
  private double mfu;

  @Option(
      names = "--served",
      paramLabel = "TOKENS",
      description = "Tokens that the model will read and write in its life.")
  private Double served;

  @Option(
      names = "--law",
      paramLabel = "FILE",
      description = "What 'herd scale fit --json' printed; its first fit is taken.")
  private Path law;

  @Option(
      names = "--sequence",
      paramLabel = "N",
      defaultValue = "8192",
      description = "Tokens of a sequence, for the exact count (${DEFAULT-VALUE}).")
  private int sequence;

  @Option(
      names = "--vocab",
      paramLabel = "N",
      defaultValue = "128256",
      description = "Entries of the vocabulary (${DEFAULT-VALUE}); with --memory, where the recipe "
          + "takes tokens from folders that are not there yet.")
  private int vocab;

  @Option(
      names = "--report",
      paramLabel = "DIR",
      description = "Write report.html with plots into this folder.")
  private Path report;

  @Mixin
  private Shown shown;

  @Override
  public void run() {
    check("--vocab", vocab, vocab >= 256 && vocab <= 1 << 24, "256 to 16777216");
    if (budget.memory != null) {
      new PlannedMemory(herd, shown.asJson(), vocab).print(budget.memory, sets);
      return;
    }
    check("--mfu", mfu, mfu > 0 && mfu <= 1, "above 0, at most 1");
    check("--peak", peak, peak > 0, "above 0");
    check("--sequence", sequence, sequence > 0, "above 0");
    check("--served", served, served == null || served >= 0 && served < 1e24, "0 to 1e24");
    double flops = flops();
    var fit = law == null ? null : fit(law);
    var tokens = fit == null
        ? PowerLaw.LLAMA3
        : new PowerLaw(number(fit, "A"), number(fit, "alpha"), Double.NaN);
    var losses = fit == null ? LossLaw.CHINCHILLA : losses(fit.path("chinchilla3"));
    var plan = Plan.of(flops, tokens);
    var object = object(plan, tokens);
    if (served != null) {
      object.set("served", overtraining(flops, losses));
    }
    Path page = report == null ? null : page(object, losses);
    if (shown.asJson()) {
      herd.out().println(object);
    } else {
      say(object);
      if (page != null) {
        herd.out().println(page);
      }
    }
  }

  private static void check(String option, Object value, boolean right, String allowed) {
    if (!right) {
      throw new UserError(option, "" + value, allowed, "Correct it.");
    }
  }

  private double flops() {
    if (budget.flops != null) {
      return budget.flops;
    }
    double hours;
    if (budget.gpuHours != null) {
      hours = budget.gpuHours;
    } else {
      check("--price", price, price != null && price > 0, "the price of a GPU-hour, above 0");
      hours = budget.money / price;
    }
    check(budget.money != null ? "--money" : "--gpu-hours", hours, hours > 0, "above 0");
    return hours * 3600 * peak * mfu;
  }

  private static JsonNode fit(Path file) {
    try {
      for (var fit : JSON.readTree(Files.readString(file)).path("fits")) {
        if (fit.has("alpha") && fit.path("chinchilla3").isObject()) {
          return fit;
        }
      }
    } catch (IOException | JacksonException e) {
      throw new UserError(
          file.toString(),
          "cannot be read (" + e.getMessage().lines().findFirst().orElse("") + ")",
          "what 'herd scale fit --json' prints",
          "Check the path.");
    }
    throw new UserError(
        file.toString(), "no fit of budgets in it", "what 'herd scale fit --json' prints", "");
  }

  private double number(JsonNode node, String key) {
    var value = node.path(key);
    if (!value.isNumber()) {
      throw new UserError(law.toString(), "no number " + key, "Fit the runs again.");
    }
    return value.doubleValue();
  }

  private LossLaw losses(JsonNode node) {
    return new LossLaw(
        number(node, "E"),
        number(node, "A"),
        number(node, "B"),
        number(node, "alpha"),
        number(node, "beta"),
        Double.NaN);
  }

  private ObjectNode object(Plan plan, PowerLaw tokens) {
    var out = JsonNodeFactory.instance.objectNode();
    out.put("flops", plan.flops());
    out.put("gpuHours", plan.flops() / (3600 * peak * mfu));
    if (price != null) {
      out.put("money", plan.flops() / (3600 * peak * mfu) * price);
    }
    out.putObject("law").put("A", tokens.factor()).put("alpha", tokens.exponent());
    out.put("tokens", plan.tokens());
    out.put("paramsBySix", plan.bySix());
    out.put("paramsByPaper", plan.byPaper());
    out.put("flopsPerParamTokenOfPaper", Plan.PAPER_FLOPS);
    var shape = Shape.near(plan.bySix(), vocab);
    put(out.putObject("exact"), shape, plan.flops());
    put(out.putObject("flagship"), Shape.LLAMA3_405B, plan.flops());
    return out;
  }

  /// What a shape needs by the exact count, and how many tokens the budget gives it.
  private void put(ObjectNode to, Shape shape, double flops) {
    to.put("layers", shape.layers())
        .put("dim", shape.dim())
        .put("ffnDim", shape.ffnDim())
        .put("heads", shape.heads())
        .put("kvHeads", shape.kvHeads())
        .put("headDim", shape.headDim())
        .put("vocab", shape.vocab())
        .put("params", shape.params())
        .put("matrixParams", shape.matrixParams())
        .put("sequence", sequence)
        .put("flopsPerToken", shape.flopsPerToken(sequence))
        .put("flopsPerParamToken", shape.flopsPerToken(sequence) / shape.params())
        .put("tokens", flops / shape.flopsPerToken(sequence));
  }

  private ObjectNode overtraining(double flops, LossLaw losses) {
    var out = JsonNodeFactory.instance.objectNode();
    out.put("tokens", served);
    out.putObject("law")
        .put("E", losses.floor())
        .put("A", losses.a())
        .put("alpha", losses.alpha())
        .put("B", losses.b())
        .put("beta", losses.beta());
    double optimal = losses.params(flops);
    out.put("loss", losses.at(optimal, losses.tokens(flops)));
    var best = Plan.cheapest(flops, losses, served);
    put(out.putObject("cheapest"), best);
    double alone = flops + 2 * optimal * served;
    out.put("optimalTotalFlops", alone);
    out.put("saved", 1 - best.total() / alone);
    var list = out.putArray("choices");
    for (var choice : Plan.choices(flops, losses, served)) {
      if (Double.isFinite(choice.total())) {
        put(list.addObject(), choice);
      }
    }
    return out;
  }

  private static void put(ObjectNode to, Plan.Choice choice) {
    to.put("size", choice.size())
        .put("params", choice.params())
        .put("tokens", choice.tokens())
        .put("trainingFlops", choice.training())
        .put("servingFlops", choice.serving())
        .put("totalFlops", choice.total())
        .put("lossAtBudget", choice.lossAtBudget());
  }

  /// A folder that the report is drawn from: one stage with the plan's curves.
  private Path page(ObjectNode plan, LossLaw losses) {
    var stage = JsonNodeFactory.instance.objectNode();
    stage.put("stage", "plan").put("kind", "plan").put("started", Instant.now().toString());
    stage.put("seconds", 0);
    stage.putObject("settings").put("flops", plan.path("flops").asDouble());
    var facts = stage.putObject("facts");
    facts
        .putObject("counts")
        .put("tokens", plan.path("tokens").asDouble())
        .put("parameters", plan.path("paramsBySix").asDouble());
    var notes = facts.putArray("notes");
    lines(plan).lines().forEach(line -> notes.add(line.strip()));
    double flops = plan.path("flops").asDouble();
    law(plan, flops).to(facts);
    if (served != null) {
      OverTraining.plot(flops, losses, served).to(facts);
    }
    Disk.write(Disk.directory(report.resolve("plan")).resolve("stage.json"), stage.toString());
    return Report.write(report);
  }

  /// Best tokens and parameters by FLOPs, about the budget.
  private static Plot law(ObjectNode plan, double flops) {
    var law =
        new PowerLaw(plan.at("/law/A").asDouble(), plan.at("/law/alpha").asDouble(), Double.NaN);
    var tokens = new ArrayList<double[]>();
    var params = new ArrayList<double[]>();
    for (double x = -3; x <= 1.01; x += 0.25) {
      double at = flops * Math.pow(10, x);
      tokens.add(new double[] {at, law.at(at)});
      params.add(new double[] {at, at / (6 * law.at(at))});
    }
    return new Plot(
            "Best tokens and parameters by FLOPs",
            new Plot.Axis("FLOPs", true),
            new Plot.Axis("", true))
        .add("tokens", Plot.Form.LINE, tokens)
        .add("parameters", Plot.Form.LINE, params)
        .add(
            "the budget",
            Plot.Form.MARK,
            List.of(
                new double[] {flops, law.at(flops)},
                new double[] {flops, flops / (6 * law.at(flops))}));
  }

  /// The choices that are worth a look: none that costs many times what the cheapest does.
  private static List<JsonNode> shown(JsonNode served) {
    double most = 3 * served.at("/cheapest/totalFlops").asDouble();
    var out = new ArrayList<JsonNode>();
    for (var choice : served.path("choices")) {
      if (choice.path("totalFlops").asDouble() <= most) {
        out.add(choice);
      }
    }
    return out;
  }

  private void say(ObjectNode plan) {
    herd.out().print(lines(plan));
  }

  private static String lines(ObjectNode plan) {
    var out = new StringBuilder();
    line(
        out,
        "%.3g FLOPs (%.4g GPU-hours): train on %.4g tokens",
        plan.path("flops"),
        plan.path("gpuHours"),
        plan.path("tokens"));
    line(out, "  %.4g parameters by 6 FLOPs per parameter and token", plan.path("paramsBySix"));
    line(
        out,
        "  %.4g parameters by the paper's own %.3f",
        plan.path("paramsByPaper"),
        plan.path("flopsPerParamTokenOfPaper"));
    for (String name : new String[] {"exact", "flagship"}) {
      var shape = plan.path(name);
      line(
          out,
          "  %s: %.4g parameters (%.0f layers of %.0f), 6 x %.4g of matrices + 6 x %.0f layers x"
              + " %.0f x %.0f of attention = %.4g FLOPs per token: %.4g tokens",
          name.equals("exact") ? "a Llama of that size" : "Llama 3 405B itself",
          shape.path("params"),
          shape.path("layers"),
          shape.path("dim"),
          shape.path("matrixParams"),
          shape.path("layers"),
          number(shape, "heads", "headDim"),
          shape.path("sequence"),
          shape.path("flopsPerToken"),
          shape.path("tokens"));
    }
    if (plan.has("served")) {
      served(out, plan.path("served"));
    }
    return out.toString();
  }

  private static void served(StringBuilder out, JsonNode served) {
    line(
        out,
        "Serving %.3g tokens, to the same loss (%.4f):",
        served.path("tokens"),
        served.path("loss"));
    out.append("     size  parameters    tokens  training   serving     total  loss at budget\n");
    int row = 0;
    for (var choice : shown(served)) {
      if (row++ % 2 == 0) {
        line(
            out,
            "  %6.2fx  %10.3g  %8.3g  %8.3g  %8.3g  %8.3g  %.4f",
            choice.path("size"),
            choice.path("params"),
            choice.path("tokens"),
            choice.path("trainingFlops"),
            choice.path("servingFlops"),
            choice.path("totalFlops"),
            choice.path("lossAtBudget"));
      }
    }
    var best = served.path("cheapest");
    line(
        out,
        "  cheapest: %.2f of the size, %.3g parameters on %.3g tokens, %.3g FLOPs in all instead"
            + " of %.3g",
        best.path("size"),
        best.path("params"),
        best.path("tokens"),
        best.path("totalFlops"),
        served.path("optimalTotalFlops"));
  }

  private static double number(JsonNode shape, String first, String second) {
    return shape.path(first).asDouble() * shape.path(second).asDouble();
  }

  private static void line(StringBuilder out, String form, Object... values) {
    var numbers = new Object[values.length];
    for (int i = 0; i < values.length; i++) {
      numbers[i] = values[i] instanceof JsonNode node ? (Object) node.asDouble() : values[i];
    }
    out.append(String.format(Locale.ROOT, form, numbers)).append('\n');
  }
}
