package herd.engine.infer;

import herd.engine.UserError;
import herd.engine.kernel.KernelChoice;
import herd.engine.model.Adapter;
import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import herd.engine.sample.LogProbs;
import herd.engine.sample.Sampling;
import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.KvRows;
import herd.engine.tensor.ReferenceKernels;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Workers;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class EngineTest {
  private static final LlamaConfig TINY =
      new LlamaConfig(97, 32, 2, 4, 2, 8, 64, 500_000, null, 1e-5, true, 160);
  private static final long BLOCK_BYTES = 2L * 2 * 2 * 8 * 8 * 8; // 8 positions in F64
  private static final EngineSettings SETTINGS =
      EngineSettings.DEFAULTS.withBlockTokens(8).withPlaces(4).withStepTokens(24);

  private final Arena arena = Arena.ofShared();
  private final Kernels kernels = new ReferenceKernels();
  private final Llama model = Llama.random(arena, DType.F64, TINY, 5);
  private final Random random = new Random(1);

  @AfterEach
  void close() {
    arena.close();
  }

  private int[] tokens(int n) {
    return random.ints(n, 0, TINY.vocab()).toArray();
  }

  private Engine engine(EngineSettings settings) {
    return new Engine(model, null, kernels, settings);
  }

  private List<Request> requests(int n) {
    var shared = tokens(30);
    var out = new ArrayList<Request>();
    for (int i = 0; i < n; i++) {
      var prompt = tokens(1 + random.nextInt(40));
      System.arraycopy(
          shared, 0, prompt, 0, i % 2 == 0 ? Math.min(prompt.length, shared.length) : 0);
      var sampling =
          i % 3 == 0 ? Sampling.greedy() : Sampling.of(i, 0.8 + 0.2 * (i % 5), i % 4 * 10, 0.95);
      out.add(Request.of(prompt, sampling, 1 + random.nextInt(30))
          .withStopIds(Set.of(i % 97, 40))
          .withLogProbs(i % 4 - 1, i % 5 == 0));
    }
    return out;
  }

  private static List<Result> answers(Engine engine, List<Request> requests) {
    return engine.submit(requests, _ -> Listener.NONE).stream()
        .map(Ticket::join)
        .toList();
  }

  private List<Result> oneByOne(List<Request> requests) {
    try (var engine = engine(SETTINGS.withPlaces(1).withPrefixSharing(false))) {
      return requests.stream().map(r -> engine.submit(r, Listener.NONE).join()).toList();
    }
  }

  private static void assertSame(List<Result> found, List<Result> expected) {
    for (int i = 0; i < expected.size(); i++) {
      var a = found.get(i);
      var b = expected.get(i);
      assertThat(a.failure()).isNull();
      assertThat(a.ids()).as("answer " + i).isEqualTo(b.ids());
      assertThat(a.finish()).isEqualTo(b.finish());
      assertSameTokens(a.tokens(), b.tokens());
      assertSameTokens(a.prompt(), b.prompt());
    }
  }

  private static void assertSameTokens(List<Token> found, List<Token> expected) {
    assertThat(found).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      assertThat(found.get(i).id()).isEqualTo(expected.get(i).id());
      if (!Double.isNaN(expected.get(i).logProb())) {
        assertThat(found.get(i).logProb()).isCloseTo(expected.get(i).logProb(), within(1e-6));
      }
      assertThat(found.get(i).top().stream().map(LogProbs.Likely::id).toList())
          .isEqualTo(expected.get(i).top().stream().map(LogProbs.Likely::id).toList());
    }
  }

  @Test
  void batchEqualsOneByOne() {
    var requests = requests(24);
    try (var engine = engine(SETTINGS)) {
      assertSame(answers(engine, requests), oneByOne(requests));
      assertThat(engine.stats().cachedTokens()).isPositive();
      assertThat(engine.stats().usedBlocks()).isZero();
    }
  }

  @Test
  void preemptedEqualsUndisturbed() {
    var requests = requests(24);
    try (var engine = engine(SETTINGS.withKvBytes(12 * BLOCK_BYTES))) {
      assertSame(answers(engine, requests), oneByOne(requests));
      assertThat(engine.stats().preemptions()).isPositive();
      assertThat(engine.stats().totalBlocks()).isEqualTo(12);
    }
  }

  @Test
  void deterministicAnswersAreEqualToTheLastBit() {
    var odd = new LlamaConfig(97, 36, 2, 6, 2, 12, 50, 500_000, null, 1e-5, true, 160);
    var requests = requests(20).stream().map(r -> r.withLogProbs(2, true)).toList();
    try (var workers = new Workers(2);
        var f32 = Arena.ofShared()) {
      var fast = KernelChoice.best(workers);
      var plain = Llama.random(f32, DType.F32, odd, 5);
      var settings = SETTINGS.withDeterministic(true);
      var alone = new ArrayList<Result>();
      try (var engine =
          new Engine(plain, null, fast, settings.withPlaces(1).withPrefixSharing(false))) {
        requests.forEach(r -> alone.add(engine.submit(r, Listener.NONE).join()));
      }
      try (var engine = new Engine(
          plain, null, fast, settings.withStepTokens(61).withPlaces(7).withLookup(3))) {
        var together = answers(engine, requests);
        for (int i = 0; i < alone.size(); i++) {
          assertThat(together.get(i).ids()).isEqualTo(alone.get(i).ids());
          assertThat(together.get(i).tokens().stream().map(Token::top).toList())
              .isEqualTo(alone.get(i).tokens().stream().map(Token::top).toList());
          assertThat(together.get(i).prompt().stream().map(Token::top).toList())
              .isEqualTo(alone.get(i).prompt().stream().map(Token::top).toList());
        }
      }
    }
  }

  private Adapter adapter(long seed) {
    var parts = new LinkedHashMap<String, Adapter.LowRank>();
    var numbers = new Random(seed);
    for (var name : List.of("0.self_attn.q_proj", "1.mlp.down_proj", "1.self_attn.v_proj")) {
      var weight = model.weights().get("model.layers." + name + ".weight");
      var a = Tensor.allocate(arena, DType.F64, 3, weight.cols());
      var b = Tensor.allocate(arena, DType.F64, weight.rows(), 3);
      for (var tensor : List.of(a, b)) {
        for (int r = 0; r < tensor.rows(); r++) {
          for (int c = 0; c < tensor.cols(); c++) {
            tensor.set(r, c, 0.3 * numbers.nextGaussian());
          }
        }
      }
      parts.put("model.layers." + name + ".weight", new Adapter.LowRank(a, b));
    }
    return new Adapter(parts);
  }

  /// The model with the additions in its weights.
  private Llama merged(Adapter adapter) {
    var merged = model.copy(arena, DType.F64);
    adapter.on(model).forEach((weight, part) -> {
      var name = model.weights().entrySet().stream()
          .filter(e -> e.getValue() == weight)
          .findFirst()
          .orElseThrow()
          .getKey();
      var target = merged.parameters().get(name);
      for (int r = 0; r < target.rows(); r++) {
        for (int c = 0; c < target.cols(); c++) {
          double sum = target.get(r, c);
          for (int i = 0; i < part.a().rows(); i++) {
            sum += part.b().get(r, i) * part.a().get(i, c);
          }
          target.set(r, c, sum);
        }
      }
    });
    return merged;
  }

  @Test
  void adaptersSideBySideEqualMergedModels() {
    var prompt = tokens(40);
    var request = Request.of(prompt, Sampling.greedy(), 12).withLogProbs(3, false);
    var one = adapter(1);
    var two = adapter(2);
    var asked = List.of(request.withAdapter(one), request, request.withAdapter(two));
    try (var engine = engine(SETTINGS);
        var first = new Engine(merged(one), null, kernels, SETTINGS);
        var second = new Engine(merged(two), null, kernels, SETTINGS)) {
      for (int round = 0; round < 2; round++) {
        var found = answers(engine, asked);
        var expected = List.of(
            first.submit(request, Listener.NONE).join(),
            oneByOne(List.of(request)).getFirst(),
            second.submit(request, Listener.NONE).join());
        assertSame(found, expected);
        assertThat(found.stream().map(Result::cachedTokens)).containsOnly(round == 0 ? 0 : 32);
      }
      assertThat(adapter(1).fingerprint()).isEqualTo(one.fingerprint());
    }
    var other = Llama.random(
        arena,
        DType.F64,
        new LlamaConfig(97, 16, 2, 4, 2, 8, 64, 500_000, null, 1e-5, true, 160),
        5);
    assertThatThrownBy(() -> one.on(other)).isInstanceOf(UserError.class);
  }

  @Test
  void fewerBitsOfKeysAndValuesGiveNearlyTheSame() {
    var requests = requests(12).stream().map(r -> r.withLogProbs(0, true)).toList();
    var expected = oneByOne(requests);
    for (var format : KvRows.Format.values()) {
      double most = format == KvRows.Format.F16 ? 1e-3 : 2e-2;
      try (var engine = engine(SETTINGS.withKv(format).withKvBytes(12 * BLOCK_BYTES))) {
        assertThat(engine.stats().totalBlocks()).isGreaterThan(4 * 12 - 1);
        var found = answers(engine, requests);
        for (int i = 0; i < found.size(); i++) {
          var prompt = found.get(i).prompt();
          for (int t = 1; t < prompt.size(); t++) {
            assertThat(prompt.get(t).logProb())
                .isCloseTo(expected.get(i).prompt().get(t).logProb(), within(most));
          }
        }
      }
      var batched = engine(SETTINGS.withKv(format));
      var alone = engine(SETTINGS.withKv(format).withPlaces(1).withPrefixSharing(false));
      try (batched;
          alone) {
        assertSame(answers(batched, requests), answers(alone, requests));
      }
    }
  }

  @Test
  void speculationChangesNothing() {
    var phrase = tokens(6);
    var requests = new ArrayList<Request>(requests(8));
    for (int i = 0; i < 8; i++) {
      var prompt = new int[36];
      for (int t = 0; t < prompt.length; t++) {
        prompt[t] = phrase[t % phrase.length];
      }
      requests.add(Request.of(prompt, Sampling.of(i, 0.2 * (i % 3), 2, 1), 60));
    }
    try (var engine = engine(SETTINGS.withLookup(5))) {
      assertSame(answers(engine, requests), oneByOne(requests));
      assertThat(engine.stats().acceptedTokens()).isPositive();
      assertThat(engine.stats().draftedTokens()).isGreaterThan(engine.stats().acceptedTokens());
    }
  }

  @Test
  void samePromptIsComputedOnce() {
    var prompt = tokens(60);
    try (var engine = engine(SETTINGS)) {
      var requests = new ArrayList<Request>();
      for (int i = 0; i < 4; i++) {
        requests.add(Request.of(prompt, Sampling.of(i, 1, 0, 1), 4));
      }
      var answers = answers(engine, requests);
      assertThat(answers.stream().map(Result::cachedTokens)).containsExactly(0, 56, 56, 56);
      var salted = engine
          .submit(requests.getFirst().withCacheSalt("other"), Listener.NONE)
          .join();
      assertThat(salted.cachedTokens()).isZero();
      assertThat(salted.ids()).isEqualTo(answers.getFirst().ids());
    }
  }

  @Test
  void cancelledFreesItsBlocksInOneStep() throws InterruptedException {
    try (var engine = engine(SETTINGS)) {
      var begun = new CountDownLatch(1);
      var cancelled = new CountDownLatch(1);
      var ticket =
          engine.submit(Request.of(tokens(20), Sampling.of(1, 1, 0, 1), 130), new Listener() {
            @Override
            public void token(Token token) {
              begun.countDown();
              try {
                cancelled.await(); // the engine is within a step
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            }
          });
      begun.await();
      ticket.cancel();
      cancelled.countDown();
      var result = ticket.await();
      assertThat(result.finish()).isEqualTo(Finish.CANCELLED);
      assertThat(result.ids().length).isLessThanOrEqualTo(2);
      var next = engine.submit(Request.of(tokens(3), Sampling.greedy(), 1), Listener.NONE);
      next.await();
      while (engine.stats().running() > 0) {
        Thread.onSpinWait();
      }
      assertThat(engine.stats().usedBlocks()).isZero();
    }
  }

  @Test
  void fullQueueRefuses() throws InterruptedException {
    var inStep = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    try (var engine = engine(SETTINGS.withPlaces(1).withQueue(2))) {
      var first = engine.submit(Request.of(tokens(3), Sampling.greedy(), 2), new Listener() {
        @Override
        public void token(Token token) {
          inStep.countDown();
          try {
            goOn.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        }
      });
      inStep.await();
      var request = Request.of(tokens(3), Sampling.greedy(), 2);
      try {
        assertThatThrownBy(() -> {
              for (int i = 0; i < 4; i++) {
                engine.submit(request, Listener.NONE);
              }
            })
            .isInstanceOf(Busy.class);
      } finally {
        goOn.countDown();
      }
      assertThat(first.await().ids()).hasSize(2);
    }
  }

  @Test
  void whoHasHeardAnAnswerFindsTheQueueWithoutIt() {
    try (var engine = engine(SETTINGS.withPlaces(1).withQueue(1))) {
      var request = Request.of(tokens(3), Sampling.greedy(), 1);
      for (int i = 0; i < 500; i++) {
        assertThat(engine.submit(request, Listener.NONE).join().ids()).hasSize(1);
      }
    }
  }

  @Test
  void badListenerHarmsItsOwnAnswerAlone() {
    try (var engine = engine(SETTINGS)) {
      var ends = new AtomicInteger();
      var bad = engine.submit(Request.of(tokens(3), Sampling.greedy(), 9), new Listener() {
        @Override
        public void token(Token token) {
          throw new IllegalStateException("mine");
        }

        @Override
        public void end(Result result) {
          ends.incrementAndGet();
        }
      });
      var good = engine.submit(Request.of(tokens(3), Sampling.greedy(), 9), Listener.NONE);
      assertThat(bad.join().finish()).isEqualTo(Finish.FAILED);
      assertThat(bad.join().failure()).hasMessage("mine");
      assertThat(good.join().ids()).hasSize(9);
      assertThat(ends).hasValue(1);
    }
  }

  @Test
  void impossibleRequestsAreRefused() {
    try (var engine = engine(SETTINGS)) {
      assertThat(engine.context()).isEqualTo(160);
      for (var prompt : List.of(new int[0], tokens(160), new int[] {97}, new int[] {-1})) {
        var request = Request.of(prompt, Sampling.greedy(), 1);
        assertThatThrownBy(() -> engine.submit(request, Listener.NONE))
            .isInstanceOf(UserError.class);
      }
      var stops = Request.of(tokens(2), Sampling.greedy(), 1).withStops(List.of("x"));
      assertThatThrownBy(() -> engine.submit(stops, Listener.NONE)).isInstanceOf(UserError.class);
    }
    try (var engine = engine(SETTINGS.withContext(200))) {
      assertThat(engine
              .submit(Request.of(tokens(190), Sampling.greedy(), 30), Listener.NONE)
              .join()
              .ids())
          .hasSize(11);
    }
  }
}
