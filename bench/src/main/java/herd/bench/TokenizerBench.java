package herd.bench;

import herd.engine.text.BpeTrainer;
import herd.engine.text.Tokenizer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Text to tokens and back, on a page of prose and code.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class TokenizerBench {
  private String page;
  private Tokenizer tokenizer;
  private int[] tokens;

  /// A page, and a tokenizer learnt from it.
  @Setup
  public void page() {
    var text = new StringBuilder();
    for (int i = 0; i < 200; i++) {
      text.append("Returns the element at position ").append(i).append(" of this list.\n");
      text.append("  return table[")
          .append(i * 31)
          .append("] == null ? 0 : size(); // fast path\n");
    }
    page = text.toString();
    tokenizer = BpeTrainer.train(List.of(page), 1000, List.of("<|begin_of_text|>"));
    tokens = tokenizer.encode(page);
  }

  /// A page to tokens.
  @Benchmark
  public int[] encode() {
    return tokenizer.encode(page);
  }

  /// The page's tokens to text.
  @Benchmark
  public String decode() {
    return tokenizer.decode(tokens);
  }
}
