package herd.data.rate;

import herd.engine.UserError;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A model behind OpenAI's protocol: a JSON Schema lets it write nothing but a label.
public final class EndpointRater implements Rater {
  private static final int TRIES = 5;
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final JsonMapper json = new JsonMapper();
  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(20)).build();
  private final URI address;
  private final String model;
  private final String key;
  private final Semaphore places;

  /// @param base `http://localhost:8080/v1`
  /// @param model its name there
  /// @param key secret, empty for none
  /// @param places requests at a time
  public EndpointRater(String base, String model, String key, int places) {
    if (!base.matches("https?://.+")) {
      throw new UserError("--endpoint", base, "http://HOST:PORT/v1", "");
    }
    this.address = URI.create(base.replaceFirst("/+$", "") + "/chat/completions");
    this.model = model;
    this.key = key;
    this.places = new Semaphore(places);
  }

  @Override
  public List<String> rate(Rubric rubric, List<String> texts) {
    var answers = new ArrayList<Future<String>>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var text : texts) {
        answers.add(threads.submit(() -> {
          places.acquire();
          try {
            return ask(rubric, text);
          } finally {
            places.release();
          }
        }));
      }
      var labels = new ArrayList<String>();
      for (var answer : answers) {
        labels.add(answer.get());
      }
      return labels;
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while documents are labelled", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof UserError mistake
          ? mistake
          : new IllegalStateException("a document could not be labelled", e.getCause());
    }
  }

  private String ask(Rubric rubric, String text) throws InterruptedException {
    var request = HttpRequest.newBuilder(address)
        .timeout(PATIENCE)
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(body(rubric, text).toString()));
    if (!key.isEmpty()) {
      request.header("Authorization", "Bearer " + key);
    }
    for (int attempt = 1; ; attempt++) {
      String trouble;
      try {
        var response = client.send(request.build(), BodyHandlers.ofString());
        if (response.statusCode() == 200) {
          return label(rubric, response);
        }
        trouble = "status " + response.statusCode() + ": " + start(response.body());
        if (response.statusCode() < 500 && response.statusCode() != 429) {
          attempt = TRIES; // it will not change its mind
        }
      } catch (IOException e) {
        trouble = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      }
      if (attempt >= TRIES) {
        throw new UserError(
            "--endpoint " + address, trouble, "Check address, model and OPENAI_API_KEY.");
      }
      Thread.sleep(200L << attempt);
    }
  }

  private static String start(String body) {
    return body.substring(0, Math.min(200, body.length()));
  }

  private ObjectNode body(Rubric rubric, String text) {
    var body = JsonNodeFactory.instance.objectNode();
    body.put("model", model).put("temperature", 0).put("max_tokens", 64);
    var messages = body.putArray("messages");
    messages.addObject().put("role", "system").put("content", rubric.system());
    messages.addObject().put("role", "user").put("content", rubric.question(text));
    var format = body.putObject("response_format").put("type", "json_schema");
    var schema = format.putObject("json_schema").put("name", "label").put("strict", true);
    var object = schema.putObject("schema").put("type", "object");
    var label = object.putObject("properties").putObject("label").put("type", "string");
    var names = label.putArray("enum");
    rubric.names().forEach(names::add);
    object.putArray("required").add("label");
    object.put("additionalProperties", false);
    return body;
  }

  /// The label in an answer, null if there is none.
  private String label(Rubric rubric, HttpResponse<String> response) {
    try {
      var content = json.readTree(response.body())
          .path("choices")
          .path(0)
          .path("message")
          .path("content")
          .asString("");
      String word = content.strip();
      if (word.startsWith("{")) {
        word = json.readTree(word).path("label").asString("").strip();
      }
      return rubric.names().contains(word) ? word : null;
    } catch (JacksonException e) {
      return null;
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
