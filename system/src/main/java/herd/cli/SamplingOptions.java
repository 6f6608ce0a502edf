package herd.cli;

import herd.engine.UserError;
import herd.engine.sample.Sampling;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Option;

/// The options that say how tokens are chosen.
final class SamplingOptions {
  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      defaultValue = "256",
      description = "Longest answer in tokens (${DEFAULT-VALUE}).")
  int maxTokens;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      defaultValue = "0",
      description = "0 takes the most likely token (${DEFAULT-VALUE}).")
  double temperature;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      defaultValue = "0",
      description = "Choose among the K most likely tokens; 0 for all (${DEFAULT-VALUE}).")
  int topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      defaultValue = "1",
      description = "Choose among the most likely tokens of this probability (${DEFAULT-VALUE}).")
  double topP;

  @Option(
      names = "--min-p",
      paramLabel = "P",
      defaultValue = "0",
      description = "Choose among tokens at least P times as likely as the likeliest"
          + " (${DEFAULT-VALUE}).")
  private double minP;

  @Option(
      names = "--typical-p",
      paramLabel = "P",
      defaultValue = "1",
      description = "Choose among the tokens nearest to the expected surprise, of this probability"
          + " (${DEFAULT-VALUE}).")
  private double typicalP;

  @Option(
      names = "--repetition-penalty",
      paramLabel = "X",
      defaultValue = "1",
      description = "Makes tokens of prompt and answer less likely; 1 for none.")
  private double repetition;

  @Option(
      names = "--presence-penalty",
      paramLabel = "X",
      defaultValue = "0",
      description = "Taken once from the logits of tokens of the answer (${DEFAULT-VALUE}).")
  private double presence;

  @Option(
      names = "--frequency-penalty",
      paramLabel = "X",
      defaultValue = "0",
      description = "Taken from the logits of tokens for each time they stand in the answer"
          + " (${DEFAULT-VALUE}).")
  private double frequency;

  @Option(
      names = "--dry",
      paramLabel = "X",
      defaultValue = "0",
      description = "Against repeated phrases: the multiplier of DRY, 0.8 is usual; 0 for none.")
  private double dry;

  @Option(
      names = "--samplers",
      paramLabel = "LIST",
      split = ",",
      defaultValue = "penalties,temperature,top-k,top-p,min-p,typical",
      description = "The order of these steps (${DEFAULT-VALUE}).")
  private List<String> order;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "The same seed gives the same answer (${DEFAULT-VALUE}).")
  long seed;

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "Ends the answer before this text. May stand several times.")
  List<String> stops = List.of();

  /// @throws UserError if a value is out of its range, or a step that was asked for is not in the
  /// order
  Sampling sampling() {
    if (temperature == 0 && penalties().isEmpty()) {
      checked(); // the most likely token is so in any order
      return Sampling.greedy().withSeed(seed);
    }
    return new Sampling(checked(), seed);
  }

  private List<Sampling.Step> checked() {
    var steps = new ArrayList<Sampling.Step>();
    for (var name : order) {
      switch (name.strip()) {
        case "penalties" -> steps.addAll(penalties());
        case "temperature" -> steps.add(new Sampling.Temperature(temperature));
        case "top-k" -> steps.add(new Sampling.TopK(topK));
        case "top-p" -> steps.add(new Sampling.TopP(topP));
        case "min-p" -> steps.add(new Sampling.MinP(minP));
        case "typical" -> steps.add(new Sampling.Typical(typicalP));
        default -> throw wrong(name);
      }
    }
    if (Set.copyOf(order).size() != order.size()) {
      throw new UserError("--samplers", String.join(",", order), "each once", "Leave one out.");
    }
    needs(temperature != 1, "temperature");
    needs(topK != 0, "top-k");
    needs(topP != 1, "top-p");
    needs(minP != 0, "min-p");
    needs(typicalP != 1, "typical");
    needs(!penalties().isEmpty(), "penalties");
    return steps;
  }

  private static UserError wrong(String name) {
    return new UserError(
        "--samplers", name, "penalties, temperature, top-k, top-p, min-p, typical", "Correct it.");
  }

  private void needs(boolean asked, String step) {
    if (asked && !order.contains(step)) {
      throw new UserError(
          "--samplers", String.join(",", order), step + " too, which was set", "Add it.");
    }
  }

  /// Those that change anything.
  private List<Sampling.Step> penalties() {
    var steps = new ArrayList<Sampling.Step>();
    if (repetition != 1) {
      steps.add(new Sampling.Repetition(repetition));
    }
    if (presence != 0) {
      steps.add(new Sampling.Presence(presence));
    }
    if (frequency != 0) {
      steps.add(new Sampling.Frequency(frequency));
    }
    if (dry != 0) {
      steps.add(new Sampling.Dry(dry, 1.75, 2, 0, List.of()));
    }
    return steps;
  }
}
