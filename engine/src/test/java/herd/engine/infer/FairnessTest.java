package herd.engine.infer;

import herd.engine.UserError;
import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import herd.engine.sample.Sampling;
import herd.engine.tensor.DType;
import herd.engine.tensor.ReferenceKernels;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/// Who gets a step, a place and a block, and when.
class FairnessTest {
  private static final LlamaConfig TINY =
      new LlamaConfig(97, 32, 2, 4, 2, 8, 64, 500_000, null, 1e-5, true, 160);
  private static final EngineSettings SETTINGS =
      EngineSettings.DEFAULTS.withBlockTokens(8).withPlaces(4).withStepTokens(8);

  private final Arena arena = Arena.ofShared();
  private final Llama model = Llama.random(arena, DType.F64, TINY, 5);
  private final Random random = new Random(1);

  @AfterEach
  void close() {
    arena.close();
  }

  private Request request(int prompt, int answer) {
    int[] ids = random.ints(prompt, 0, TINY.vocab()).toArray();
    return Request.of(ids, Sampling.greedy(), answer);
  }

  private Engine engine(EngineSettings settings) {
    return new Engine(model, null, new ReferenceKernels(), settings);
  }

  /// The order in which requests get their first tokens.
  private static List<Integer> order(Engine engine, List<Request> requests) {
    var order = new ArrayList<Integer>();
    var tickets = engine.submit(requests, i -> new Listener() {
      @Override
      public void token(Token token) {
        if (!order.contains(i)) {
          order.add(i);
        }
      }
    });
    tickets.forEach(Ticket::join);
    return order;
  }

  @Test
  void aLongPromptStallsNoRunningAnswer() {
    var requests = List.of(request(3, 30), request(150, 2), request(5, 30));
    try (var engine = engine(SETTINGS)) {
      var steps = new ArrayList<Long>();
      var first = new ArrayList<Long>();
      engine
          .submit(requests, i -> new Listener() {
            @Override
            public void token(Token token) {
              (i == 0 ? steps : i == 1 ? first : new ArrayList<Long>())
                  .add(engine.stats().steps()); // steps before this one
            }
          })
          .forEach(Ticket::join);
      assertThat(steps)
          .isEqualTo(IntStream.range(0, 30).mapToObj(i -> steps.getFirst() + i).toList());
      assertThat(first.getFirst()).isBetween(20L, 27L); // 150 tokens, 6 or 7 of them a step
    }
  }

  @Test
  void noneIsPassedBySinceItIsLarge() {
    long block = 8 * PagedModel.positionBytes(model, null);
    var requests = new ArrayList<Request>();
    requests.add(request(30, 40));
    requests.add(request(80, 3));
    for (int i = 0; i < 5; i++) {
      requests.add(request(4, 3));
    }
    try (var engine = engine(SETTINGS.withKvBytes(12 * block))) {
      assertThat(order(engine, requests)).startsWith(0, 1);
    }
  }

  @Test
  void clientsTakeTurnsWhereRequestsWait() {
    var requests = new ArrayList<Request>();
    for (int i = 0; i < 8; i++) {
      requests.add(request(3, 6).withClient("many"));
    }
    requests.add(request(3, 6).withClient("few"));
    requests.add(request(3, 6).withClient("other"));
    try (var engine = engine(SETTINGS.withPlaces(3))) {
      assertThat(order(engine, requests).subList(0, 3)).containsExactlyInAnyOrder(0, 8, 9);
    }
  }

  @Test
  void moreThanTheContextIsRefusedUnlessAskedFor() {
    try (var engine = engine(SETTINGS)) {
      assertThatThrownBy(() -> engine.submit(request(160, 1), Listener.NONE))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("the context is 160");
      assertThat(engine.submit(request(159, 9), Listener.NONE).join().ids()).hasSize(2);
    }
    try (var engine = engine(SETTINGS.withContext(300))) {
      assertThat(engine.submit(request(290, 5), Listener.NONE).join().ids()).hasSize(5);
    }
  }

  @Test
  void aListOfRequestsIsTakenWhollyOrNotAtAll() {
    try (var engine = engine(SETTINGS.withQueue(3))) {
      var four = List.of(request(3, 1), request(3, 1), request(3, 1), request(3, 1));
      assertThatThrownBy(() -> engine.submit(four, _ -> Listener.NONE)).isInstanceOf(Busy.class);
      assertThat(engine.stats().queued()).isZero();
      assertThat(engine.answers(four)).hasSize(4); // in two parts
      var wrong = List.of(request(3, 1), Request.of(new int[0], Sampling.greedy(), 1));
      assertThatThrownBy(() -> engine.submit(wrong, _ -> Listener.NONE))
          .isInstanceOf(UserError.class);
    }
  }
}
