package herd.report;

import herd.engine.UserError;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/// The fixture under `report/tiny` has the form of a real run's files, with hostile texts in it.
class ReportTest {
  /// Hosts that the browser asks of its own accord, whatever page it opens.
  private static final Pattern OWN = Pattern.compile("(.*\\.)?(google|googleapis|gstatic)\\.com");

  @TempDir
  private Path run;

  @BeforeEach
  void copyFixture() throws Exception {
    Path fixture = Path.of(ReportTest.class.getResource("/report/tiny").toURI());
    try (var files = Files.walk(fixture)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = run.resolve(fixture.relativize(file).toString());
        Files.createDirectories(target.getParent());
        Files.copy(file, target);
      }
    }
  }

  private String page() throws IOException {
    return Files.readString(Report.write(run));
  }

  @Test
  void theKeyNumbersStandOnThePage() throws IOException {
    assertThat(page())
        .contains("Raised from tiny.yaml on 21 November 2026")
        .contains("13\u00a0min 31\u00a0s")
        .contains("AMD EPYC 9B45", "25.0.3")
        .contains("class use page", "4,310", "62\u00a0MB", "16,839")
        .contains("64.5%", "60.7 – 68.3", "+7.5", "+3.2 to +11.8")
        .contains("neither a gain nor a loss is shown", "worse, and not by chance")
        .contains("word-overlap: 66.0%", "xz -9e: 1.118", "no clear change")
        .contains("StringUtils.reverse(String str)", "warmup-cosine")
        .contains("xz -9e of the same text needs 1.118");
  }

  @Test
  void hostileTextIsOnlyText() throws IOException {
    String page = page();
    assertThat(page).contains("&lt;script&gt;document.title=&#39;hacked&#39;&lt;/script&gt;");
    assertThat(Pattern.compile("<script").matcher(page).results().count()).isEqualTo(1);
    assertThat(page).doesNotContain("<img", "\u202e", "\u0007");
  }

  @Test
  void theSameFilesGiveTheSamePage() throws IOException {
    assertThat(page()).isEqualTo(page());
  }

  @Test
  void whatIsMissingIsLeftOut() throws IOException {
    for (String stage : new String[] {"curate", "eval", "sft", "quantize", "dpo", "anneal"}) {
      delete(run.resolve(stage));
    }
    Files.delete(run.resolve("result.json"));
    assertThat(page())
        .contains("id=\"training\"", run.getFileName().toString())
        .doesNotContain("id=\"evaluation\"", "id=\"data\"", "id=\"answers\"", "id=\"samples\"");
    Files.writeString(run.resolve("pretrain/stage.json"), "{}");
    assertThat(page()).doesNotContain("id=\"training\"");
  }

  @Test
  void factsOfAnotherFormAreNoCrash() throws IOException {
    String text = Files.readString(run.resolve("eval/stage.json"));
    for (String broken : new String[] {
      text.replace("\"value\"", "\"worth\""),
      text.replaceAll("\"(low|high|items)\": [-\\d.]+", "\"$1\": \"many\""),
      text.replace("\"unit\": \"\"", "\"unit\": 7"),
      text.replaceAll("\"better\": \"\\w+\"", "\"better\": null"),
      "{\"facts\": {\"series\": [{\"columns\": [\"step\"], \"rows\": [[1], 2, []]}, 5],"
          + "\"funnel\": {\"a\": 1}, \"measures\": [1], \"answers\": [\"x\", {}], \"notes\": [{}],"
          + "\"samples\": [[]], \"counts\": [1, 2]}}",
      "[]"
    }) {
      Files.writeString(run.resolve("eval/stage.json"), broken);
      assertThat(page()).contains("</html>");
    }
  }

  @Test
  void badRunsAreNamed() throws IOException {
    Files.writeString(run.resolve("sft/stage.json"), "{\"facts\": ");
    assertThatThrownBy(this::page)
        .isInstanceOf(UserError.class)
        .hasMessageContaining("sft/stage.json: not JSON");
    Path empty = Files.createDirectory(run.resolve("empty"));
    assertThatThrownBy(() -> Report.write(empty))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("no folder with a stage.json");
    assertThatThrownBy(() -> Report.write(run.resolve("absent"))).isInstanceOf(UserError.class);
  }

  @Test
  void chromiumOpensItWithoutComplaintOrRequest() throws Exception {
    String browser = browser();
    assumeTrue(browser != null, "no Chromium on the PATH");
    Path page = Report.write(run);
    Path log = run.resolve("chromium.log");
    Path out = run.resolve("dom.html");
    var process = new ProcessBuilder(
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-crash-reporter",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--user-data-dir=" + run.resolve("profile"),
            "--enable-logging=stderr",
            "--v=0",
            "--virtual-time-budget=2000",
            "--log-net-log=" + run.resolve("net.json"),
            "--dump-dom",
            page.toUri().toString())
        .redirectError(log.toFile())
        .redirectOutput(out.toFile())
        .start();
    awaitAll(process);
    assertThat(Files.readString(log)).doesNotContain("CONSOLE");
    assertThat(Files.readString(out))
        .contains("<title>tiny · Herd</title>", "64.5%", "</html>")
        .doesNotContain("hacked</title>");
    assertThat(Pattern.compile("\"url\":\"(https?|wss?)://([^/\"]*)")
            .matcher(Files.readString(run.resolve("net.json")))
            .results()
            .map(match -> match.group(2))
            .filter(host -> !OWN.matcher(host).matches())
            .toList())
        .isEmpty();
  }

  /// Waits for a program and those that it started: they write to a folder that is deleted then.
  private static void awaitAll(Process process) throws InterruptedException {
    var family = new HashSet<ProcessHandle>();
    family.add(process.toHandle());
    for (int i = 0; family.stream().anyMatch(ProcessHandle::isAlive); i++) {
      assertThat(i).as("hundredths of a second").isLessThan(30_000);
      process.descendants().forEach(family::add);
      Thread.sleep(10);
    }
  }

  private static String browser() {
    return Stream.of("chromium", "chromium-browser", "google-chrome")
        .filter(name -> Stream.of(System.getenv("PATH").split(File.pathSeparator))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, name))))
        .findFirst()
        .orElse(null);
  }

  private static void delete(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
