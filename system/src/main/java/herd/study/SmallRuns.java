package herd.study;

import herd.engine.UserError;
import herd.engine.model.Llama;
import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.run.Disk;
import herd.run.Interrupted;
import herd.run.Progress;
import herd.run.Workspace;
import herd.train.AdamW;
import herd.train.Batches;
import herd.train.Objective;
import herd.train.course.TrainingRun;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/// Trains models, one on each of the given kernels at a time, the longest first. What a run came to
/// is kept in the scratch directory when it ends, and every minute or so a checkpoint: killed and
/// started again nothing is done twice. The results do not depend on how many run at a time.
public final class SmallRuns {
  /// Tokens of a forward and backward pass, in whole rows.
  public static final int TOKENS_PER_BATCH = 2048;

  private static final double SECONDS_BETWEEN_CHECKPOINTS = 60;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final List<Kernels> each;
  private final Function<RunPlan, Batches> batches;
  private final HeldOut heldOut;
  private final AdamW optimizer;
  private final Workspace workspace;
  private final Speeds speeds;
  private final double expected;
  private double before;

  /// @param each kernels of the models that are trained at a time
  /// @param batches what a run learns from, made anew for each
  /// @param speeds what is expected, for the time that is left
  /// @param expected seconds of all models that are going to be trained, one after the other
  public SmallRuns(
      List<Kernels> each,
      Function<RunPlan, Batches> batches,
      HeldOut heldOut,
      AdamW optimizer,
      Workspace workspace,
      Speeds speeds,
      double expected) {
    this.expected = expected;
    this.each = List.copyOf(each);
    this.batches = batches;
    this.heldOut = heldOut;
    this.optimizer = optimizer;
    this.workspace = workspace;
    this.speeds = speeds;
  }

  /// One run: where it works, and the model that it leaves to whoever wants it.
  private final class Work implements Runnable {
    private final ConcurrentLinkedQueue<RunPlan> queue;
    private final Kernels kernels;
    private final Map<String, Outcome> outcomes;
    private final Shown shown;
    private final AtomicReference<RuntimeException> failure;

    Work(
        ConcurrentLinkedQueue<RunPlan> queue,
        Kernels kernels,
        Map<String, Outcome> outcomes,
        Shown shown,
        AtomicReference<RuntimeException> failure) {
      this.queue = queue;
      this.kernels = kernels;
      this.outcomes = outcomes;
      this.shown = shown;
      this.failure = failure;
    }

    @Override
    public void run() {
      for (var plan = queue.poll(); plan != null && failure.get() == null; plan = queue.poll()) {
        try {
          var outcome = train(plan, kernels, shown.of(plan, failure));
          outcomes.put(plan.name(), outcome);
          shown.end(outcome);
        } catch (UserError e) {
          failure.compareAndSet(null, e.in(plan.name()));
        } catch (RuntimeException e) {
          failure.compareAndSet(null, e);
        }
      }
    }
  }

