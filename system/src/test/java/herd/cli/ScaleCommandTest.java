package herd.cli;

import herd.scaling.LossLaw;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

class ScaleCommandTest {
  @TempDir
  Path dir;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int herd(String... arguments) {
    out.reset();
    err.reset();
    return new Main(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            new ByteArrayInputStream(new byte[0]),
            Map.of())
        .run(arguments);
  }

  private JsonNode json() {
    return JsonMapper.builder().build().readTree(out.toString(StandardCharsets.UTF_8));
  }

  private String text() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private Path runs() throws IOException {
    var lines = new StringBuilder("flops,params,tokens,loss\n");
    var law = LossLaw.CHINCHILLA;
    for (double flops : new double[] {1e19, 1e20, 1e21}) {
      for (double size = 0.25; size <= 4; size *= 1.5) {
        double params = size * law.params(flops);
        double tokens = flops / 6 / params;
        lines.append(flops + "," + params + "," + tokens + "," + law.at(params, tokens) + "\n");
      }
    }
    return Files.writeString(dir.resolve("runs.csv"), lines);
  }

  @Test
  void runsAreFittedAndTheNextIsPlanned() throws IOException {
    var runs = runs();
    assertThat(herd("scale", "fit", runs.toString(), "--at", "1e22", "--json"))
        .as(err.toString())
        .isZero();
    var fit = json().at("/fits/all");
    var law = LossLaw.CHINCHILLA;
    assertThat(fit.path("minima").size()).isEqualTo(3);
    assertThat(fit.path("alpha").asDouble())
        .isCloseTo(law.alpha() / (law.alpha() + law.beta()), within(0.01));
    assertThat(fit.at("/chinchilla3/E").asDouble()).isCloseTo(law.floor(), within(0.01));
    assertThat(fit.at("/at/tokens").asDouble()).isCloseTo(law.tokens(1e22), withinPercentage(5));
    var file = Files.writeString(dir.resolve("fit.json"), text());
    assertThat(herd("scale", "fit", runs.toString(), "--window", "0")).isZero();
    assertThat(text()).contains("tokens = ", "95%", "loss = ");
    assertThat(herd("plan", "--flops", "1e22", "--law", file.toString(), "--json"))
        .as(err.toString())
        .isZero();
    assertThat(json().path("tokens").asDouble())
        .isCloseTo(fit.at("/at/tokens").asDouble(), withinPercentage(1e-6));
  }

  @Test
  void theFlagshipIsPlannedFromFlopsHoursAndMoney() {
    assertThat(herd("plan", "--flops", "3.8e25", "--json")).as(err.toString()).isZero();
    var plan = json();
    assertThat(plan.path("tokens").asDouble()).isCloseTo(16.55e12, withinPercentage(1));
    assertThat(plan.path("paramsBySix").asDouble()).isCloseTo(383e9, withinPercentage(1));
    assertThat(plan.path("paramsByPaper").asDouble()).isCloseTo(402e9, withinPercentage(1));
    assertThat(plan.at("/flagship/params").asDouble()).isCloseTo(405.8e9, withinPercentage(0.1));
    String hours = plan.path("gpuHours").asString();
    assertThat(herd("plan", "--gpu-hours", hours, "--json")).isZero();
    assertThat(json().path("flops").asDouble()).isCloseTo(3.8e25, withinPercentage(1e-6));
    assertThat(herd("plan", "--money", "100", "--price", "2", "--json")).isZero();
    assertThat(json().path("gpuHours").asDouble()).isCloseTo(50, within(1e-9));
    assertThat(herd("plan", "--money", "100")).isEqualTo(2);
    assertThat(herd("plan")).isEqualTo(2);
    assertThat(herd("plan", "--flops", "1e22", "--mfu", "2")).isEqualTo(2);
    assertThat(herd("plan", "--flops", "1e22", "--law", dir + "/no.json")).isEqualTo(2);
  }

  @Test
  void servingIsInThePlanAndItsReport() throws IOException {
    assertThat(herd("plan", "--flops", "1e22", "--served", "1e12", "--report", dir + "/plan"))
        .as(err.toString())
        .isZero();
    assertThat(text()).contains("cheapest: 0.", "report.html");
    assertThat(Files.readString(dir.resolve("plan/report.html"))).contains("<svg", "training");
    assertThat(herd("plan", "--flops", "1e22", "--report", dir + "/plain")).isZero();
    assertThat(Files.readString(dir.resolve("plain/report.html"))).contains("<svg");
  }

  @Test
  void tablesWithAnAccuracyGiveTheSecondStage() throws IOException {
    var lines = new StringBuilder("flops,nll_per_char,accuracy,kind\n");
    for (int i = 0; i <= 10; i++) {
      double loss = 2.6 - 0.1 * i;
      double accuracy = 0.25 + 0.7 / (1 + Math.exp(9 * (loss - 2.2)));
      lines.append(Math.pow(10, 20 + 0.5 * i) + "," + loss + "," + accuracy + ",a\n");
    }
    var file = Files.writeString(dir.resolve("points.csv"), lines);
    assertThat(herd("scale", "fit", file.toString(), "--at", "1e26", "--json")).isZero();
    assertThat(json().at("/fits/all/sigmoid/k").asDouble()).isCloseTo(9, within(0.01));
    assertThat(json().at("/fits/all/linear/slopePerDecade").asDouble())
        .isCloseTo(-0.2, within(1e-9));
    assertThat(herd("scale", "fit", file.toString(), "--optimal", "kind=b")).isEqualTo(2);
    assertThat(herd("scale", "fit", file.toString(), "--optimal", "kind")).isEqualTo(2);
    assertThat(herd("scale", "fit", file.toString())).isZero();
    assertThat(text()).contains("steepness 9.0");
    assertThat(herd("scale", "fit", dir + "/no.csv")).isEqualTo(2);
  }

  @Test
  void aStudyIsToldBeforeItBegins() throws IOException {
    var recipe = """
        name: study
        stages:
          curate: {kind: curate, sources: [file:none.jar], steps: [{kind: extract-html}]}
          tokenizer: {kind: tokenizer, vocab: 600}
          grid: {kind: scale-grid, budgets: [6e9, 1.2e10], sizes: 3, sequence: 64, tuning: {batch: 0.25}}
        """;
    var file = Files.writeString(dir.resolve("study.yaml"), recipe);
    assertThat(herd("scale", "run", file.toString(), "--dry-run", "--runs", dir + "/runs"))
        .as(err.toString())
        .isZero();
    assertThat(text()).contains("6 models", "each seen once", "steps of");
    assertThat(dir.resolve("runs/study")).doesNotExist();
    assertThat(
            herd("scale", "run", file.toString(), "--dry-run", "--json", "--runs", dir + "/runs"))
        .isZero();
    assertThat(json().path("runs").size()).isEqualTo(6);
    var without = recipe.substring(0, recipe.indexOf("  grid:"));
    file = Files.writeString(dir.resolve("none.yaml"), without);
    assertThat(herd("scale", "run", file.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("no study of small models", "scale-grid");
  }
}
