package herd.engine.infer;

import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import herd.engine.sample.LogProbs;
import herd.engine.sample.Sampling;
import herd.engine.score.Beam;
import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.ReferenceKernels;
import herd.engine.text.BpeTrainer;
import herd.engine.text.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/// The engine with a tokenizer: text, stop strings, constraints, and the example of the guide.
class EngineTextTest {
  private static final String TEXT = "the cat sat on the mat, café 日本 and the hat.\n";

  private final Arena arena = Arena.ofShared();
  private final Kernels kernels = new ReferenceKernels();
  private final Tokenizer tokenizer =
      BpeTrainer.train(List.of(TEXT.repeat(2)), 290, Tokenizer.LLAMA3_SPECIALS);
  private final Llama model = Llama.random(
      arena,
      DType.F64,
      new LlamaConfig(tokenizer.vocab(), 32, 2, 4, 2, 8, 64, 500_000, null, 1e-5, true, 96),
      5);

  @TempDir
  Path folder;

  @AfterEach
  void close() {
    arena.close();
  }

  private Engine engine() {
    return new Engine(
        model, tokenizer, kernels, EngineSettings.DEFAULTS.withBlockTokens(8).withPlaces(4));
  }

  private Request request(int seed, int maxTokens) {
    return Request.of(tokenizer.encode(TEXT), Sampling.of(seed, 1, 0, 1), maxTokens);
  }

  @Test
  void deltasAndRestAreTheTextAndStopStringsEndIt() {
    try (var engine = engine()) {
      for (int seed = 0; seed < 12; seed++) {
        var heard = new StringBuilder();
        var listener = new Listener() {
          @Override
          public void token(Token token) {
            heard.append(token.delta());
          }
        };
        var free = engine.submit(request(seed, 20), listener).join();
        assertThat(heard + free.rest()).isEqualTo(free.text());
        int[] plain =
            Arrays.stream(free.ids()).filter(id -> !tokenizer.isSpecial(id)).toArray();
        assertThat(free.text()).isEqualTo(tokenizer.decode(plain));
        if (free.text().length() < 8) {
          continue;
        }
        var stop = free.text().substring(4, 7);
        heard.setLength(0);
        var stopped = engine
            .submit(request(seed, 20).withStops(List.of("\u0000", stop)), listener)
            .join();
        assertThat(stopped.finish()).isEqualTo(Finish.STOP);
        assertThat(stopped.stop()).isEqualTo(stop);
        assertThat(stopped.text())
            .isEqualTo(free.text().substring(0, free.text().indexOf(stop)));
        assertThat(heard + stopped.rest()).isEqualTo(stopped.text());
      }
    }
  }

  /// Allows the ids of a list one after the other; may end when all have come.
  private record Fixed(int[] ids, int[] at) implements Constraint {
    @Override
    public Constraint fork() {
      return new Fixed(ids, at.clone());
    }

    @Override
    public void allowed(long[] mask) {
      Arrays.fill(mask, 0);
      if (at[0] < ids.length) {
        mask[ids[at[0]] / 64] = 1L << ids[at[0]] % 64;
      }
    }

    @Override
    public void accept(int id) {
      assertThat(id).isEqualTo(ids[at[0]++]);
    }

    @Override
    public boolean mayEnd() {
      return at[0] == ids.length;
    }
  }

  @Test
  void constraintDecidesAndEndsTheAnswer() {
    int[] wanted = tokenizer.encode("the mat");
    int stop = tokenizer.special("<|eot_id|>");
    try (var engine = engine()) {
      var request = request(1, 50).withConstraint(new Fixed(wanted, new int[1]));
      for (int i = 0; i < 2; i++) {
        var result =
            engine.submit(request.withStopIds(Set.of(stop)), Listener.NONE).join();
        assertThat(result.text()).isEqualTo("the mat");
        assertThat(result.finish()).isEqualTo(Finish.STOP);
      }
    }
  }