  /// Trains what was not trained yet.
  /// @return in the order of `plans`
  /// @throws Interrupted if the user asked to stop; the states are saved
  public List<Outcome> run(List<RunPlan> plans) {
    var outcomes = new ConcurrentHashMap<String, Outcome>();
    var left = new ArrayList<RunPlan>();
    for (var plan : plans) {
      var kept = kept(plan);
      if (kept == null) {
        left.add(plan);
      } else {
        outcomes.put(plan.name(), kept);
      }
    }
    left.sort(Comparator.comparingDouble((RunPlan plan) -> -speeds.seconds(plan)));
    var shown = new Shown(plans, outcomes);
    if (outcomes.size() > 0 && !left.isEmpty()) {
      workspace.progress().say(outcomes.size() + " of " + plans.size() + " models are trained");
    }
    var queue = new ConcurrentLinkedQueue<>(left);
    var failure = new AtomicReference<RuntimeException>();
    var threads = new ArrayList<Thread>();
    for (int i = 1; i < Math.min(each.size(), left.size()); i++) {
      var work = new Work(queue, each.get(i), outcomes, shown, failure);
      threads.add(Thread.ofPlatform().name("herd-study-" + i).start(work));
    }
    new Work(queue, each.getFirst(), outcomes, shown, failure).run();
    for (var thread : threads) {
      join(thread);
    }
    if (failure.get() != null) {
      throw failure.get();
    }
    before += plans.stream().mapToDouble(speeds::seconds).sum();
    return plans.stream().map(plan -> outcomes.get(plan.name())).toList();
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Interrupted();
    }
  }

  private Path record(RunPlan plan) {
    return workspace.scratch().resolve(plan.name() + ".json");
  }

  private Outcome kept(RunPlan plan) {
    try {
      var file = record(plan);
      return Files.exists(file) ? Outcome.of(plan, JSON.readTree(Files.readString(file))) : null;
    } catch (IOException | JacksonException e) {
      return null; // trained again
    }
  }

  private Outcome train(RunPlan plan, Kernels kernels, Progress progress) {
    long begun = System.nanoTime();
    var folder = workspace.scratch().resolve(plan.name());
    var own = new Workspace(
        Disk.directory(folder.resolve("result")),
        Disk.directory(folder.resolve("scratch")),
        JsonNodeFactory.instance.objectNode(),
        progress,
        workspace.seed());
    double each = speeds.seconds(plan) / plan.steps();
    long saveEvery = Math.max(1, Math.round(SECONDS_BETWEEN_CHECKPOINTS / each));
    try (var arena = Arena.ofShared()) {
      var model = Llama.random(arena, DType.F32, plan.config(), workspace.seed());
      new TrainingRun(
              kernels,
              new Objective.LanguageModel(),
              optimizer,
              plan.schedule(),
              batches.apply(plan),
              plan.steps(),
              saveEvery,
              1)
          .run(model, own);
      var losses = heldOut.losses(model, kernels);
      double seconds = Math.round((System.nanoTime() - begun) / 1e8) / 10.0;
      var outcome = new Outcome(plan, heldOut.mean(losses), losses, seconds);
      Disk.write(record(plan), outcome.json().toString());
      Disk.delete(folder);
      return outcome;
    }
  }

  /// How far all runs together are, in seconds of the expected time.
  private final class Shown {
    private final Map<String, Double> done = new LinkedHashMap<>();
    private final double total;
    private final int runs;
    private int ended;

    Shown(List<RunPlan> plans, Map<String, Outcome> outcomes) {
      total = Math.max(
          expected, before + plans.stream().mapToDouble(speeds::seconds).sum());
      runs = plans.size();
      for (var plan : plans) {
        done.put(plan.name(), outcomes.containsKey(plan.name()) ? speeds.seconds(plan) : 0);
      }
      ended = outcomes.size();
      show();
    }

    private synchronized void show() {
      double sum =
          before + done.values().stream().mapToDouble(Double::doubleValue).sum();
      workspace
          .progress()
          .at(
              Math.round(10 * sum),
              Math.max(1, Math.round(10 * total)),
              "parts",
              Map.of("models", ended + " of " + runs));
    }

    synchronized void end(Outcome outcome) {
      ended++;
      done.put(outcome.plan().name(), speeds.seconds(outcome.plan()));
      var plan = outcome.plan();
      workspace
          .progress()
          .say(String.format(
              Locale.ROOT,
              "%s: %.3g parameters, %.3g tokens, loss %.4f, %.0f s",
              plan.name(),
              plan.shape().params(),
              (double) plan.tokens(),
              outcome.loss(),
              outcome.seconds()));
      show();
    }

    Progress of(RunPlan plan, AtomicReference<RuntimeException> failure) {
      return new Progress() {
        @Override
        public void at(long steps, long all, String unit, Map<String, Object> facts) {
          synchronized (Shown.this) {
            done.put(plan.name(), speeds.seconds(plan) * steps / Math.max(1, all));
          }
          show();
        }

        @Override
        public void say(String line) {
          workspace.progress().say(plan.name() + ": " + line);
        }

        @Override
        public boolean interrupted() {
          return failure.get() != null || workspace.progress().interrupted();
        }
      };
    }
  }
}
