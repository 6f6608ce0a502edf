package herd.serve;

import java.time.Duration;
import java.util.Collections;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/// Models that nobody asks for give their memory back and come again with the next request.
class IdleModelsTest {
  private final AtomicInteger loads = new AtomicInteger();

  private Models.Found find(String name) {
    return new Models.Found(name, 1 << 20, () -> {
      loads.incrementAndGet();
      return TinyModel.parts(name, 64);
    });
  }

  @Test
  void aSleepingModelIsListedAndWakesWhenItIsAsked() throws Exception {
    var models = new Models(TinyModel.SETTINGS, this::find, 0, Duration.ofHours(1));
    try (var own = new RunningServer(models)) {
      models.load("one");
      models.rest(3_600_000);
      assertThat(models.all()).hasSize(1);
      assertThat(loads).hasValue(1);
      models.rest(0);
      assertThat(models.all()).isEmpty();
      assertThat(own.get("/v1/models").body()).contains("\"one\"");
      assertThat(own.get("/v1/models/one").statusCode()).isEqualTo(200);
      assertThat(own.get("/ready").statusCode()).isEqualTo(200);
      assertThat(loads).hasValue(1);
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        Callable<JsonNode> ask =
            () -> own.ask("/v1/completions", "{'model': 'one', 'prompt': 'the', 'max_tokens': 2}");
        var asked = threads.invokeAll(Collections.nCopies(4, ask));
        for (var one : asked) {
          assertThat(one.get().get("choices")).hasSize(1);
        }
      }
      assertThat(loads).hasValue(2);
      // A claim on the model ends a moment after its answer.
      RunningServer.eventually(() -> {
        models.rest(0);
        return models.all().isEmpty();
      });
      models.unload("one");
      assertThat(own.get("/v1/models/one").statusCode()).isEqualTo(404);
    }
  }

  @Test
  void nobodyNeedsToSayWhenAModelSleeps() throws Exception {
    var models = new Models(TinyModel.SETTINGS, this::find, 0, Duration.ofMillis(20));
    try (var own = new RunningServer(models)) {
      models.load("one");
      RunningServer.eventually(() -> models.all().isEmpty());
      assertThat(own.get("/v1/models").body()).contains("\"one\"");
    }
  }

  /// A model that is being loaded does not keep those waiting who ask for another.
  @Test
  void othersAnswerWhileOneIsLoaded() throws Exception {
    var begun = new CountDownLatch(1);
    var may = new CountDownLatch(1);
    var models = new Models(
        TinyModel.SETTINGS,
        name -> new Models.Found(name, 1 << 20, () -> {
          begun.countDown();
          try {
            may.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          return TinyModel.parts(name, 64);
        }),
        0);
    models.add(TinyModel.parts("tiny", 64));
    try (var own = new RunningServer(models)) {
      var loading = Thread.ofVirtual().start(() -> models.load("slow"));
      begun.await();
      own.ask("/v1/completions", "{'model': 'tiny', 'prompt': 'the', 'max_tokens': 2}");
      assertThat(own.refused("/v1/completions", "{'model': 'slow', 'prompt': 'the'}")
              .get("status"))
          .hasToString("404");
      assertThat(own.refused("/admin/models", "{'model': 'slow'}").get("code").stringValue())
          .isEqualTo("model_loaded");
      may.countDown();
      loading.join();
      assertThat(models.names()).containsExactly("tiny", "slow");
    }
  }
}
