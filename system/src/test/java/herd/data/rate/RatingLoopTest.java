package herd.data.rate;

import com.sun.net.httpserver.HttpServer;
import herd.data.fasttext.Loss;
import herd.data.fasttext.TrainSettings;
import herd.engine.UserError;
import herd.run.Progress;
import herd.settings.Binder;
import herd.settings.YamlReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

/// The loop from rubric to scores, with a server whose answers follow a rule.
class RatingLoopTest {
  private static final Rubric RUBRIC = new Rubric(
      "quality",
      "Judge.",
      List.of(new Rubric.Label("good", "x", 1), new Rubric.Label("bad", "y", 0)),
      2000);
  private static final TrainSettings TRAINING =
      new TrainSettings(16, 20, 0.5, 1, 0, 1, 0, 0, 0, Loss.SOFTMAX, 5, 1, 1);

  @TempDir
  Path dir;

  private final AtomicInteger asked = new AtomicInteger();
  private final AtomicInteger busy = new AtomicInteger();

  /// Says good of texts with the word `proof`; every fiftieth request first meets a busy server.
  private HttpServer server() throws IOException {
    var server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext("/v1/chat/completions", call -> {
      var body = new JsonMapper().readTree(call.getRequestBody().readAllBytes());
      boolean wait = busy.incrementAndGet() % 50 == 0;
      var answer = wait ? "{}" : answer(body);
      var bytes = answer.getBytes(StandardCharsets.UTF_8);
      call.sendResponseHeaders(wait ? 503 : 200, bytes.length);
      call.getResponseBody().write(bytes);
      call.close();
    });
    server.start();
    return server;
  }

  private String answer(JsonNode body) {
    asked.incrementAndGet();
    var names = body.at("/response_format/json_schema/schema/properties/label/enum");
    assertThat(names).hasSize(2);
    var text = body.at("/messages/1/content").stringValue();
    var label = text.contains("nothing") ? "perhaps" : text.contains("proof") ? "good" : "bad";
    var json = JsonNodeFactory.instance.objectNode();
    json.putArray("choices")
        .addObject()
        .putObject("message")
        .put("content", "{\"label\": \"" + label + "\"}");
    return json.toString();
  }

  private Path documents(int count) throws IOException {
    var random = new Random(3);
    var rows = new StringBuilder();
    for (int i = 0; i < count; i++) {
      var text = new StringBuilder(random.nextInt(3) == 0 ? "proof" : "offer");
      for (int word = 0; word < 8; word++) {
        text.append(" w").append(random.nextInt(30));
      }
      var row = JsonNodeFactory.instance.objectNode().put("id", "d" + i);
      rows.append(row.put("text", i % 20 == 7 ? "nothing" : text.toString())).append('\n');
    }
    return Files.writeString(dir.resolve("docs.jsonl"), rows.append("{\"id\": \"empty\"}\n"));
  }

  @Test
  void aRubricBecomesScores() throws IOException {
    var in = documents(150);
    var server = server();
    try (var rater = new EndpointRater(
        "http://127.0.0.1:" + server.getAddress().getPort() + "/v1/", "any", "", 4)) {
      var loop = new RatingLoop(RUBRIC, 100, 0.3, TRAINING, 0.25, Double.NaN, 1);
      var out = dir.resolve("rated");
      var report = loop.run(in, out, rater, Progress.NONE);
      assertThat(report.get("asked").intValue()).isEqualTo(100);
      assertThat(report.get("labelled").intValue()).isBetween(85, 99);
      assertThat(report.at("/heldOut/kappa").doubleValue()).isGreaterThan(0.6);
      assertThat(report.at("/heldOut/low").doubleValue())
          .isLessThanOrEqualTo(report.at("/heldOut/kappa").doubleValue());
      assertThat(report.get("documents").intValue()).isEqualTo(150);
      assertThat(report.get("kept").intValue()).isBetween(38, 60);
      assertThat(report.get("withoutText").intValue()).isEqualTo(1);
      var scores = Files.readAllLines(out.resolve("scores.jsonl"));
      assertThat(scores).hasSize(150);

      // A run that was stopped asks only for what is missing, and ends alike.
      int before = asked.get();
      var labels = Files.readAllLines(out.resolve("labels.jsonl"));
      Files.writeString(
          out.resolve("labels.jsonl"), String.join("\n", labels.subList(0, 90)) + "\n{\"id\": \"d");
      assertThat(loop.run(in, out, rater, Progress.NONE)).isEqualTo(report);
      assertThat(asked.get() - before).isEqualTo(10);
      assertThat(Files.readAllLines(out.resolve("scores.jsonl"))).isEqualTo(scores);
    } finally {
      server.stop(0);
    }
  }

  @Test
  void mistakesAreTold() throws IOException {
    var server = server();
    var few = documents(10);
    try (var rater = new EndpointRater(
        "http://127.0.0.1:" + server.getAddress().getPort() + "/v2", "any", "", 1)) {
      assertMistake("status 404", () -> rater.rate(RUBRIC, List.of("proof")));
      var loop = new RatingLoop(RUBRIC, 50, 0.3, TRAINING, Double.NaN, 0.5, 1);
      assertMistake("10 texts", () -> loop.run(few, dir.resolve("few"), rater, Progress.NONE));
    } finally {
      server.stop(0);
    }
    assertMistake("one of them", () -> new RatingLoop(RUBRIC, 50, 0.3, TRAINING, 0.5, 0.5, 1));
    assertMistake("http", () -> new EndpointRater("ftp://x", "any", "", 1));
    assertMistake(
        "twice",
        () -> new Rubric(
            "q", "", List.of(new Rubric.Label("a", "", 0), new Rubric.Label("a", "", 1)), 10));
  }

  private static void assertMistake(String message, Runnable call) {
    assertThatThrownBy(call::run).isInstanceOf(UserError.class).hasMessageContaining(message);
  }

  @Test
  void theRubricsThatComeAlongCanBeRead() throws IOException {
    var read = new ArrayList<String>();
    try (var files = Files.list(Path.of("../recipes/rubrics"))) {
      for (var file : files.toList()) {
        read.add(Binder.bind(YamlReader.read(file), Rubric.class, "the rubric").name());
      }
    }
    assertThat(read).contains("quality", "code", "maths", "knowledge");
  }

  @Test
  void kappaIsThatOfTheBooks() {
    // 20 both yes, 15 both no, 5 and 10 apart.
    var first = new int[50];
    var second = new int[50];
    for (int i = 0; i < 50; i++) {
      first[i] = i < 25 ? 1 : 0;
      second[i] = i < 20 || i >= 25 && i < 35 ? 1 : 0;
    }
    var agreement = Agreement.of(first, second, 2, 1);
    assertThat(agreement.kappa()).isCloseTo(0.4, within(1e-12));
    assertThat(agreement.equal()).isCloseTo(0.7, within(1e-12));
    assertThat(agreement.low()).isBetween(0.05, 0.25);
    assertThat(agreement.high()).isBetween(0.55, 0.75);
  }

  @Property(tries = 50)
  void equalLabellingsAgreeWholly(
      @ForAll @Size(min = 2, max = 30) List<@IntRange(max = 3) Integer> labels) {
    var all = labels.stream().mapToInt(i -> i).toArray();
    var agreement = Agreement.of(all, all, 4, 1);
    boolean one = labels.stream().distinct().count() == 1;
    assertThat(Double.compare(agreement.kappa(), one ? Double.NaN : 1.0)).isZero();
    assertThat(agreement.equal()).isEqualTo(1);
  }
}
