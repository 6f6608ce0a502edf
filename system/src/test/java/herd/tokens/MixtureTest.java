package herd.tokens;

import herd.engine.UserError;
import herd.train.PackedBatches;
import herd.train.TokenShard;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class MixtureTest {
  private static final Map<String, Long> HAVE =
      new TreeMap<>(Map.of("code", 100L, "general", 1000L, "maths", 50L, "multilingual", 200L));

  private static Mixture of(Map<String, Double> maxEpochs, Mixture.WhenOut whenOut) {
    return Mixture.of(HAVE, Mixture.LLAMA3, maxEpochs, whenOut);
  }

  @Test
  void thePapersMixOfAThousandTokens() {
    var plan = of(Map.of(), Mixture.WhenOut.STOP).plan(1000);
    assertThat(plan.shown()).containsExactly(170L, 500L, 250L, 80L);
    assertThat(plan.enough()).isTrue();
    assertThat(plan.out()).containsOnly(false);
    assertThat(plan.epochs(new Mixture.Part("maths", 25, 50, 9), 2)).isEqualTo(5);
  }

  /// Maths may be shown 4 times: 200 of the 250 that its weight asks for. The other 800 tokens go
  /// to the others as 17 : 50 : 8, so 181.3, 533.3 and 85.3.
  @Test
  void theOthersShareWhatASourceDoesNotGive() {
    var plan = of(Map.of("maths", 4.0), Mixture.WhenOut.REDISTRIBUTE).plan(1000);
    assertThat(plan.shown()).containsExactly(181L, 534L, 200L, 85L);
    assertThat(plan.out()).containsExactly(false, false, true, false);
    assertThat(plan.enough()).isTrue();
  }

  /// With code at most once, 100 tokens of it, the rest is 50 : 8 of 700: 603.4 and 96.6.
  @Test
  void aSourceThatTheOthersPartPushesOverItsLimitIsHeldToo() {
    var limits = Map.of("maths", 4.0, "code", 1.0);
    var plan = of(limits, Mixture.WhenOut.REDISTRIBUTE).plan(1000);
    assertThat(plan.shown()).containsExactly(100L, 603L, 200L, 97L);
    assertThat(plan.out()).containsExactly(true, false, true, false);
  }

  /// 200 tokens of maths are a quarter of 800.
  @Test
  void orTheMixEndsThere() {
    var plan = of(Map.of("maths", 4.0), Mixture.WhenOut.STOP).plan(1000);
    assertThat(plan.shown()).containsExactly(136L, 400L, 200L, 64L);
    assertThat(plan.tokens()).isEqualTo(800);
    assertThat(plan.enough()).isFalse();
  }

  @Test
  void allSourcesRunOut() {
    var once = Map.of("code", 1.0, "general", 1.0, "maths", 1.0, "multilingual", 0.5);
    var plan = of(once, Mixture.WhenOut.REDISTRIBUTE).plan(1_000_000);
    assertThat(plan.shown()).containsExactly(100L, 1000L, 50L, 100L);
    assertThat(plan.out()).containsOnly(true);
    assertThat(plan.enough()).isFalse();
  }

  @Test
  void theUsualWeightsArePapersWhereSourcesAreItsKinds() {
    assertThat(Mixture.usual(HAVE.keySet())).isEqualTo(Mixture.LLAMA3);
    assertThat(Mixture.usual(List.of("code", "general")))
        .isEqualTo(Map.of("general", 50.0, "code", 17.0));
    assertThat(Mixture.usual(List.of("code", "web"))).isEmpty();
    assertThat(Mixture.usual(List.of())).isEmpty();
    var natural = Mixture.of(HAVE, Map.of(), Map.of(), Mixture.WhenOut.REDISTRIBUTE);
    assertThat(natural.plan(1350).shown()).containsExactly(100L, 1000L, 50L, 200L);
  }

  @Test
  void mistakesAreNamed() {
    assertThatThrownBy(() -> Mixture.of(HAVE, Map.of("math", 1.0), Map.of(), null))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("math")
        .hasMessageContaining("maths");
    assertThatThrownBy(() -> Mixture.of(HAVE, Map.of(), Map.of("x", 1.0), null))
        .isInstanceOf(UserError.class);
    assertThatThrownBy(() -> Mixture.of(HAVE, Map.of("code", -1.0), Map.of(), null))
        .isInstanceOf(UserError.class);
    assertThatThrownBy(() -> Mixture.of(HAVE, Map.of("code", Double.NaN), Map.of(), null))
        .isInstanceOf(UserError.class);
    assertThatThrownBy(() -> Mixture.of(HAVE, Map.of(), Map.of("code", 0.0), null))
        .isInstanceOf(UserError.class);
    assertThatThrownBy(() -> Mixture.of(HAVE, Map.of("code", 0.0), Map.of(), Mixture.WhenOut.STOP)
            .plan(5))
        .isInstanceOf(UserError.class);
    assertThatThrownBy(() -> of(Map.of(), Mixture.WhenOut.STOP).plan(0))
        .isInstanceOf(UserError.class);
  }

  /// Tokens add up, no source is shown more often than it may, sources that keep their limit stand
  /// to each other as their weights do, and nothing is missing while any could give more.
  @Property(tries = 500)
  void aPlanAddsUp(
      @ForAll @Size(min = 1, max = 6) List<@LongRange(min = 0, max = 1_000_000) Long> have,
      @ForAll @Size(6) List<@IntRange(min = 0, max = 20) Integer> weights,
      @ForAll @Size(6) List<@DoubleRange(min = 0.1, max = 9) Double> limits,
      @ForAll @LongRange(min = 1, max = 20_000_000) long wanted,
      @ForAll boolean redistribute) {
    var parts = new ArrayList<Mixture.Part>();
    for (int s = 0; s < have.size(); s++) {
      double limit = limits.get(s) > 8 ? Double.POSITIVE_INFINITY : limits.get(s);
      parts.add(new Mixture.Part("s" + s, weights.get(s), have.get(s), limit));
    }
    if (weights.stream().limit(have.size()).allMatch(w -> w == 0)) {
      return;
    }
    var whenOut = redistribute ? Mixture.WhenOut.REDISTRIBUTE : Mixture.WhenOut.STOP;
    var plan = new Mixture(parts, whenOut).plan(wanted);
    assertThat(plan.tokens()).isLessThanOrEqualTo(wanted);
    double perWeight = Double.NaN;
    for (int s = 0; s < parts.size(); s++) {
      var part = parts.get(s);
      long shown = plan.shown().get(s);
      assertThat((double) shown).isBetween(0.0, part.tokens() == 0 ? 0 : part.most());
      if (part.weight() == 0) {
        assertThat(shown).isZero();
      } else if (!plan.out().get(s) && part.tokens() > 0) {
        double mine = shown / part.weight();
        perWeight = Double.isNaN(perWeight) ? mine : perWeight;
        assertThat(mine).isCloseTo(perWeight, within(2.0));
      }
    }
    if (redistribute && !plan.enough()) {
      for (int s = 0; s < parts.size(); s++) {
        var part = parts.get(s);
        if (part.weight() > 0 && part.tokens() > 0 && part.most() >= 1) {
          assertThat(plan.out().get(s)).isTrue();
        }
      }
    }
  }

  /// What is planned is what is shown, to within a row, and no source more often than it may be.
  @Test
  void batchesKeepToThePlan(@TempDir Path folder) {
    try (var arena = Arena.ofConfined()) {
      var shards = new ArrayList<List<TokenShard>>();
      for (int s = 0; s < 3; s++) {
        var file = folder.resolve(s + ".tokens");
        int documents = 10 * (s + 1);
        TokenShard.write(
            file,
            500,
            "t",
            IntStream.range(0, documents).mapToObj(d -> new int[20 + d % 7]).toList());
        shards.add(List.of(TokenShard.open(file, arena)));
      }
      var parts = new ArrayList<Mixture.Part>();
      for (int s = 0; s < 3; s++) {
        long tokens = shards.get(s).getFirst().tokens();
        parts.add(new Mixture.Part("s" + s, 3 - s, tokens, s == 0 ? 2.5 : 100));
      }
      int sequence = 16;
      long steps = 200;
      var plan = new Mixture(parts, Mixture.WhenOut.REDISTRIBUTE).plan(steps * sequence);
      assertThat(plan.out()).containsExactly(true, false, false);
      var sources = new ArrayList<PackedBatches.Source>();
      for (int s = 0; s < 3; s++) {
        sources.add(
            new PackedBatches.Source("s" + s, shards.get(s), plan.shown().get(s)));
      }
      var batches =
          new PackedBatches(sources, PackedBatches.Frame.NONE, sequence, sequence, sequence, 1);
      double[] epochs = batches.epochs(steps);
      for (int s = 0; s < 3; s++) {
        double row = (double) sequence / parts.get(s).tokens();
        assertThat(epochs[s]).isCloseTo(plan.epochs(parts.get(s), s), within(1.01 * row));
      }
    }
  }
}
