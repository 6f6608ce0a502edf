package herd.engine.infer;

import herd.engine.automaton.Vocabulary;
import herd.engine.grammar.Grammar;
import herd.engine.grammar.JsonStyle;
import herd.engine.kernel.KernelChoice;
import herd.engine.model.Adapter;
import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import herd.engine.sample.Sampling;
import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.KvRows;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Workers;
import herd.engine.text.BpeTrainer;
import herd.engine.text.Tokenizer;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;

import static org.assertj.core.api.Assertions.assertThat;

/// A deterministic engine gives each request the answer that it gives it alone, to the last bit,
/// whatever else is in the batch and with all that makes it faster switched on: beginnings shared,
/// guesses by lookup and by a draft model, places lost and found, adapters, constraints, fewer
/// bits.
class EnginePropertyTest {
  private static final String TEXT = "the cat sat on the mat, café 日本 and the hat.\n";
  private static final Tokenizer TOKENIZER =
      BpeTrainer.train(List.of(TEXT.repeat(2)), 290, Tokenizer.LLAMA3_SPECIALS);
  private static final Vocabulary VOCABULARY = Vocabulary.of(TOKENIZER);
  private static final List<Grammar> FORMS = List.of(
      Grammar.ofRegex("[a-d]{3,20}(the cat )*\\."),
      Grammar.ofText("root ::= \"[\" (word (\",\" word)*)? \"]\"\nword ::= [a-z]+ | [0-9]+"),
      Grammar.ofJsonSchema(
          "{\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"integer\"}, \"b\": {\"enum\":"
              + " [\"the cat\", \"the hat\"]}}, \"required\": [\"a\", \"b\"]}",
          JsonStyle.COMPACT));

  /// Everything that one try needs.
  private static final class Case implements AutoCloseable {
    final Random random;
    final Arena arena = Arena.ofShared();
    final Workers workers = new Workers(2);
    final Kernels kernels = KernelChoice.best(workers);
    final Llama model;
    final EngineSettings alone;
    final EngineSettings together;

    Case(long seed) {
      random = new Random(seed);
      // Sizes at which rows end within vectors.
      var config =
          new LlamaConfig(TOKENIZER.vocab(), 36, 2, 6, 2, 12, 50, 500_000, null, 1e-5, true, 160);
      model = sure(config, 5, 0);
      var formats = new ArrayList<KvRows.Format>(List.of(KvRows.Format.values()));
      formats.add(null);
      var kv = formats.get(random.nextInt(formats.size()));
      long position = 2 * PagedModel.positionBytes(model, kv);
      alone = EngineSettings.DEFAULTS
          .withDeterministic(true)
          .withBlockTokens(List.of(4, 8, 16).get(random.nextInt(3)))
          .withKv(kv)
          .withKvBytes(position * 200)
          .withPlaces(1)
          .withPrefixSharing(false);
      int places = 2 + random.nextInt(6);
      var draft = new DraftModel(
          sure(config, 5, random.nextBoolean() ? 0.05 : 0.3), TOKENIZER, 1 + random.nextInt(4));
      together = alone
          .withStepTokens(places + random.nextInt(60))
          .withPlaces(places)
          .withPrefixSharing(true)
          .withLookup(random.nextInt(4))
          .withDraft(random.nextInt(3) == 0 ? null : draft)
          .withKvBytes(position * (170 + random.nextInt(400)));
    }

    private Llama sure(LlamaConfig config, long seed, double noise) {
      var made = Llama.random(arena, DType.F32, config, seed);
      var numbers = new Random(seed);
      made.parameters().forEach((name, tensor) -> {
        for (int r = 0; r < tensor.rows(); r++) {
          for (int c = 0; c < tensor.cols(); c++) {
            double factor = name.equals("model.norm.weight") ? 5 : 1;
            tensor.set(r, c, tensor.get(r, c) * factor * (1 + noise * numbers.nextGaussian()));
          }
        }
      });
      return made;
    }

    Adapter adapter(long seed) {
      var parts = new LinkedHashMap<String, Adapter.LowRank>();
      var numbers = new Random(seed);
      for (var name : List.of("0.self_attn.q_proj", "1.mlp.down_proj", "0.self_attn.v_proj")) {
        var weight = model.weights().get("model.layers." + name + ".weight");
        var a = Tensor.allocate(arena, DType.F32, 3, weight.cols());
        var b = Tensor.allocate(arena, DType.F32, weight.rows(), 3);
        for (var tensor : List.of(a, b)) {
          for (int r = 0; r < tensor.rows(); r++) {
            for (int c = 0; c < tensor.cols(); c++) {
              tensor.set(r, c, 0.2 * numbers.nextGaussian());
            }
          }
        }
        parts.put("model.layers." + name + ".weight", new Adapter.LowRank(a, b));
      }
      return new Adapter(parts);
    }

