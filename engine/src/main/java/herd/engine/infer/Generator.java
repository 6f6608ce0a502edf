package herd.engine.infer;

import herd.engine.UserError;
import herd.engine.infer.Answer.Finish;
import herd.engine.model.Eager;
import herd.engine.model.KvCache;
import herd.engine.model.Llama;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Writes answers to prompts, several at a time: every step is one ragged batch of the running
/// answers' next tokens and of the prompts that just got a place. An answer that ends gives its
/// place to the next prompt at once.
public final class Generator {
  private static final int PROMPT_TOKENS = 2048;

  private final Llama model;
  private final Kernels kernels;
  private final int places;

  /// @param places answers written at a time; more is faster in all and takes more memory
  public Generator(Llama model, Kernels kernels, int places) {
    this.model = model;
    this.kernels = kernels;
    this.places = places;
  }

  /// Hears each token as it is written.
  @FunctionalInterface
  public interface Listener {
    /// Writes all answers to their ends.
    Listener NONE = (_, _) -> true;

    /// @param prompt index of the prompt that is being answered
    /// @return false to end this answer here
    boolean token(int prompt, int id);
  }

  /// One answer for each prompt, in order.
  /// @throws UserError if a prompt is empty or fills the model's context
  public List<Answer> generate(List<int[]> prompts, Sampling sampling, Listener listener) {
    int context = model.config().context();
    int rows = 1;
    for (var prompt : prompts) {
      if (prompt.length == 0 || prompt.length >= context) {
        throw new UserError(
            "prompt",
            prompt.length + " tokens",
            "1 to " + (context - 1) + " (the model's context is " + context + ")",
            "Shorten the prompt.");
      }
      rows = Math.max(rows, Math.min(context, prompt.length + sampling.maxTokens()));
    }
    int count = Math.min(places, prompts.size());
    try (var arena = Arena.ofShared()) {
      var type = model.type();
      var cache = new KvCache(arena, type, model.config(), Math.multiplyExact(count, rows));
      try (var ops = new Eager(kernels, cache)) {
        return new Run(ops, prompts, sampling, listener, rows, count).all();
      }
    }
  }

  /// An answer being written: its place in the cache and the tokens that are not in it yet.
  private final class Writing {
    final int prompt;
    final int place;
    final SplittableRandom random;
    int[] next;
    int past;
    int[] ids = new int[16];
    int length;

    Writing(int prompt, int place, int[] ids, long seed) {
      this.prompt = prompt;
      this.place = place;
      this.next = ids;
      this.random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + prompt);
    }

    void append(int id) {
      if (length == ids.length) {
        ids = Arrays.copyOf(ids, 2 * length);
      }
      ids[length++] = id;
      past += next.length;
      next = new int[] {id};
    }
  }

  private final class Run {
    private final Eager ops;
    private final List<int[]> prompts;
    private final Sampling sampling;
    private final Listener listener;
    private final int rows;
    private final Answer[] answers;
    private final List<Writing> running = new ArrayList<>();
    private final ArrayDeque<Integer> free = new ArrayDeque<>();
    private int admitted;

    Run(
        Eager ops,
        List<int[]> prompts,
        Sampling sampling,
        Listener listener,
        int rows,
        int places) {
      this.ops = ops;
      this.prompts = prompts;
      this.sampling = sampling;
      this.listener = listener;
      this.rows = rows;
      this.answers = new Answer[prompts.size()];
      for (int i = 0; i < places; i++) {
        free.add(i);
      }
    }

    List<Answer> all() {
      while (admitted < prompts.size() || !running.isEmpty()) {
        admit();
        step();
      }
      return Arrays.asList(answers);
    }

    private void admit() {
      int tokens = 0;
      while (admitted < prompts.size() && !free.isEmpty() && tokens < PROMPT_TOKENS) {
        var ids = prompts.get(admitted);
        running.add(new Writing(admitted, free.remove(), ids, sampling.seed()));
        tokens += ids.length;
        admitted++;
      }
    }

    private void step() {
      int n = running.size();
      var start = new int[n];
      var length = new int[n];
      var past = new int[n];
      var keyStart = new int[n];
      var lasts = new int[n];
      int tokens = 0;
      for (int s = 0; s < n; s++) {
        var writing = running.get(s);
        start[s] = tokens;
        length[s] = writing.next.length;
        past[s] = writing.past;
        keyStart[s] = writing.place * rows;
        tokens += length[s];
        lasts[s] = tokens - 1;
      }
      var batch = new int[tokens];
      for (int s = 0; s < n; s++) {
        System.arraycopy(running.get(s).next, 0, batch, start[s], length[s]);
      }
      ops.reset();
      var hidden = model.forward(ops, batch, new Segments(start, length, past, past, keyStart));
      var scores = ops.linear(ops.embedding(hidden, lasts), model.head());
      for (int s = 0; s < n; s++) {
        choose(running.get(s), scores.rows(s, s + 1));
      }
      running.removeIf(writing -> answers[writing.prompt] != null);
    }

    private void choose(Writing writing, Tensor scores) {
      int id = sampling.draw(scores.toFloats(), writing.random);
      if (sampling.stops(id)) {
        end(writing, Finish.STOP);
        return;
      }
      writing.append(id);
      if (!listener.token(writing.prompt, id)) {
        end(writing, Finish.CANCELLED);
      } else if (writing.length == sampling.maxTokens() || writing.past == rows) {
        end(writing, Finish.LENGTH);
      }
    }

    private void end(Writing writing, Finish finish) {
      answers[writing.prompt] = new Answer(Arrays.copyOf(writing.ids, writing.length), finish);
      free.add(writing.place);
    }
  }
}
