package herd.engine.infer;

import herd.engine.UserError;
import herd.engine.tensor.KvRows;
import java.util.function.Consumer;

/// How an engine works. Start from [#DEFAULTS] and change what matters.
/// @param places requests answered at a time
/// @param queue requests that may wait; one more is refused as [Busy]
/// @param stepTokens tokens of one forward pass at most: a long prompt is read in pieces of what
///     the running answers leave of it, so that they never wait for more than one such step
/// @param kvBytes memory for keys and values at most; it is taken as needed
/// @param blockTokens positions in one block of keys and values; requests with the same beginning
///     share whole blocks
/// @param context positions of one sequence at most; 0 for what the model was trained for. More
///     than that is asked for by naming it
/// @param prefixSharing whether blocks are kept and shared between requests
/// @param deterministic whether a request gets the same tokens whatever else is in the batch, bit
///     for bit; slower
/// @param lookup tokens that are guessed ahead from the sequence's own earlier text and then
///     checked together; 0 for none. Answers stay the same
/// @param draft a small model that guesses ahead where the text's past does not, null for none.
///     Answers stay the same
/// @param kv in which fewer bits keys and values are stored, null for all of them
public record EngineSettings(
    int places,
    int queue,
    int stepTokens,
    long kvBytes,
    int blockTokens,
    int context,
    boolean prefixSharing,
    boolean deterministic,
    int lookup,
    DraftModel draft,
    KvRows.Format kv) {
  /// 16 places, 1024 may wait, 512 tokens a step, 1 GiB of keys and values.
  public static final EngineSettings DEFAULTS =
      new EngineSettings(16, 1024, 512, 1L << 30, 48, 0, true, false, 0, null, null);

  public EngineSettings {
    least("places", places, 1);
    least("queue", queue, 1);
    least("stepTokens", stepTokens, 1);
    least("kvBytes", kvBytes, 1);
    least("blockTokens", blockTokens, 1);
    least("context", context, 0);
    least("lookup", lookup, 0);
    if (stepTokens < places) {
      throw new UserError(
          "stepTokens",
          stepTokens + " for " + places + " places",
          "at least one for each place",
          "Raise stepTokens or lower places.");
    }
  }

  private static void least(String name, long value, long least) {
    if (value < least) {
      throw new UserError(name, "" + value, least + " or more", "Correct it.");
    }
  }

  public EngineSettings withPlaces(int value) {
    return with(s -> {
      s.places = value;
      s.stepTokens = Math.max(stepTokens, value);
    });
  }

  public EngineSettings withQueue(int value) {
    return with(s -> s.queue = value);
  }

  public EngineSettings withStepTokens(int value) {
    return with(s -> s.stepTokens = value);
  }

  public EngineSettings withKvBytes(long value) {
    return with(s -> s.kvBytes = value);
  }

  public EngineSettings withBlockTokens(int value) {
    return with(s -> s.blockTokens = value);
  }

  public EngineSettings withContext(int value) {
    return with(s -> s.context = value);
  }

  public EngineSettings withPrefixSharing(boolean value) {
    return with(s -> s.prefixSharing = value);
  }

  public EngineSettings withDeterministic(boolean value) {
    return with(s -> s.deterministic = value);
  }

  public EngineSettings withLookup(int value) {
    return with(s -> s.lookup = value);
  }

  public EngineSettings withDraft(DraftModel value) {
    return with(s -> s.draft = value);
  }

  public EngineSettings withKv(KvRows.Format value) {
    return with(s -> s.kv = value);
  }

  private EngineSettings with(Consumer<Change> change) {
    var next = new Change(this);
    change.accept(next);
    return next.settings();
  }

  /// Settings whose values can be set, for as long as one change takes.
  private static final class Change {
    private int places;
    private int queue;
    private int stepTokens;
    private long kvBytes;
    private int blockTokens;
    private int context;
    private boolean prefixSharing;
    private boolean deterministic;
    private int lookup;
    private DraftModel draft;
    private KvRows.Format kv;

    Change(EngineSettings from) {
      places = from.places;
      queue = from.queue;
      stepTokens = from.stepTokens;
      kvBytes = from.kvBytes;
      blockTokens = from.blockTokens;
      context = from.context;
      prefixSharing = from.prefixSharing;
      deterministic = from.deterministic;
      lookup = from.lookup;
      draft = from.draft;
      kv = from.kv;
    }

    EngineSettings settings() {
      return new EngineSettings(
          places,
          queue,
          stepTokens,
          kvBytes,
          blockTokens,
          context,
          prefixSharing,
          deterministic,
          lookup,
          draft,
          kv);
    }
  }
}
