package herd.cli;

import herd.engine.UserError;
import herd.tokens.Mixture;
import herd.tokens.TokenFolder;
import herd.train.PackedBatches;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

@Command(
    name = "mix",
    description = "Show which tokens a mix of sources gives, and how often each source repeats.",
    footer = {
      "",
      "Without --weights sources named general, maths, code and multilingual are mixed as Llama 3",
      "was trained: 50, 25, 17, 8. Other sources count as much as they hold. A recipe's stage",
      "token-folders takes the same settings.",
      "Example: herd data mix --in tokens --tokens 10B --max-epochs maths=4",
      "         herd data mix --have general=12T,maths=300G,code=2T,multilingual=3T --tokens 15T"
    })
final class DataMixCommand implements Runnable {
  /// More repeats than these teach less and less.
  private static final double MANY = 4;

  @ParentCommand
  private DataCommand parent;

  @Option(
      names = "--in",
      arity = "1..*",
      paramLabel = "DIR",
      description = "Folders of herd data tokenize, or folders that hold such folders.")
  private List<Path> in = List.of();

  @Option(
      names = "--have",
      split = ",",
      paramLabel = "NAME=N",
      description = "Tokens of sources that are not there yet, to plan with.")
  private Map<String, String> have = Map.of();

  @Option(
      names = "--weights",
      split = ",",
      paramLabel = "NAME=X",
      description = "Share of each source, in any unit; sources that are not named are left out.")
  private Map<String, Double> weights = Map.of();

  @Option(
      names = "--max-epochs",
      split = ",",
      paramLabel = "[NAME=]X",
      description = "How often each source may be shown, or single ones.")
  private List<String> maxEpochs = List.of();

  @Option(
      names = "--when-out",
      paramLabel = "WHAT",
      defaultValue = "redistribute",
      description = {
        "When a source was shown that often: redistribute (the default: the others share its",
        "part) or stop (the mix gives no more)."
      })
  private Mixture.WhenOut whenOut;

  @Option(
      names = "--tokens",
      required = true,
      paramLabel = "N",
      converter = DataCommand.Amount.class,
      description = "Tokens that the training wants, such as 500M, 10B or 15T.")
  private long wanted;

  @Mixin
  private Shown shown;

  @Override
  public void run() {
    var sources = sources();
    var usual = weights.isEmpty() ? Mixture.usual(sources.keySet()) : weights;
    var mixture = Mixture.of(sources, usual, limits(sources), whenOut);
    var plan = mixture.plan(wanted);
    var warnings = warnings(mixture, plan);
    var by = !weights.isEmpty() ? "given" : usual.isEmpty() ? "what there is" : "Llama 3's";
    if (shown.asJson()) {
      parent.herd().out().println(json(mixture, plan, by, warnings));
      return;
    }
    table(mixture, plan, by);
    warnings.forEach(warning -> parent.herd().out().println("WARNING: " + warning));
  }

  private SortedMap<String, Long> sources() {
    if (in.isEmpty() == have.isEmpty()) {
      throw new UserError(
          "--in and --have",
          in.isEmpty() ? "none" : "both",
          "one of them",
          "Name folders of tokens, or say what there will be.");
    }
    if (!in.isEmpty()) {
      var folders = TokenFolder.all(in);
      var frame = PackedBatches.Frame.known(folders.getFirst().load());
      return TokenFolder.tokens(folders, frame.tokens());
    }
    var sources = new TreeMap<String, Long>();
    have.forEach((name, amount) -> sources.put(name, DataCommand.Amount.of("--have", amount)));
    return sources;
  }

  private Map<String, Double> limits(SortedMap<String, Long> sources) {
    var limits = new LinkedHashMap<String, Double>();
    for (var each : maxEpochs) {
      int equals = each.lastIndexOf('=');
      double times;
      try {
        times = Double.parseDouble(each.substring(equals + 1));
      } catch (NumberFormatException e) {
        throw new UserError("--max-epochs", each, "a number, or name=number", "Write maths=4.");
      }
      if (equals < 0) {
        sources.keySet().forEach(name -> limits.putIfAbsent(name, times));
      } else {
        limits.put(each.substring(0, equals), times);
      }
    }
    return limits;
  }

  private static List<String> warnings(Mixture mixture, Mixture.Plan plan) {
    var warnings = new ArrayList<String>();
    for (int s = 0; s < mixture.parts().size(); s++) {
      var part = mixture.parts().get(s);
      double epochs = plan.epochs(part, s);
      if (epochs > MANY) {
        warnings.add(String.format(
            Locale.ROOT,
            "'%s' is shown %.1f times; beyond %.0f repeats teach less and less. Add text, lower its"
                + " weight, or limit it: --max-epochs %s=4",
            part.name(),
            epochs,
            MANY,
            part.name()));
      }
      if (part.tokens() == 0 && part.weight() > 0) {
        warnings.add("'" + part.name() + "' has a weight and no tokens");
      }
    }
    if (!plan.enough()) {
      warnings.add(String.format(
          Locale.ROOT,
          "the mix gives %,d tokens of %,d: sources are shown as often as they may be",
          plan.tokens(),
          plan.wanted()));
    }
    return warnings;
  }

  private void table(Mixture mixture, Mixture.Plan plan, String by) {
    var out = parent.herd().out();
    var form = "%-24s %8s %20s %20s %8s %8s  %s%n";
    out.printf(form, "source", "weight", "tokens there", "tokens shown", "share", "epochs", "");
    for (int s = 0; s < mixture.parts().size(); s++) {
      var part = mixture.parts().get(s);
      out.printf(
          form,
          part.name(),
          percent(mixture.share(part)),
          "%,d".formatted(part.tokens()),
          "%,d".formatted(plan.shown().get(s)),
          percent(plan.share(s)),
          String.format(Locale.ROOT, "%.2f", plan.epochs(part, s)),
          plan.out().get(s) ? "(all that it may)" : "");
    }
    out.printf(
        form,
        "all",
        "",
        "%,d".formatted(mixture.parts().stream().mapToLong(Mixture.Part::tokens).sum()),
        "%,d".formatted(plan.tokens()),
        "",
        "",
        "weights: " + by);
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f%%", 100 * share);
  }

  private ObjectNode json(Mixture mixture, Mixture.Plan plan, String by, List<String> warnings) {
    var object = JsonNodeFactory.instance
        .objectNode()
        .put("wanted", plan.wanted())
        .put("tokens", plan.tokens())
        .put("enough", plan.enough())
        .put("weights", by)
        .put("whenOut", whenOut.name().toLowerCase(Locale.ROOT));
    var list = object.putArray("sources");
    for (int s = 0; s < mixture.parts().size(); s++) {
      var part = mixture.parts().get(s);
      var source = list.addObject()
          .put("source", part.name())
          .put("weight", mixture.share(part))
          .put("tokens", part.tokens())
          .put("shown", plan.shown().get(s))
          .put("share", plan.share(s))
          .put("epochs", plan.epochs(part, s))
          .put("out", plan.out().get(s));
      if (Double.isFinite(part.maxEpochs())) {
        source.put("maxEpochs", part.maxEpochs());
      }
    }
    var said = object.putArray("warnings");
    warnings.forEach(said::add);
    return object;
  }
}