  @Test
  void promptIsScoredAlsoWhenItsBlocksAreKept() {
    int[] prompt = tokenizer.encode(TEXT + TEXT);
    try (var engine = engine()) {
      var request = Request.of(prompt, Sampling.greedy(), 0);
      engine.submit(Request.of(prompt, Sampling.greedy(), 1), Listener.NONE).join();
      var result = engine.submit(request.withLogProbs(1, true), Listener.NONE).join();
      assertThat(result.prompt()).hasSize(prompt.length);
      assertThat(result.prompt().getFirst().logProb()).isNaN();
      assertThat(result.finish()).isEqualTo(Finish.LENGTH);
      var item =
          new Scorer.Item(Arrays.copyOf(prompt, 1), Arrays.copyOfRange(prompt, 1, prompt.length));
      double sum = result.prompt().stream().skip(1).mapToDouble(Token::logProb).sum();
      assertThat(sum)
          .isCloseTo(
              new Scorer(model, kernels).score(List.of(item)).getFirst().logProb(), within(1e-4));
    }
  }

  @Test
  void beamOfOneIsGreedyAndWiderBeamsAreLikelier() {
    int[] prompt = tokenizer.encode("the cat");
    try (var engine = engine()) {
      var greedy = engine
          .submit(Request.of(prompt, Sampling.greedy(), 6).withLogProbs(0, false), Listener.NONE)
          .join();
      var one = new Beam(1, 6, Set.of(), 0).search(engine, prompt).getFirst();
      var four = new Beam(4, 6, Set.of(), 0).search(engine, prompt);
      assertThat(one.ids()).isEqualTo(greedy.ids());
      assertThat(one.logProb())
          .isCloseTo(greedy.tokens().stream().mapToDouble(Token::logProb).sum(), within(1e-6));
      assertThat(four).hasSize(4);
      assertThat(four.getFirst().logProb()).isGreaterThanOrEqualTo(one.logProb());
      assertThat(four).isSortedAccordingTo((a, b) -> Double.compare(b.logProb(), a.logProb()));
    }
  }

  @Test
  void beamFindsTheLikeliestPairOfAll() {
    int[] prompt = tokenizer.encode("hat");
    try (var engine = engine()) {
      var first = top(engine, prompt);
      double best = Double.NEGATIVE_INFINITY;
      for (var likely : first) {
        var longer = Arrays.copyOf(prompt, prompt.length + 1);
        longer[prompt.length] = likely.id();
        best = Math.max(best, likely.logProb() + top(engine, longer).getFirst().logProb());
      }
      var wide = new Beam(tokenizer.vocab(), 2, Set.of(), 0).search(engine, prompt);
      assertThat(wide.getFirst().logProb()).isCloseTo(best, within(1e-9));
    }
  }

  private List<LogProbs.Likely> top(Engine engine, int[] prompt) {
    var request = Request.of(prompt, Sampling.greedy(), 1).withLogProbs(tokenizer.vocab(), false);
    return engine.submit(request, Listener.NONE).join().tokens().getFirst().top();
  }

  @Test
  void exampleOfTheGuideCompilesAndRuns() throws Exception {
    var guide = Files.readString(Path.of("../docs/guide-engine.md"));
    int from = guide.indexOf("```java\n") + 8;
    var program = Files.writeString(
        folder.resolve("Ask.java"), guide.substring(from, guide.indexOf("```", from)));
    var compiler = ToolProvider.findFirst("javac").orElseThrow();
    String[] options = {
      "-cp", System.getProperty("java.class.path"), "-d", folder.toString(), program.toString()
    };
    assertThat(compiler.run(System.out, System.err, options)).isZero();
    model.copy(arena, DType.F32).save(folder);
    tokenizer.save(folder.resolve("tokenizer.json"));
    var out = new ByteArrayOutputStream();
    var before = System.out;
    try (var loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
      System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
      loader.loadClass("Ask").getMethod("main", String[].class).invoke(null, (Object)
          new String[] {folder.toString(), "the cat"});
    } finally {
      System.setOut(before);
    }
    assertThat(out.toString(StandardCharsets.UTF_8)).matches("(?s).*\\[(LENGTH|STOP), \\d+]\\s+");
  }

  @Test
  void severalAnswersOfOneStepKeepTheirOrder() {
    try (var engine = engine()) {
      var order = new ArrayList<Integer>();
      var tickets = new ArrayList<Ticket>();
      for (int i = 0; i < 9; i++) {
        int own = i;
        tickets.add(engine.submit(request(i, 3).withCacheSalt("" + i), new Listener() {
          @Override
          public void end(Result result) {
            order.add(own);
          }
        }));
      }
      tickets.forEach(Ticket::join);
      assertThat(order).isSorted();
    }
  }
}