    List<Request> requests(int n) {
      var adapters = new ArrayList<>(List.of(adapter(1), adapter(2)));
      adapters.add(null);
      int[] shared = TOKENIZER.encode(TEXT.repeat(4));
      var out = new ArrayList<Request>();
      for (int i = 0; i < n; i++) {
        int[] prompt = random.ints(1 + random.nextInt(70), 0, TOKENIZER.vocab()).toArray();
        int same = random.nextInt(Math.min(prompt.length, shared.length) + 1);
        System.arraycopy(shared, 0, prompt, 0, same);
        var request = request(prompt, i).withAdapter(adapters.get(random.nextInt(3)));
        out.add(random.nextInt(4) == 0 ? request.withCacheSalt("" + i % 2) : request);
      }
      return out;
    }

    private Request request(int[] prompt, int i) {
      return switch (random.nextInt(8)) {
        case 0 -> Request.score(prompt, random.nextInt(prompt.length + 1));
        case 1 -> Request.embedding(prompt, Request.Pooling.values()[random.nextInt(2)]);
        default -> {
          var sampling =
              switch (random.nextInt(3)) {
                case 0 -> Sampling.greedy();
                case 1 -> Sampling.of(i, 0.8, 20, 0.95);
                default ->
                  Sampling.of(
                      i,
                      new Sampling.Repetition(1.2),
                      new Sampling.Presence(0.3),
                      new Sampling.Temperature(1.3),
                      new Sampling.MinP(0.02));
              };
          var form = FORMS.get(random.nextInt(FORMS.size())).constraint(VOCABULARY);
          yield Request.of(prompt, sampling, 1 + random.nextInt(50))
              .withStopIds(Set.of(TOKENIZER.special("<|eot_id|>")))
              .withStops(random.nextBoolean() ? List.of() : List.of("sat", "日"))
              .withConstraint(random.nextInt(3) == 0 ? form : null)
              .withLogProbs(random.nextInt(4) - 1, random.nextInt(4) == 0);
        }
      };
    }

    Engine engine(EngineSettings settings) {
      return new Engine(model, TOKENIZER, kernels, settings);
    }

    @Override
    public void close() {
      workers.close();
      arena.close();
    }
  }

  @Property(tries = 1)
  void aRequestGetsTheAnswerThatItGetsAlone(@ForAll long seed) {
    try (var made = new Case(seed)) {
      var requests = made.requests(16);
      var alone = new ArrayList<Result>();
      for (var request : requests) {
        try (var engine = made.engine(made.alone)) {
          alone.add(engine.submit(request, Listener.NONE).join());
        }
      }
      try (var engine = made.engine(made.together)) {
        for (int round = 0; round < 2; round++) { // the second finds beginnings in the cache
          var tickets = new ArrayList<Ticket>();
          for (var request : requests) {
            tickets.add(engine.submit(request, Listener.NONE));
          }
          for (int i = 0; i < tickets.size(); i++) {
            assertSame(tickets.get(i).join(), alone.get(i), requests.get(i));
          }
        }
      }
    }
  }

  @Property(tries = 20)
  @Tag("slow")
  void bothHoldForManyMore(@ForAll long seed) throws InterruptedException {
    aRequestGetsTheAnswerThatItGetsAlone(seed);
    whatIsCancelledHarmsNobodyAndLeavesNothing(seed);
  }

  private static void assertSame(Result found, Result expected, Request request) {
    assertThat(found.failure()).isNull();
    assertThat(found.ids()).as(request.toString()).isEqualTo(expected.ids());
    assertThat(found.text()).isEqualTo(expected.text());
    assertThat(found.finish()).isEqualTo(expected.finish());
    assertThat(found.stop()).isEqualTo(expected.stop());
    assertThat(found.tokens()).isEqualTo(expected.tokens());
    assertThat(found.prompt()).isEqualTo(expected.prompt());
    assertThat(found.embedding()).isEqualTo(expected.embedding());
  }

  @Property(tries = 1)
  void whatIsCancelledHarmsNobodyAndLeavesNothing(@ForAll long seed) throws InterruptedException {
    try (var made = new Case(seed)) {
      var requests = made.requests(16);
      try (var engine = made.engine(made.together)) {
        var undisturbed = engine.answers(requests);
        var tickets = engine.submit(requests, _ -> Listener.NONE);
        var dropped = new Random(seed);
        for (var ticket : tickets) {
          if (dropped.nextBoolean()) {
            ticket.cancel();
          }
          Thread.sleep(dropped.nextInt(2));
        }
        for (int i = 0; i < tickets.size(); i++) {
          var result = tickets.get(i).join();
          if (result.finish() != Finish.CANCELLED) {
            assertSame(result, undisturbed.get(i), requests.get(i));
          } else {
            int[] whole = undisturbed.get(i).ids();
            assertThat(result.ids()).isEqualTo(Arrays.copyOf(whole, result.ids().length));
          }
        }
        while (engine.stats().running() > 0) {
          Thread.onSpinWait();
        }
        assertThat(engine.stats().usedBlocks()).isZero();
        assertThat(engine.stats().queued()).isZero();
      }
    }
  }
}
